"""When somebody may be written to, by the clock on their own wall."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drops.reminders.hours import Span, at_opening, before_opening, is_quiet

LISBON, BERLIN, TOKYO, NEW_YORK = (
    ZoneInfo(name) for name in ("Europe/Lisbon", "Europe/Berlin", "Asia/Tokyo", "America/New_York")
)
ZONES = [LISBON, BERLIN, TOKYO, NEW_YORK, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Pacific/Apia"), ZoneInfo("UTC")]


def at(text: str, zone: ZoneInfo) -> datetime:
    """Return an instant by a wall's clock, in UTC as the database gives it."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("clock", "is_night"),
    [("08:59:59", True), ("09:00", False), ("12:00", False), ("19:59:59", False), ("20:00", True), ("00:00", True)],
)
def test_the_night_is_from_eight_in_the_evening_to_nine(clock, is_night):
    assert is_quiet(at(f"2026-12-04T{clock}", LISBON), LISBON) is is_night


def test_half_an_hour_before_an_opening_by_day():
    opens = at("2026-12-04T18:00", LISBON)

    span = before_opening(opens, LISBON)

    assert span == Span(at("2026-12-04T17:30", LISBON), opens, at("2026-12-04T17:30", LISBON))


def test_the_same_opening_is_in_the_evening_in_berlin_and_at_night_in_tokyo():
    opens = at("2026-12-04T18:00", LISBON)  # 19:00 in Berlin, 3:00 in Tokyo, 13:00 in New York

    assert before_opening(opens, BERLIN).starts_at == at("2026-12-04T18:30", BERLIN)
    assert before_opening(opens, TOKYO) == Span(
        at("2026-12-04T19:00", TOKYO), at("2026-12-04T20:00", TOKYO), at("2026-12-04T20:00", TOKYO)
    )
    assert before_opening(opens, NEW_YORK).starts_at == at("2026-12-04T12:30", NEW_YORK)
    assert at_opening(opens, BERLIN) == Span(opens, opens + timedelta(minutes=30), opens + timedelta(minutes=30))
    assert at_opening(opens, TOKYO) is None


@pytest.mark.parametrize(
    ("opens", "evening"),
    [
        ("2026-12-04T09:15", "2026-12-03"),  # 8:45 is too early: the evening before
        ("2026-12-04T07:00", "2026-12-03"),
        ("2026-12-04T00:10", "2026-12-03"),  # 23:40 of the day before
        ("2026-12-04T22:00", "2026-12-04"),  # 21:30: the same evening, while it is still one
        ("2026-12-04T20:30", "2026-12-04"),  # 20:00 sharp is night
    ],
)
def test_what_would_be_said_at_night_is_said_the_evening_before(opens, evening):
    span = before_opening(at(opens, LISBON), LISBON)

    assert span.starts_at == at(f"{evening}T19:00", LISBON)
    assert span.ends_at == span.asked_until == at(f"{evening}T20:00", LISBON)


def test_a_reminder_that_is_late_waits_for_no_night():
    opens = at("2026-12-04T20:15", LISBON)

    assert before_opening(opens, LISBON).ends_at == at("2026-12-04T20:00", LISBON)
    assert at_opening(opens, LISBON) is None
    assert at_opening(at("2026-12-04T19:45", LISBON), LISBON).ends_at == at("2026-12-04T20:00", LISBON)


def test_an_opening_in_the_morning_after_the_clocks_went_forward():
    # In Lisbon 1:00 became 2:00 on 29 March 2026: the evening before is 12.5 hours earlier and not 13.5.
    opens = at("2026-03-29T08:30", LISBON)

    span = before_opening(opens, LISBON)

    assert span.starts_at == datetime(2026, 3, 28, 19, 0, tzinfo=UTC)
    assert opens - span.starts_at == timedelta(hours=12, minutes=30)


def test_an_opening_in_the_morning_after_the_clocks_went_back():
    # In Lisbon 2:00 became 1:00 on 25 October 2026.
    opens = at("2026-10-25T08:30", LISBON)

    span = before_opening(opens, LISBON)

    assert span.starts_at == datetime(2026, 10, 24, 18, 0, tzinfo=UTC)
    assert opens - span.starts_at == timedelta(hours=14, minutes=30)


def test_half_an_hour_is_half_an_hour_where_the_clock_is_changed_in_it():
    # Lord Howe Island moves its clocks by 30 minutes, at 2:00; an opening then is at night, so the evening counts.
    island = ZoneInfo("Australia/Lord_Howe")
    opens = datetime(2026, 4, 4, 15, 0, tzinfo=UTC)  # 2:00 becomes 1:30

    assert before_opening(opens, island).starts_at == at("2026-04-04T19:00", island)


@given(
    st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2028, 1, 1)).map(lambda t: t.replace(tzinfo=UTC)),
    st.sampled_from(ZONES),
)
def test_nobody_is_ever_written_to_at_night(opens_at, zone):
    before, opening = before_opening(opens_at, zone), at_opening(opens_at, zone)

    for span in filter(None, (before, opening)):
        assert span.starts_at < span.ends_at
        assert not is_quiet(span.starts_at, zone)
        assert not is_quiet(span.ends_at - timedelta(microseconds=1), zone)
    assert before.ends_at <= opens_at
    assert opens_at - before.starts_at <= timedelta(hours=26)
    assert (opening is None) == is_quiet(opens_at, zone)
