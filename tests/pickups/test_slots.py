from datetime import UTC, date, datetime, time, timedelta

import pytest

from pickups.models import HoursException, Slot, SlotPlace, SlotState
from pickups.partners import WrongHours
from pickups.slots import (
    CapacityBooked,
    UnknownSlot,
    bookable_slots,
    close_slot,
    materialise_slots,
    reopen_slot,
    resize_slot,
)
from pickups.tasks import materialise_all_slots
from tests.clock import stopped_clock
from tests.factories import NOON
from tests.pickups.factories import DAILY, first_slot, hold_for, make_cafe, make_mugs

pytestmark = pytest.mark.django_db

TODAY = NOON.date()


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


def hours_of(slots):
    return [(slot.local_date, slot.starts_at.hour) for slot in slots]


def test_slots_are_made_once_with_a_place_for_each_person():
    cafe = make_cafe(horizon_days=2)

    made = [materialise_slots(location_id=cafe.pk, now=NOON) for _ in range(2)]

    assert made == [6, 0]
    assert Slot.objects.filter(location=cafe).count() == 6
    assert SlotPlace.objects.filter(slot__location=cafe).count() == 18
    assert list(first_slot(cafe).places.order_by("ordinal").values_list("ordinal", flat=True)) == [1, 2, 3]


def test_the_hourly_task_makes_slots_of_active_places_only():
    cafe, closed = make_cafe(horizon_days=1), make_cafe(partner_name="Loja Norte", name="Loja Norte")
    closed.is_active = False
    closed.save(update_fields=["is_active"])

    materialise_all_slots()

    assert (cafe.slots.count(), closed.slots.count()) == (4, 0)


def test_asking_for_slots_makes_them_so_a_stopped_worker_costs_nobody_one():
    cafe = make_cafe(horizon_days=1)

    slots = bookable_slots(location=cafe, now=NOON)

    assert hours_of(slots) == [(TODAY, 16), (TODAY, 18), (date(2026, 11, 28), 16), (date(2026, 11, 28), 18)]
    assert [slot.places_left for slot in slots] == [3, 3, 3, 3]


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 11, 27, 15, 0, tzinfo=UTC), [16, 18]),
        (datetime(2026, 11, 27, 15, 0, 1, tzinfo=UTC), [18]),
        (datetime(2026, 11, 27, 17, 0, 1, tzinfo=UTC), []),
    ],
)
def test_the_lead_time_ends_booking_so_long_before_the_slot(now, hours):
    cafe = make_cafe(lead_minutes=60)

    slots = bookable_slots(location=cafe, now=now, until=TODAY)

    assert [slot.starts_at.hour for slot in slots] == hours


def test_a_cut_off_on_the_day_ends_that_days_slots_and_no_others():
    cafe = make_cafe(cutoff="13:00", lead_minutes=0, horizon_days=1)

    before = bookable_slots(location=cafe, now=NOON + timedelta(minutes=59, seconds=59))
    after = bookable_slots(location=cafe, now=NOON + timedelta(hours=1))

    assert [slot.local_date for slot in before] == [TODAY] * 2 + [TODAY + timedelta(days=1)] * 2
    assert [slot.local_date for slot in after] == [TODAY + timedelta(days=1)] * 2


def test_order_before_18_for_the_next_day():
    cafe = make_cafe(cutoff="18:00", cutoff_days_before=1, lead_minutes=0, horizon_days=2)
    tomorrow, day_after = TODAY + timedelta(days=1), TODAY + timedelta(days=2)

    at_noon = bookable_slots(location=cafe, now=NOON)
    at_six = bookable_slots(location=cafe, now=NOON + timedelta(hours=6))

    assert {slot.local_date for slot in at_noon} == {tomorrow, day_after}
    assert {slot.local_date for slot in at_six} == {day_after}


def test_the_cut_off_goes_by_the_clock_at_the_place():
    cafe = make_cafe(
        time_zone="Asia/Tokyo",
        cutoff="22:00",
        lead_minutes=0,
        horizon_days=1,
        hours={4: [("23:00", "00:00")]},
        slot_minutes=60,
    )

    # 12:00 UTC is 21:00 in Tokyo.
    assert len(bookable_slots(location=cafe, now=NOON)) == 1
    assert bookable_slots(location=cafe, now=NOON + timedelta(hours=1)) == []


def test_slots_for_several_people_need_a_place_for_each():
    cafe = make_cafe(horizon_days=1, capacity=2)
    slot, mugs = first_slot(cafe), make_mugs(creator=cafe.creators.get())
    hold_for(slot, drop_sku=mugs)

    assert slot in bookable_slots(location=cafe, now=NOON, people=1)
    assert slot not in bookable_slots(location=cafe, now=NOON, people=2)


def test_a_closed_day_takes_its_slots_away_but_keeps_who_booked_one():
    cafe = make_cafe(horizon_days=1)
    slot, mugs = first_slot(cafe), make_mugs(creator=cafe.creators.get())
    hold_for(slot, drop_sku=mugs)
    HoursException.objects.create(location=cafe, date=TODAY, reason="Stocktaking")

    materialise_slots(location_id=cafe.pk, now=NOON)

    slot.refresh_from_db()
    assert (slot.state, slot.places.filter(hold__isnull=False).count()) == (SlotState.CLOSED, 1)
    assert list(cafe.slots.filter(local_date=TODAY)) == [slot]
    assert {slot.local_date for slot in bookable_slots(location=cafe, now=NOON)} == {TODAY + timedelta(days=1)}


def test_other_hours_of_one_date_replace_the_weekly_ones():
    cafe = make_cafe(horizon_days=1)
    first_slot(cafe)
    HoursException.objects.create(location=cafe, date=TODAY, opens=time(20), closes=time(22))

    materialise_slots(location_id=cafe.pk, now=NOON)

    assert [slot.starts_at.hour for slot in bookable_slots(location=cafe, now=NOON, until=TODAY)] == [20]


def test_a_slot_that_began_stays_when_the_hours_change():
    cafe = make_cafe(horizon_days=1)
    first_slot(cafe)
    cafe.weekly_hours.all().delete()

    materialise_slots(location_id=cafe.pk, now=NOON + timedelta(hours=5))

    assert [slot.starts_at.hour for slot in cafe.slots.all()] == [16]


def test_capacity_below_what_is_booked_is_refused():
    cafe = make_cafe()
    slot, mugs = first_slot(cafe), make_mugs(creator=cafe.creators.get())
    for _ in range(2):
        hold_for(slot, drop_sku=mugs)

    with pytest.raises(CapacityBooked) as refusal:
        resize_slot(slot_id=slot.pk, capacity=1, now=NOON)

    slot.refresh_from_db()
    assert refusal.value.facts == {"booked": 2, "capacity": 1}
    assert (slot.capacity, slot.places.count(), slot.places.filter(hold__isnull=False).count()) == (3, 3, 2)


def test_capacity_can_fall_to_what_is_booked_and_rise_again():
    cafe = make_cafe()
    slot, mugs = first_slot(cafe), make_mugs(creator=cafe.creators.get())
    for _ in range(2):
        hold_for(slot, drop_sku=mugs)

    lowered = resize_slot(slot_id=slot.pk, capacity=2, now=NOON)
    assert (lowered.capacity, slot.places.count(), bookable_slots(location=cafe, now=NOON)[0] == slot) == (2, 2, False)

    raised = resize_slot(slot_id=slot.pk, capacity=5, now=NOON)
    assert (raised.capacity, bookable_slots(location=cafe, now=NOON)[0].places_left) == (5, 3)


def test_a_closed_slot_is_off_offer_until_it_is_reopened():
    cafe = make_cafe()
    slot = first_slot(cafe)

    close_slot(slot_id=slot.pk)
    assert slot not in bookable_slots(location=cafe, now=NOON)

    reopen_slot(slot_id=slot.pk)
    assert slot in bookable_slots(location=cafe, now=NOON)


def test_an_unknown_slot_is_said_to_be_unknown():
    with pytest.raises(UnknownSlot):
        close_slot(slot_id=1)


def test_hours_that_end_before_they_begin_are_refused_and_nothing_is_made():
    with pytest.raises(WrongHours):
        make_cafe(hours=DAILY | {0: [("18:00", "16:00")]})

    assert Slot.objects.count() == 0
