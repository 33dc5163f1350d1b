"""
Dates and times as the pages say them: in the drop's own zone, with the place that the zone is named after.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_timezone_location

LOCALE = "en"
_ENDINGS = {"one": "st", "two": "nd", "few": "rd", "other": "th"}


def clock(at: datetime, zone: ZoneInfo) -> str:
    """Return a time of day like 20:00."""
    return at.astimezone(zone).strftime("%H:%M")


def clock_to_the_second(at: datetime, zone: ZoneInfo) -> str:
    """Return a time of day like 18:07:40, for the end of a hold."""
    return at.astimezone(zone).strftime("%H:%M:%S")


def zone_name(zone: ZoneInfo) -> str:
    """Return what people call a zone's time, like "Lisbon time"."""
    if zone.key == "UTC":
        return "UTC"
    return f"{get_timezone_location(zone.key, locale=LOCALE, return_city=True)} time"


def day(value: date) -> str:
    """Return a day like Fri 27 Nov."""
    return format_date(value, "EEE d MMM", locale=LOCALE)


def day_and_clock(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant like Fri 27 Nov, 20:00."""
    return f"{day(at.astimezone(zone).date())}, {clock(at, zone)}"


def day_or_clock(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return only the time when an instant is today, else the day too."""
    if at.astimezone(zone).date() == now.astimezone(zone).date():
        return clock(at, zone)
    return day_and_clock(at, zone)


def days(earliest: date, latest: date) -> str:
    """Return a span of days like Wed 2 – Fri 4 Dec, or one day."""
    if earliest == latest:
        return day(earliest)
    if (earliest.year, earliest.month) == (latest.year, latest.month):
        return f"{format_date(earliest, 'EEE d', locale=LOCALE)} – {day(latest)}"
    return f"{day(earliest)} – {day(latest)}"


def span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """Return a slot's hours like 16:00–18:00."""
    return f"{clock(starts_at, zone)}–{clock(ends_at, zone)}"


def ordinal(number: int) -> str:
    """Return a place in line like 2nd."""
    return f"{number}{_ENDINGS[Locale.parse(LOCALE).ordinal_form(number)]}"


def iso(at: datetime) -> str:
    """Return an instant for a datetime attribute, in UTC to the millisecond."""
    return at.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
