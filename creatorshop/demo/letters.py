"""
A letter that was sent and one that is being written, with invented readers at addresses where nobody lives.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import reverse

from creatorshop.demo.buyers import BATCH_06, EVENING_POUR, OPEN_BATCH, DemoBuyer
from creatorshop.storefront.references import absolute
from drops.audience.models import Shopper
from drops.catalog.models import Creator
from drops.letters.models import CopyState, Letter, LetterCopy, LetterState, Source, Subscriber
from drops.letters.promises import consent_of
from drops.letters.sending import send_letter
from drops.letters.stopping import stop
from drops.letters.subscribing import Wish, confirm, subscribe

_SENT = (
    "What went wrong with the midnight glaze",
    (
        "The midnight glaze ran again. Of twenty-four mugs we broke eleven, because a foot that sticks to the shelf is no mug.\n\n"
        "The thirteen that are left are the bluest we ever had, and they are in the batch that opens this week. There will be no "
        "second firing of them.\n\n"
        "If you collect at Café Mira: ask Tiago for the cup with the crack. It is the one we learned it on."
    ),
)
_DRAFT = (
    "A wood firing in January",
    (
        "We fire with wood once a year. It takes two nights, and nobody knows what comes out.\n\n"
        "How many pieces there will be we can say when the kiln is cold, and not before."
    ),
)


def write_letters(*, creator: Creator, now: datetime) -> None:
    """Let some buyers subscribe and a letter have reached them; run again, it keeps what is there."""
    if Letter.objects.filter(creator=creator).exists():
        return
    sent_at = now - timedelta(days=6)
    for number, buyer in enumerate((*BATCH_06, *OPEN_BATCH, *EVENING_POUR)):
        _subscribe(creator, buyer, number, sent_at - timedelta(days=1 + number))
    subject, body = _SENT
    letter = Letter.objects.create(creator=creator, subject=subject, body=f"{body}\n\n{_address_of(creator)}")
    send_letter(letter=letter, actor="office:ines", now=sent_at)
    # They were sent days ago, and not by this shop's mail server.
    LetterCopy.objects.filter(letter=letter).update(
        state=CopyState.SENT, due_at=sent_at, claimed_at=sent_at, settled_at=sent_at + timedelta(minutes=2)
    )
    Letter.objects.filter(pk=letter.pk).update(state=LetterState.SENT)
    last = Subscriber.objects.live().filter(creator=creator).order_by("-pk").first()
    if last is not None:
        stop(subscriber=last, now=sent_at + timedelta(hours=3))
    subject, body = _DRAFT
    Letter.objects.create(creator=creator, subject=subject, body=body)


def _address_of(creator: Creator) -> str:
    return absolute(reverse("shop", args=[creator.slug]))


def _subscribe(creator: Creator, buyer: DemoBuyer, number: int, at: datetime) -> None:
    """Let a buyer ask for the letter and, most of them, say yes."""
    shopper = Shopper.objects.filter(creator=creator, email=buyer.email).order_by("pk").first()
    shopper = shopper or Shopper.objects.create(
        creator=creator, name=buyer.name, email=buyer.email, country=buyer.country
    )
    source = (Source.ORDER, Source.CHAT, Source.SHOP)[number % 3]
    wish = Wish(shopper=shopper, consent=consent_of(creator), source=source)
    subscriber = subscribe(wish=wish, email=buyer.email, now=at)
    Subscriber.objects.filter(pk=subscriber.pk).update(question_due_at=None)  # asked in the past, or never to be
    if number % 7 != 6:
        confirm(subscriber=subscriber, now=at + timedelta(minutes=20))
