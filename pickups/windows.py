"""
Windows of time as people at the place read them.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date


def window_text(*, starts_at: datetime, ends_at: datetime, zone: ZoneInfo, locale: str = "en") -> str:
    """Return a window like "Fri 27 Nov, 16–18h", or "Fri 27 Nov, 16:30–18:00" where it is not whole hours."""
    day = day_text(day=starts_at.astimezone(zone).date(), locale=locale)
    return f"{day}, {hours_text(starts_at=starts_at, ends_at=ends_at, zone=zone)}"


def hours_text(*, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """Return the hours of a window: "16–18h" or "16:30–18:00"; an end at midnight is 24."""
    starts, ends = starts_at.astimezone(zone), ends_at.astimezone(zone)
    hour = 24 if ends.hour == 0 and ends.minute == 0 and ends.date() > starts.date() else ends.hour
    if starts.minute == 0 and ends.minute == 0:
        return f"{starts.hour}–{hour}h"
    return f"{starts:%H:%M}–{hour:02d}:{ends:%M}"


def day_text(*, day: date, locale: str = "en") -> str:
    """Return a date as it is said at a counter: "Fri 27 Nov"."""
    return format_date(day, "EEE d MMM", locale=locale.replace("-", "_"))
