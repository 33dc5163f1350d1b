from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pickups.hours import Interval, cutoff_of, slots_between, slots_of_day

LISBON = ZoneInfo("Europe/Lisbon")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


def walls(slots, zone):
    """Return slots as people at the place read them."""
    return [f"{s.starts_at.astimezone(zone):%H:%M}-{s.ends_at.astimezone(zone):%H:%M}" for s in slots]


def test_hours_are_cut_into_whole_slots_and_leave_out_their_end():
    slots = slots_of_day(
        day=date(2026, 11, 27), intervals=[Interval(time(16), time(20, 30))], slot_minutes=120, zone=LISBON
    )

    assert walls(slots, LISBON) == ["16:00-18:00", "18:00-20:00"]


def test_two_intervals_of_a_day_come_in_order():
    slots = slots_of_day(
        day=date(2026, 11, 27),
        intervals=[Interval(time(16), time(18)), Interval(time(10), time(11))],
        slot_minutes=60,
        zone=LISBON,
    )

    assert walls(slots, LISBON) == ["10:00-11:00", "16:00-17:00", "17:00-18:00"]


def test_midnight_as_an_end_closes_the_day():
    [slot] = slots_of_day(
        day=date(2026, 11, 27), intervals=[Interval(time(22), time(0))], slot_minutes=120, zone=LISBON
    )

    assert slot.local_date == date(2026, 11, 27)
    assert slot.ends_at == datetime(2026, 11, 28, 0, 0, tzinfo=UTC)


def test_a_time_that_the_clocks_jump_over_makes_no_slot():
    # In Lisbon 01:00 became 02:00 on 29 March 2026.
    slots = slots_of_day(day=date(2026, 3, 29), intervals=[Interval(time(0), time(4))], slot_minutes=60, zone=LISBON)

    assert walls(slots, LISBON) == ["00:00-02:00", "02:00-03:00", "03:00-04:00"]
    assert [slot.ends_at - slot.starts_at for slot in slots] == [timedelta(hours=1)] * 3
    assert slots[0].ends_at == slots[1].starts_at == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_a_slot_whose_end_is_jumped_over_ends_with_the_jump():
    slots = slots_of_day(
        day=date(2026, 3, 29), intervals=[Interval(time(0, 45), time(3))], slot_minutes=45, zone=LISBON
    )

    assert [(slot.starts_at.strftime("%H:%M"), slot.ends_at.strftime("%H:%M")) for slot in slots] == [
        ("00:45", "01:00"),  # the clocks jump at 01:00 UTC
        ("01:15", "02:00"),  # 02:15 to 03:00 at the place
    ]


def test_a_time_that_happens_twice_means_the_first_one():
    # In Lisbon 02:00 became 01:00 again on 25 October 2026.
    slots = slots_of_day(day=date(2026, 10, 25), intervals=[Interval(time(0), time(3))], slot_minutes=60, zone=LISBON)

    assert [slot.starts_at for slot in slots] == [
        datetime(2026, 10, 24, 23, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 2, 0, tzinfo=UTC),
    ]
    assert [slot.ends_at - slot.starts_at for slot in slots] == [
        timedelta(hours=1),
        timedelta(hours=2),
        timedelta(hours=1),
    ]


def test_a_jump_of_half_an_hour_is_understood_too():
    # On Lord Howe Island 02:00 became 02:30 on 4 October 2026.
    slots = slots_of_day(day=date(2026, 10, 4), intervals=[Interval(time(1), time(4))], slot_minutes=30, zone=LORD_HOWE)

    assert walls(slots, LORD_HOWE) == ["01:00-01:30", "01:30-02:30", "02:30-03:00", "03:00-03:30", "03:30-04:00"]


def test_an_exception_replaces_the_hours_of_its_weekday():
    friday, saturday = date(2026, 11, 27), date(2026, 11, 28)

    slots = slots_between(
        first=friday,
        last=date(2026, 12, 4),
        weekly={4: [Interval(time(16), time(18))], 5: [Interval(time(10), time(12))]},
        exceptions={friday: [], saturday: [Interval(time(14), time(16))]},
        slot_minutes=120,
        zone=LISBON,
    )

    assert [(slot.local_date, slot.starts_at.hour) for slot in slots] == [(saturday, 14), (date(2026, 12, 4), 16)]


def test_a_cut_off_may_be_on_the_day_before():
    cutoff = cutoff_of(local_date=date(2026, 7, 4), cutoff_local=time(18), days_before=1, zone=LISBON)

    assert cutoff == datetime(2026, 7, 3, 17, 0, tzinfo=UTC)
