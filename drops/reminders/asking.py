"""
Asking to be told when a drop opens: in the chat, by push, or by e-mail.

Anybody may type anybody's address, so a mailbox is asked first. A chat and a browser speak for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from drops.audience.models import Shopper
from drops.errors import Refused
from drops.events import announce, mailbox_to_ask
from drops.reminders.contacts import contact_hash, usable_mail, usable_push, zone_or
from drops.reminders.guards import (
    COUNTED_FOR,
    MAILS_PER_NETWORK,
    QUESTIONS_PER_MAILBOX,
    lock_contacts,
    network_hash,
    times_asked,
)
from drops.reminders.hours import will_be_told
from drops.reminders.models import Channel, Reminder
from drops.schedule.models import Drop, DropState

PER_NETWORK = {Channel.MAIL: MAILS_PER_NETWORK, Channel.PUSH: 600}


class NothingToRemindOf(Refused):
    """The drop is open already, or over, or another creator's."""

    code = "reminder_too_late"


class OpensAtNight(Refused):
    """Nothing would be sent: it opens in their night, and the evening before is over."""

    code = "reminder_at_night"


class TooManyReminders(Refused):
    """The mailbox was asked often enough lately, or a network asks for too many of them."""

    code = "too_many_reminders"


@dataclass(frozen=True)
class Asker:
    """Who asks, from which time zone, and with which words they were told what they would get."""

    shopper: Shopper
    consent: str
    time_zone: str = ""
    locale: str = "en"
    address: str = ""  # of the internet, if they are to be counted by it


def ask_in_thread(*, drop: Drop, asker: Asker, now: datetime) -> Reminder:
    """
    Note that somebody wants to be told in their chat; asked again, it holds again.

    :raises NothingToRemindOf: if the drop has no opening to come.
    """
    return _confirmed(drop, asker, Channel.THREAD, asker.shopper.ref, address="", push_keys={}, now=now)


def ask_by_push(*, drop: Drop, asker: Asker, endpoint: str, keys: Mapping[str, Any], now: datetime) -> Reminder:
    """
    Note that a browser is to be told; it was asked by its own owner, who need not be asked again.

    :raises NothingToRemindOf: if the drop has no opening to come.
    :raises OpensAtNight: if nothing would be sent.
    :raises PushAddressUnusable: if the address is not of a push service that we write to.
    :raises TooManyReminders: if a network asks for too many.
    """
    push_keys = usable_push(endpoint=endpoint, keys=keys)
    refuse_unless_to_come(drop=drop, shopper=asker.shopper, now=now)
    _refuse_at_night(drop, _zone_of(asker, drop), now)
    return _confirmed(drop, asker, Channel.PUSH, endpoint, address=endpoint, push_keys=push_keys, now=now)


def ask_by_mail(*, drop: Drop, asker: Asker, email: str, now: datetime) -> Reminder:
    """
    Note that somebody wants a mail, and that their mailbox has to be asked whether it was them.

    Nothing is asked of a mailbox that has said yes, or whose owner said that it was not them.

    :raises NothingToRemindOf: if the drop has no opening to come.
    :raises OpensAtNight: if nothing would be sent.
    :raises MailAddressUnusable: if that is no address, or a throw-away one.
    :raises TooManyReminders: if the mailbox was asked three times in a day, or a network asks for too many.
    """
    address = usable_mail(email)
    refuse_unless_to_come(drop=drop, shopper=asker.shopper, now=now)
    _refuse_at_night(drop, _zone_of(asker, drop), now)
    known_as = contact_hash(channel=Channel.MAIL, contact=address)
    network = network_hash(asker.address)
    with transaction.atomic():
        lock_contacts(known_as, network)
        known = Reminder.objects.filter(drop=drop, channel=Channel.MAIL, contact_hash=known_as).first()
        if known is not None and (known.is_live or (known.stopped_at and not known.confirmed_at)):
            return known
        _refuse_if_asked_often(known_as, now)
        _refuse_crowd(Channel.MAIL, network, now)
        is_of_today = known is not None and known.asked_at > now - COUNTED_FOR["mailbox"]
        facts = {
            **_said_by(asker, drop, network, now),
            "address": address,
            "asked_times": known.asked_times + 1 if known is not None and is_of_today else 1,
            "question_due_at": now,
            "confirmed_at": None,
            "stopped_at": None,
        }
        reminder = _written(known, drop, Channel.MAIL, known_as, facts)
        announce(mailbox_to_ask, ref=reminder.ref)
    return reminder


def confirm(*, reminder: Reminder, now: datetime) -> Reminder:
    """
    Take in that a mailbox's owner said yes; to say it twice changes nothing.

    :raises NothingToRemindOf: if the drop has no opening to come any more, or the address was forgotten.
    :raises OpensAtNight: if nothing would be sent any more.
    """
    refuse_unless_to_come(drop=reminder.drop, shopper=reminder.shopper, now=now)
    _refuse_at_night(reminder.drop, reminder.time_zone, now)
    Reminder.objects.filter(pk=reminder.pk, confirmed_at__isnull=True, forgotten_at__isnull=True).update(
        confirmed_at=now, stopped_at=None, question_due_at=None
    )
    reminder.refresh_from_db()
    if not reminder.is_live:
        raise NothingToRemindOf("This reminder was stopped. Ask for a new one on the page of the drop.")
    return reminder


def refuse_unless_to_come(*, drop: Drop, shopper: Shopper, now: datetime) -> None:
    """
    Tell whether there is an opening to be reminded of.

    :raises NothingToRemindOf: if there is none, for this shopper.
    """
    if shopper.creator_id != drop.creator_id or drop.state_at(now) != DropState.SCHEDULED:
        raise NothingToRemindOf(f"{drop.title} has no opening to come.")


def _confirmed(
    drop: Drop,
    asker: Asker,
    channel: Channel,
    contact: str,
    *,
    address: str,
    push_keys: dict[str, str],
    now: datetime,
) -> Reminder:
    refuse_unless_to_come(drop=drop, shopper=asker.shopper, now=now)
    known_as = contact_hash(channel=channel, contact=contact)
    network = network_hash(asker.address)
    with transaction.atomic():
        lock_contacts(known_as, network)
        known = Reminder.objects.filter(drop=drop, channel=channel, contact_hash=known_as).first()
        if known is not None and known.is_live:
            return known
        _refuse_crowd(channel, network, now)
        said = _said_by(asker, drop, network, now)
        facts = {**said, "address": address, "push_keys": push_keys, "confirmed_at": now, "stopped_at": None}
        return _written(known, drop, channel, known_as, facts)


def _written(known: Reminder | None, drop: Drop, channel: Channel, known_as: str, facts: dict[str, Any]) -> Reminder:
    """Write a contact's one row for a drop: whoever asked for it last, and what they agreed to then."""
    if known is None:
        return Reminder.objects.create(drop=drop, channel=channel, contact_hash=known_as, **facts)
    for name, value in facts.items():
        setattr(known, name, value)
    known.save(update_fields=list(facts))
    return known


def _refuse_at_night(drop: Drop, zone: str, now: datetime) -> None:
    if not will_be_told(drop.opens_at, ZoneInfo(zone), now):
        raise OpensAtNight(
            "It opens in your night, and we write to nobody between 20:00 and 9:00. Your calendar can ring for it."
        )


def _zone_of(asker: Asker, drop: Drop) -> str:
    return zone_or(asker.time_zone or asker.shopper.time_zone, drop.time_zone)


def _said_by(asker: Asker, drop: Drop, network: str, now: datetime) -> dict[str, Any]:
    return {
        "shopper": asker.shopper,
        "consent": asker.consent,
        "time_zone": _zone_of(asker, drop),
        "locale": asker.locale[:12] or "en",
        "network_hash": network,
        "asked_at": now,
    }


def _refuse_if_asked_often(known_as: str, now: datetime) -> None:
    lately = Reminder.objects.filter(contact_hash=known_as, asked_at__gt=now - COUNTED_FOR["mailbox"])
    if times_asked(lately) >= QUESTIONS_PER_MAILBOX:
        raise TooManyReminders("This mailbox had several mails from us today. Please look for the last one there.")


def _refuse_crowd(channel: Channel, network: str, now: datetime) -> None:
    most = PER_NETWORK.get(channel)
    if not network or most is None:
        return
    lately = Reminder.objects.filter(network_hash=network, asked_at__gt=now - COUNTED_FOR["network"])
    if times_asked(lately.filter(channel=channel)) >= most:
        raise TooManyReminders("Many reminders were asked for from your network. Please try again in an hour.")
