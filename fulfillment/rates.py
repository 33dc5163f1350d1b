"""
Which rates reach a destination, and on which days: pure, no clock and no database.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from fulfillment.days_off import after_business_days, next_business_day
from fulfillment.models import Rate, Zone


@dataclass(frozen=True)
class Window:
    """The first and the last day on which a parcel may arrive."""

    earliest: date
    latest: date


def window_of(
    *, rate: Rate, ordered_at: datetime, drop_closes_at: datetime, time_zone: str, home: str, country: str
) -> Window:
    """
    Return when a parcel arrives, as dates in the creator's zone.

    Work on parcels begins when the drop has closed: before that nobody knows what goes into the batch. The days until a parcel
    leaves are those on which the creator's country works, the days on its way those of the country it goes to.
    """
    begin = max(ordered_at, drop_closes_at).astimezone(ZoneInfo(time_zone)).date()

    def arrival(handling_days: int, transit_days: int) -> date:
        leaves = after_business_days(begin, handling_days, country=home)
        return next_business_day(after_business_days(leaves, transit_days, country=country), country=country)

    return Window(
        earliest=arrival(rate.handling_days_min, rate.transit_days_min),
        latest=arrival(rate.handling_days_max, rate.transit_days_max),
    )


def zones_reaching(*, zones: Iterable[Zone], country: str, postcode: str) -> list[Zone]:
    """Return the zones of a destination; those that name its postcode go before those that take the whole country."""
    compact = postcode.upper().replace(" ", "")
    in_country = [zone for zone in zones if country in zone.countries]
    named = [zone for zone in in_country if any(compact.startswith(prefix) for prefix in zone.postcode_prefixes)]
    return named or [zone for zone in in_country if not zone.postcode_prefixes]
