"""
When somebody may be written to: never between 20:00 and 9:00 of their own zone. Pure: nothing is asked but the calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

DAY_BEGINS, DAY_ENDS = time(9), time(20)
EVENING_BEGINS = time(19)  # what would be said at night, or too early, is said in the last hour of the evening before
OPENING_IS_NEWS_FOR = timedelta(minutes=30)


@dataclass(frozen=True)
class Span:
    """From when to when a message may be sent, and who asked too late to need it."""

    starts_at: datetime
    ends_at: datetime
    asked_until: datetime

    def holds(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at


def is_quiet(at: datetime, zone: ZoneInfo) -> bool:
    """Tell whether it is night for somebody at an instant."""
    return not DAY_BEGINS <= at.astimezone(zone).time() < DAY_ENDS


def day_after_night(at: datetime, zone: ZoneInfo) -> datetime:
    """Return an instant itself if it is day for somebody, else when their day begins."""
    if not is_quiet(at, zone):
        return at
    local = at.astimezone(zone)
    day = local.date() if local.time() < DAY_BEGINS else local.date() + timedelta(days=1)
    return _instant(datetime.combine(day, DAY_BEGINS, zone))


def before_opening(opens_at: datetime, zone: ZoneInfo) -> Span:
    """
    Return when somebody is reminded of an opening to come: half an hour before it, or the evening before.

    Who asks once that half hour has begun knows. Who asks on the evening itself is told as long as the evening lasts.
    """
    starts_at = opens_at - timedelta(minutes=settings.REMINDER_LEAD_MINUTES)
    if not is_quiet(starts_at, zone):
        return Span(starts_at, min(opens_at, _day_ends(starts_at, zone)), starts_at)
    local = starts_at.astimezone(zone)
    evening = local.date() if local.time() >= DAY_ENDS else local.date() - timedelta(days=1)
    starts_at, ends_at = (_instant(datetime.combine(evening, at, zone)) for at in (EVENING_BEGINS, DAY_ENDS))
    return Span(starts_at, ends_at, ends_at)


def at_opening(opens_at: datetime, zone: ZoneInfo) -> Span | None:
    """Return when somebody is told that a drop is open: at once, and soon or never; None if it opens in their night."""
    if is_quiet(opens_at, zone):
        return None
    ends_at = min(opens_at + OPENING_IS_NEWS_FOR, _day_ends(opens_at, zone))
    return Span(opens_at, ends_at, ends_at)


def will_be_told(opens_at: datetime, zone: ZoneInfo, now: datetime) -> bool:
    """Tell whether somebody who asks now hears anything: not if it opens in their night and the evening before is over."""
    return at_opening(opens_at, zone) is not None or now <= before_opening(opens_at, zone).asked_until


def _day_ends(at: datetime, zone: ZoneInfo) -> datetime:
    return _instant(datetime.combine(at.astimezone(zone).date(), DAY_ENDS, zone))


def _instant(local: datetime) -> datetime:
    # In UTC: differences and comparisons within one zone go by the clock on the wall, which is wrong when it is changed.
    return local.astimezone(ZoneInfo("UTC"))
