from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from creatorshop.demo.windows import coming_window, past_window, running_window

LISBON = ZoneInfo("Europe/Lisbon")
# A day of each kind: plain, the two on which clocks change, and the turn of a year.
DAYS = [(2026, 11, 23), (2027, 3, 28), (2026, 10, 25), (2026, 12, 31)]


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("hour", range(24))
def test_whenever_the_demo_starts_its_drop_opened_hours_ago_and_closes_at_eight(day, hour):
    now = datetime(*day, hour, 30, tzinfo=LISBON)

    window = running_window(now=now, zone=LISBON)

    assert timedelta(hours=1) < now - window.opens_at <= timedelta(hours=7)
    assert timedelta(hours=3) <= window.closes_at - now <= timedelta(hours=29)
    assert (window.closes_at.hour, window.closes_at.minute) == (20, 0)


@pytest.mark.parametrize("day", range(23, 30))
def test_the_coming_drop_opens_on_a_friday_evening_at_least_a_day_from_now(day):
    now = datetime(2026, 11, day, 21, 15, tzinfo=LISBON)

    window = coming_window(now=now, zone=LISBON)

    assert (window.opens_at.weekday(), window.opens_at.hour) == (4, 19)
    assert timedelta(days=1) <= window.opens_at - now <= timedelta(days=8)
    assert (window.closes_at.weekday(), window.closes_at.hour) == (6, 22)


def test_the_past_drop_was_yesterday_afternoon():
    window = past_window(now=datetime(2026, 11, 23, 0, 5, tzinfo=LISBON), zone=LISBON)

    assert window.opens_at == datetime(2026, 11, 22, 12, 0, tzinfo=LISBON)
    assert window.closes_at == datetime(2026, 11, 22, 20, 0, tzinfo=LISBON)
