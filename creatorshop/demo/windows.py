"""
When the demo's drops are on sale, as a shop of that kind would have it: pure, told the time by the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

FRIDAY = 4


@dataclass(frozen=True)
class Window:
    opens_at: datetime
    closes_at: datetime


def running_window(*, now: datetime, zone: ZoneInfo) -> Window:
    """Return a window that opened a few hours ago and closes at eight, tonight or tomorrow."""
    local = now.astimezone(zone)
    opens = max(_at(local, time(10)), local - timedelta(hours=5)) if local.hour >= 12 else local - timedelta(hours=3)
    closes = _at(local, time(20))
    if closes - local < timedelta(hours=4):
        closes = _at(local + timedelta(days=1), time(20))
    return Window(opens.replace(minute=0, second=0, microsecond=0), closes)


def coming_window(*, now: datetime, zone: ZoneInfo) -> Window:
    """Return the weekend that begins on Friday at seven, at least a day from now."""
    local = now.astimezone(zone)
    friday = _at(local + timedelta(days=(FRIDAY - local.weekday()) % 7), time(19))
    if friday - local < timedelta(days=1):
        friday += timedelta(days=7)
    return Window(friday, _at(friday + timedelta(days=2), time(22)))


def past_window(*, now: datetime, zone: ZoneInfo) -> Window:
    """Return yesterday evening: what was bought then is being packed and collected today."""
    yesterday = now.astimezone(zone) - timedelta(days=1)
    return Window(_at(yesterday, time(12)), _at(yesterday, time(20)))


def _at(day: datetime, clock: time) -> datetime:
    return datetime.combine(day.date(), clock, tzinfo=day.tzinfo)
