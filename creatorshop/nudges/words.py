"""
What is written to somebody about a drop, in the time of their own zone and without hurry.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse

from creatorshop.storefront import wording
from creatorshop.storefront.references import absolute
from drops.reminders.links import confirm_token, stop_token
from drops.reminders.models import NudgeKind, Reminder
from drops.schedule.models import Drop


@dataclass(frozen=True)
class Words:
    """A message's parts: a mail has all of them, a push message the first three."""

    title: str
    text: str
    url: str
    button: str
    shop: str
    stop_url: str
    why: str


def nudge_words(*, reminder: Reminder, drop: Drop, kind: NudgeKind, now: datetime) -> Words:
    """Return what is said to a contact about the drop of theirs, which is loaded with its creator and capsule."""
    zone = ZoneInfo(reminder.time_zone)
    opens = f"{_day(drop.opens_at, zone, now)} at {wording.clock(drop.opens_at, zone)} {wording.zone_name(zone)}"
    closes = f"{wording.day_or_clock(drop.closes_at, zone, now)} {wording.zone_name(zone)}"
    if kind == NudgeKind.BEFORE:
        title, text, button = (
            f"{drop.title} opens {opens}",
            f"{_lead(drop, now)} Nothing is charged before you pay.",
            "Look",
        )
    else:
        title, text, button = f"{drop.title} is open", f"{drop.creator.name} · until {closes}.", "See what is left"
    return Words(
        title=title,
        text=text,
        url=absolute(reverse("capsule", args=[drop.creator.slug, drop.capsule.slug])),
        button=button,
        shop=drop.creator.name,
        stop_url=stop_url(reminder),
        why=f"You asked on {wording.day(reminder.asked_at.astimezone(zone).date())} to be told when {drop.title} opens.",
    )


def question_words(*, reminder: Reminder, now: datetime) -> Words:
    """Return what a mailbox's owner is asked before anything else is written to them."""
    drop, zone = reminder.drop, ZoneInfo(reminder.time_zone)
    opens = f"{_day(drop.opens_at, zone, now)} at {wording.clock(drop.opens_at, zone)} {wording.zone_name(zone)}"
    return Words(
        title=f"Shall we tell you when {drop.title} opens?",
        text=f"{drop.title} by {drop.creator.name} opens {opens}. If you say yes, you get at most two mails about it: one "
        f"before it opens and one when it does, and none between 20:00 and 9:00.",
        url=absolute(reverse("reminder-confirm", args=[confirm_token(reminder)])),
        button="Yes, tell me",
        shop=drop.creator.name,
        stop_url=stop_url(reminder),
        why="Somebody typed this address on the page of the drop. If it was not you, do nothing, or press Stop, and we "
        "do not ask again.",
    )


def stop_url(reminder: Reminder) -> str:
    return absolute(reverse("reminder-stop", args=[stop_token(reminder)]))


def _lead(drop: Drop, now: datetime) -> str:
    minutes = -((now - drop.opens_at) // timedelta(minutes=1))
    if minutes < 120:
        return f"{drop.creator.name} · in {minutes} minutes."
    return f"{drop.creator.name} · in {round(minutes / 60)} hours."


def _day(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    day, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    if day == today:
        return "today"
    return "tomorrow" if day == today + timedelta(days=1) else f"on {wording.day(day)}"
