"""
Asking for a creator's letter. Anybody may type anybody's address, so the mailbox is asked first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from drops.audience.models import Shopper
from drops.errors import Refused
from drops.events import announce, mailbox_to_ask
from drops.letters.models import Source, Subscriber
from drops.reminders.contacts import contact_hash, usable_mail, zone_or
from drops.reminders.guards import (
    COUNTED_FOR,
    MAILS_PER_NETWORK,
    QUESTIONS_PER_MAILBOX,
    lock_contacts,
    network_hash,
    times_asked,
)
from drops.reminders.models import Channel, Reminder


class TooManyQuestions(Refused):
    """The mailbox was asked often enough lately, or a network asks for too many of them."""

    code = "too_many_questions"


class SubscriptionOver(Refused):
    """It was stopped since the mailbox was asked."""

    code = "subscription_over"


@dataclass(frozen=True)
class Wish:
    """Who wants the letter, where they said so and to which words; `network` is theirs on the internet, if it is counted."""

    shopper: Shopper
    consent: str
    source: Source
    time_zone: str = ""
    network: str = ""


def subscribe(*, wish: Wish, email: str, now: datetime) -> Subscriber:
    """
    Note that somebody wants their creator's letter, and that the mailbox has to be asked whether it was them.

    That is so for the address of a paid order as well: a payment does not say whose mailbox was typed. Nothing is asked
    of a mailbox that has said yes, or whose owner answered the question with *Stop*.

    :raises MailAddressUnusable: if that is no address, or a throw-away one.
    :raises TooManyQuestions: if the mailbox was asked three times in a day, or a network asks for too many.
    """
    address = usable_mail(email)
    creator = wish.shopper.creator
    known_as, network = mailbox_hash(address), network_hash(wish.network)
    with transaction.atomic():
        lock_contacts(known_as, network)
        known = Subscriber.objects.filter(creator=creator, contact_hash=known_as).first()
        if known is not None and (known.is_live or (known.stopped_at and not known.confirmed_at)):
            return known
        _refuse_if_asked_often(known_as, network, now)
        is_of_today = known is not None and known.asked_at > now - COUNTED_FOR["mailbox"]
        facts = {
            "shopper": wish.shopper,
            "address": address,
            "network_hash": network,
            "time_zone": zone_or(wish.time_zone or wish.shopper.time_zone, creator.time_zone),
            "locale": wish.shopper.locale[:12] or "en",
            "source": wish.source,
            "consent": wish.consent,
            "asked_at": now,
            "asked_times": known.asked_times + 1 if known is not None and is_of_today else 1,
            "question_due_at": now,
            "confirmed_at": None,
            "stopped_at": None,
        }
        subscriber = _written(known, creator_id=creator.pk, known_as=known_as, facts=facts)
        announce(mailbox_to_ask, ref=subscriber.ref)
    return subscriber


def confirm(*, subscriber: Subscriber, time_zone: str = "", now: datetime) -> Subscriber:
    """
    Take in that a mailbox's owner said yes; to say it twice changes nothing.

    The time zone is that of the browser they say it with: who typed the address may have been somebody else.

    :raises SubscriptionOver: if it was stopped since.
    """
    Subscriber.objects.filter(pk=subscriber.pk, confirmed_at__isnull=True, stopped_at__isnull=True).update(
        confirmed_at=now, question_due_at=None, time_zone=zone_or(time_zone, subscriber.time_zone)
    )
    subscriber.refresh_from_db()
    if not subscriber.is_live:
        raise SubscriptionOver("This was stopped. Ask for the letter again on the shop's page.")
    return subscriber


def mailbox_hash(address: str) -> str:
    """Return a mailbox as it is compared: the same here as for reminders."""
    return contact_hash(channel=Channel.MAIL, contact=address)


def standing_of(*, shopper: Shopper) -> Subscriber | None:
    """Return what a shopper last asked for, unless it was stopped: a live subscriber, or one that was asked."""
    asked = Subscriber.objects.filter(shopper=shopper, stopped_at__isnull=True)
    return asked.order_by("-asked_at", "-pk").first()


def _written(known: Subscriber | None, *, creator_id: int, known_as: str, facts: dict[str, Any]) -> Subscriber:
    if known is None:
        return Subscriber.objects.create(creator_id=creator_id, contact_hash=known_as, **facts)
    for name, value in facts.items():
        setattr(known, name, value)
    known.save(update_fields=list(facts))
    return known


def _refuse_if_asked_often(known_as: str, network: str, now: datetime) -> None:
    """Count the questions of reminders too: to the mailbox it is all the same what it is asked for."""
    today, hour = now - COUNTED_FOR["mailbox"], now - COUNTED_FOR["network"]
    kinds = (Subscriber.objects.all(), Reminder.objects.filter(channel=Channel.MAIL))
    asked = sum(times_asked(rows.filter(contact_hash=known_as, asked_at__gt=today)) for rows in kinds)
    if asked >= QUESTIONS_PER_MAILBOX:
        raise TooManyQuestions("This mailbox had several mails from us today. Please look for the last one there.")
    if not network:
        return
    crowd = sum(times_asked(rows.filter(network_hash=network, asked_at__gt=hour)) for rows in kinds)
    if crowd >= MAILS_PER_NETWORK:
        raise TooManyQuestions("Many mails were asked for from your network. Please try again in an hour.")
