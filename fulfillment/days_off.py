"""
Days on which nobody in a country works on parcels: weekends, and the holidays of the whole country with their substitutes.

Those of a region are left out: from a country alone nobody knows whether they hold, and a promise is not made later for a day that
is a holiday elsewhere. A country of which no holidays are known has its weekends.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays

SATURDAY = 5


def is_day_off(day: date, *, country: str) -> bool:
    """Tell whether parcels lie still on a day in a country."""
    return day.weekday() >= SATURDAY or day in _holidays_of(country, day.year)


def after_business_days(day: date, count: int, *, country: str) -> date:
    """Return the day on which so many business days of a country are over; with none to wait for, the day itself."""
    while count > 0:
        day += timedelta(days=1)
        if not is_day_off(day, country=country):
            count -= 1
    return day


def next_business_day(day: date, *, country: str) -> date:
    """Return a day, or the first after it on which a country works."""
    while is_day_off(day, country=country):
        day += timedelta(days=1)
    return day


@lru_cache(maxsize=512)
def _holidays_of(country: str, year: int) -> frozenset[date]:
    # A set for each year: the package's own object fills itself while it is asked, which threads would see half done.
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()
