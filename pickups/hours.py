"""
From opening hours to slots, without a database and without a clock.

Hours are wall-clock times at the place, half open: 16:00–18:00 takes in 16:00 and leaves out 18:00. Where a clock jumps
forward, times that never happen make no slot; where it jumps back, a time that happens twice means the first one
(`fold=0`), so a slot across the jump is an hour longer than it reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MIDNIGHT = time(0, 0)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Interval:
    """Opening hours of a day, from `opens` until just before `closes`; midnight as an end closes the day."""

    opens: time
    closes: time


@dataclass(frozen=True)
class SlotTimes:
    """A slot as a date at the place and two instants."""

    local_date: date
    starts_at: datetime
    ends_at: datetime


def slots_between(
    *,
    first: date,
    last: date,
    weekly: Mapping[int, Sequence[Interval]],
    exceptions: Mapping[date, Sequence[Interval]],
    slot_minutes: int,
    zone: ZoneInfo,
) -> list[SlotTimes]:
    """Return the slots of every date from first to last, in order; an exception replaces the weekday's hours."""
    slots: list[SlotTimes] = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        intervals = exceptions[day] if day in exceptions else weekly.get(day.weekday(), ())
        slots += slots_of_day(day=day, intervals=intervals, slot_minutes=slot_minutes, zone=zone)
    return slots


def slots_of_day(*, day: date, intervals: Iterable[Interval], slot_minutes: int, zone: ZoneInfo) -> list[SlotTimes]:
    """Return a day's slots in order; a stretch too short for a whole slot makes none."""
    slots: list[SlotTimes] = []
    step = timedelta(minutes=slot_minutes)
    for interval in sorted(intervals, key=lambda hours: hours.opens):
        # Counting goes by the wall clock, which is what people read; only the results become instants.
        opens, closes = datetime.combine(day, interval.opens), datetime.combine(day, interval.closes)
        if interval.closes == MIDNIGHT:
            closes += timedelta(days=1)
        starts = opens
        while starts + step <= closes:
            if _exists(starts, zone):
                slots.append(SlotTimes(day, _instant(starts, zone), _instant(_until(starts + step, zone), zone)))
            starts += step
    return slots


def cutoff_of(*, local_date: date, cutoff_local: time, days_before: int, zone: ZoneInfo) -> datetime:
    """Return the instant from which a slot on a date is no longer bookable by its cut-off."""
    return _instant(datetime.combine(local_date - timedelta(days=days_before), cutoff_local), zone)


def _exists(wall: datetime, zone: ZoneInfo) -> bool:
    """Tell whether clocks at the place ever show this time."""
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall


def _until(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return an end as it is, or the moment the clocks jump if they jump over it."""
    while not _exists(wall - _MINUTE, zone):
        wall -= _MINUTE
    return wall


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
