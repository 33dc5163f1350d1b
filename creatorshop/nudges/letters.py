"""
Letters as they leave the house: the question to a mailbox, the letter itself, and the copy that its writer looks at first.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse

from creatorshop.nudges import mails
from creatorshop.nudges.words import Words
from creatorshop.storefront.references import absolute
from drops.catalog.models import Creator
from drops.clock import database_now
from drops.documents.models import Seller
from drops.errors import Unreachable
from drops.letters.links import confirm_token, stop_token
from drops.letters.models import Letter, LetterCopy, Subscriber
from drops.letters.promises import how_often
from drops.letters.sending import AGAIN_IN, claim_copies, finish_letters, may_leave, put_off, settle
from drops.letters.writing import Run, paragraphs_of
from drops.reminders.contacts import usable_mail

AT_ONCE = 50
_TEMPLATE = "nudges/letter"


class TestCopyLost(Unreachable):
    """The mail server did not take it."""

    __test__ = False  # not a test, whatever pytest thinks of its name
    code = "test_copy_lost"


@dataclass(frozen=True)
class LetterWords:
    """A letter's parts, as its mail has them."""

    title: str
    paragraphs: list[list[Run]]
    shop: str
    shop_url: str
    why: str
    stop_url: str  # "" in what only its writer sees
    seller: list[str]  # who sells by law, and where they are, if the shop says so


def question_words(*, subscriber: Subscriber) -> Words:
    """Return what a mailbox's owner is asked before any letter is sent to them."""
    creator = subscriber.creator
    return Words(
        title=f"Shall we send you the letter of {creator.name}?",
        text=f"If you say yes, {creator.name} writes to you by e-mail: what is being made, and when it can be had. "
        f"{how_often()}",
        url=absolute(reverse("letter-confirm", args=[confirm_token(subscriber)])),
        button="Yes, send it",
        shop=creator.name,
        stop_url=stop_url(subscriber),
        why="Somebody named this address in the shop. If it was not you, do nothing, or press Stop, and we do not ask again.",
    )


def letter_words(*, letter: Letter, subscriber: Subscriber) -> LetterWords:
    """Return a letter as one subscriber reads it."""
    confirmed_at = subscriber.confirmed_at or subscriber.asked_at
    day = f"{confirmed_at.astimezone(ZoneInfo(subscriber.time_zone)):%d %B %Y}".lstrip("0")
    return _words(letter, why=f"You asked for this letter, and said yes to it on {day}.", stop=stop_url(subscriber))


def preview_words(*, letter: Letter) -> LetterWords:
    """Return a letter as it will look, with a *Stop* that leads to the shop and stops nobody."""
    return _words(letter, why="Here it says when the reader asked for it.", stop="")


def preview_html(*, letter: Letter) -> str:
    """Return the mail as a page, to be shown in a frame."""
    return render_to_string(f"{_TEMPLATE}.html", {"words": preview_words(letter=letter)})


def stop_url(subscriber: Subscriber) -> str:
    return absolute(reverse("letter-stop", args=[stop_token(subscriber)]))


def send_test_copy(*, letter: Letter, address: str) -> None:
    """
    Send a letter to whoever writes it, and to nobody else.

    :raises MailAddressUnusable: if their account has no address that can be written to.
    :raises MailAway: if the mail server does not answer.
    :raises TestCopyLost: if it did not take the mail.
    """
    address = usable_mail(address)
    with mails.open_mail() as connection:
        is_sent = mails.send(
            address=address, words=preview_words(letter=letter), connection=connection, template=_TEMPLATE
        )
    if not is_sent:
        raise TestCopyLost("The mail server did not take the test copy. Please try again in a moment.")


def send_letters(*, within: timedelta) -> int:
    """Send the copies that are due, until none is or the time is over; return how many went out."""
    until = time.monotonic() + within.total_seconds()
    sent = 0
    while time.monotonic() < until and (claimed := claim_copies(most=AT_ONCE, now=database_now())):
        try:
            with mails.open_mail() as connection:
                sent += sum(_send_one(copy, connection) for copy in claimed)
        except mails.MailAway:
            now = database_now()
            for copy in claimed:
                put_off(copy=copy, until=now + AGAIN_IN)
            break
    finish_letters()
    return sent


def _send_one(copy: LetterCopy, connection: BaseEmailBackend) -> bool:
    reader = may_leave(copy=copy, now=database_now())
    if reader is None:
        return False
    words = letter_words(letter=copy.letter, subscriber=reader)
    is_sent = mails.send(address=reader.address, words=words, connection=connection, template=_TEMPLATE)
    settle(copy=copy, is_sent=is_sent, now=database_now())
    return is_sent


def _words(letter: Letter, *, why: str, stop: str) -> LetterWords:
    creator = letter.creator
    return LetterWords(
        title=letter.subject,
        paragraphs=paragraphs_of(letter.body),
        shop=creator.name,
        shop_url=absolute(reverse("shop", args=[creator.slug])),
        why=why,
        stop_url=stop,
        seller=_seller_of(creator),
    )


def _seller_of(creator: Creator) -> list[str]:
    seller = Seller.objects.filter(creator=creator).first()
    if seller is None or not seller.legal_name:
        return []
    place = " ".join(part for part in (seller.postcode, seller.city, seller.country) if part)
    return [part for part in (seller.legal_name, seller.street, place) if part]
