"""
Which rates reach a destination, and on which days: pure, no clock and no database.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fulfillment.models import Rate, Zone

SATURDAY = 5


@dataclass(frozen=True)
class Window:
    """The first and the last day on which a parcel may arrive."""

    earliest: date
    latest: date


def window_of(*, rate: Rate, ordered_at: datetime, drop_closes_at: datetime, time_zone: str) -> Window:
    """
    Return when a parcel arrives, as dates in the creator's zone.

    Work on parcels begins when the drop has closed: before that nobody knows what goes into the batch.
    Monday to Friday count. Public holidays do not: no table of them is true for every region of every country.
    """
    begin = max(ordered_at, drop_closes_at).astimezone(ZoneInfo(time_zone)).date()
    return Window(
        earliest=add_business_days(begin, rate.handling_days_min + rate.transit_days_min),
        latest=add_business_days(begin, rate.handling_days_max + rate.transit_days_max),
    )


def add_business_days(day: date, count: int) -> date:
    """Return the day that is so many business days later; from a weekend the counting begins on Monday."""
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY:
            count -= 1
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


def zones_reaching(*, zones: Iterable[Zone], country: str, postcode: str) -> list[Zone]:
    """Return the zones of a destination; those that name its postcode go before those that take the whole country."""
    compact = postcode.upper().replace(" ", "")
    in_country = [zone for zone in zones if country in zone.countries]
    named = [zone for zone in in_country if any(compact.startswith(prefix) for prefix in zone.postcode_prefixes)]
    return named or [zone for zone in in_country if not zone.postcode_prefixes]
