"""
Sending what is due: to those who are in their chat there, to those who are away by push, then by e-mail, and else into the
chat, where they find it when they come back. Each message goes out on one channel, once.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.mail.backends.base import BaseEmailBackend

from creatorshop.chat import threads
from creatorshop.chat.attendance import is_in_thread
from creatorshop.chat.engine import events
from creatorshop.chat.models import Thread
from creatorshop.nudges import mails, pushes
from creatorshop.nudges.words import nudge_words
from drops.clock import database_now
from drops.reminders.models import Channel, Nudge, NudgeKind, Reminder
from drops.reminders.nudging import claim_nudges, contacts_of, kind_due, plan_nudges, settle, try_later
from drops.reminders.push import Carried, PushSender, push_sender
from drops.reminders.stopping import forget_browser

logger = logging.getLogger(__name__)

AT_ONCE = 64
HANDS = 16  # that wait for push services at the same time


@dataclass
class _Way:
    """A message that was claimed, and the contacts that are left to try."""

    nudge: Nudge
    contacts: list[Reminder]
    channel: Channel | None = None  # on which it went out
    is_doubtful: bool = False  # it may have gone out: nothing else is tried
    is_put_off: bool = False  # something that failed may go well in a minute

    def next_by(self, channel: Channel) -> Reminder | None:
        if self.channel or self.is_doubtful:
            return None
        return next((contact for contact in self.contacts if contact.channel == channel), None)


def send_nudges(*, within: timedelta) -> int:
    """Plan and send what is due, until nothing is or the time is over; return how many messages went out."""
    plan_nudges(now=database_now())
    until = time.monotonic() + within.total_seconds()
    sent = 0
    while time.monotonic() < until and (claimed := claim_nudges(most=AT_ONCE, now=database_now())):
        sent += _send(claimed)
    return sent


def _send(claimed: list[Nudge]) -> int:
    now = database_now()
    ways = [_Way(nudge, contacts_of(nudge=nudge) if _is_true(nudge, now) else []) for nudge in claimed]
    for way in ways:
        if way.contacts and is_in_thread(shopper_id=way.nudge.shopper_id, now=now):
            _tell_in_thread(way)
    _push(ways, now)
    _mail(ways, now)
    for way in ways:
        if way.next_by(Channel.THREAD):
            _tell_in_thread(way)
    for way in ways:
        if way.is_put_off and not way.channel and not way.is_doubtful:
            try_later(nudge=way.nudge, now=database_now())
        else:
            settle(nudge=way.nudge, channel=way.channel, now=database_now())
    return sum(way.channel is not None for way in ways)


def _is_true(nudge: Nudge, now: datetime) -> bool:
    """Tell whether what would be said still holds: the drop may have opened early, or have been closed."""
    return kind_due(drop=nudge.drop, now=now) == nudge.kind


def _tell_in_thread(way: _Way) -> None:
    """Let the thread say it. It takes the same news in once, so that a repeat of this is harmless."""
    nudge = way.nudge
    thread_id = Thread.objects.filter(shopper_id=nudge.shopper_id).values_list("pk", flat=True).first()
    if thread_id is None:
        return
    event = events.ReminderDue(drop=nudge.drop.ref, moment="before" if nudge.kind == NudgeKind.BEFORE else "opening")
    try:
        threads.tell(thread_id=thread_id, event_id=f"reminder:{nudge.pk}", event=event)
    except Exception:
        # One thread's trouble is not that of the others who were claimed together with it.
        logger.exception("Unable to tell thread %s of an opening", thread_id)
    else:
        way.channel = Channel.THREAD


def _push(ways: list[_Way], now: datetime) -> None:
    """Send to browsers, many at once; the calls are made by other threads, which ask no database."""
    sender = push_sender()
    if sender is None or not any(way.next_by(Channel.PUSH) for way in ways):
        return
    with ThreadPoolExecutor(HANDS) as hands:
        while waiting := [(way, browser) for way in ways if (browser := way.next_by(Channel.PUSH))]:
            calls = [hands.submit(_call, sender, way.nudge, browser, now) for way, browser in waiting]
            for (way, browser), call in zip(waiting, calls, strict=True):
                _take_in(way, browser, call.result())


def _call(sender: PushSender, nudge: Nudge, browser: Reminder, now: datetime) -> Carried:
    words = nudge_words(reminder=browser, drop=nudge.drop, kind=NudgeKind(nudge.kind), now=now)
    return pushes.send(sender=sender, reminder=browser, nudge=nudge, words=words, now=now)


def _take_in(way: _Way, browser: Reminder, carried: Carried) -> None:
    way.contacts.remove(browser)
    match carried:
        case Carried.TAKEN:
            way.channel = Channel.PUSH
        case Carried.GONE:
            forget_browser(contact_hash=browser.contact_hash)
        case Carried.LATER:
            way.is_put_off = True
        case Carried.UNKNOWN:
            way.is_doubtful = True


def _mail(ways: list[_Way], now: datetime) -> None:
    waiting = [(way, mailbox) for way in ways if (mailbox := way.next_by(Channel.MAIL))]
    if not waiting:
        return
    try:
        with mails.open_mail() as connection:
            for way, mailbox in waiting:
                _mail_one(way, mailbox, connection, now)
    except mails.MailAway:
        for way, _ in waiting:
            way.is_put_off = True


def _mail_one(way: _Way, mailbox: Reminder, connection: BaseEmailBackend, now: datetime) -> None:
    words = nudge_words(reminder=mailbox, drop=way.nudge.drop, kind=NudgeKind(way.nudge.kind), now=now)
    if mails.send(address=mailbox.address, words=words, connection=connection):
        way.channel = Channel.MAIL
    else:
        way.is_doubtful = True
