from datetime import UTC, date, datetime

import pytest

from fulfillment.days_off import after_business_days, is_day_off, next_business_day
from fulfillment.models import Rate
from fulfillment.rates import Window, window_of

FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 11, day) for day in (27, 28, 29, 30))


def arrival(begin, days, country="DE"):
    return next_business_day(after_business_days(begin, days, country=country), country=country)


def window(closes_on, *, home="DE", country="DE", handling=(1, 2), transit=(1, 3)):
    """Return when a parcel arrives whose drop closes at noon of a day."""
    (handling_min, handling_max), (transit_min, transit_max) = handling, transit
    rate = Rate(
        handling_days_min=handling_min,
        handling_days_max=handling_max,
        transit_days_min=transit_min,
        transit_days_max=transit_max,
    )
    noon = datetime(closes_on.year, closes_on.month, closes_on.day, 12, tzinfo=UTC)
    return window_of(
        rate=rate, ordered_at=noon, drop_closes_at=noon, time_zone="Europe/Berlin", home=home, country=country
    )


@pytest.mark.parametrize(
    ("begin", "days", "end"),
    [
        (FRIDAY, 0, FRIDAY),
        (FRIDAY, 1, MONDAY),
        (SATURDAY, 0, MONDAY),
        (SUNDAY, 1, MONDAY),
        (MONDAY, 4, date(2026, 12, 4)),
        (MONDAY, 5, date(2026, 12, 7)),
        (date(2028, 2, 28), 2, date(2028, 3, 1)),
    ],
)
def test_business_days_step_over_the_weekend(begin, days, end):
    assert arrival(begin, days) == end


@pytest.mark.parametrize(
    ("begin", "days", "country", "end"),
    [
        (date(2026, 12, 24), 1, "DE", date(2026, 12, 28)),  # a Friday and a Saturday off, then Monday
        (date(2026, 12, 24), 1, "GB", date(2026, 12, 29)),  # Boxing Day is a Saturday, and kept on Monday
        (date(2026, 12, 24), 1, "PT", date(2026, 12, 28)),
        (date(2026, 12, 25), 0, "PT", date(2026, 12, 28)),
        (date(2026, 12, 31), 1, "PT", date(2027, 1, 4)),
        (date(2026, 11, 30), 1, "PT", date(2026, 12, 2)),  # Restauração da Independência
        (date(2026, 11, 30), 1, "DE", date(2026, 12, 1)),
        (date(2026, 11, 25), 1, "US", date(2026, 11, 27)),  # Thanksgiving
        (date(2026, 4, 2), 1, "DE", date(2026, 4, 7)),  # Good Friday and Easter Monday
        (date(2026, 4, 2), 1, "PT", date(2026, 4, 6)),  # no Easter Monday there
    ],
)
def test_nothing_moves_on_a_public_holiday_of_the_country(begin, days, country, end):
    assert arrival(begin, days, country) == end


def test_a_holiday_of_some_regions_only_is_a_business_day():
    assert not is_day_off(date(2026, 6, 4), country="DE")  # Corpus Christi
    assert not is_day_off(date(2026, 1, 6), country="DE")  # Epiphany


def test_a_country_of_which_no_holidays_are_known_has_its_weekends():
    assert [is_day_off(day, country="ZZ") for day in (FRIDAY, SATURDAY, SUNDAY, MONDAY)] == [False, True, True, False]
    assert not is_day_off(date(2026, 12, 25), country="ZZ")


def test_over_christmas_a_parcel_is_promised_for_days_on_which_somebody_brings_it():
    assert window(date(2026, 12, 23)) == Window(earliest=date(2026, 12, 28), latest=date(2026, 12, 31))


def test_it_is_packed_by_the_days_of_the_creator_and_brought_by_those_of_the_destination():
    # Monday the 30th: in Portugal the 1st and the 8th are holidays, in Germany neither is.
    assert window(MONDAY, home="PT", country="DE", handling=(1, 5), transit=(1, 1)) == Window(
        earliest=date(2026, 12, 3), latest=date(2026, 12, 10)
    )
    assert window(MONDAY, home="DE", country="PT", handling=(1, 5), transit=(0, 1)) == Window(
        earliest=date(2026, 12, 2), latest=date(2026, 12, 9)
    )
