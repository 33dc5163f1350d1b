"""What a creator changes at a place where people come."""

from datetime import timedelta

import pytest
from django.urls import reverse

from drops.clock import database_now
from pickups.models import Location, Slot, SlotState
from pickups.slots import bookable_slots
from tests.factories import make_drop, make_drop_sku
from tests.pickups.factories import make_cafe, make_pickup

pytestmark = pytest.mark.django_db


@pytest.fixture
def cafe(shop, settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    return make_cafe(
        creator=shop.creator, hours={day: [("00:00", "00:00")] for day in range(7)}, slot_minutes=720, capacity=12
    )


@pytest.fixture
def slot(shop, cafe):
    """A slot of twelve places, two of them taken."""
    slot = bookable_slots(location=cafe, now=database_now())[2]
    mugs = make_drop_sku(drop=make_drop(capsule=shop.capsule), units=4)
    for name in ("Lena Vogt", "Tomás Ruiz"):
        make_pickup(slot=slot, drop_sku=mugs, name=name)
    return slot


def page(row):
    return reverse(f"admin:pickups_{row._meta.model_name}_change", args=[row.pk])


def test_a_slot_takes_more_people_and_fewer_down_to_those_who_come(slot, owner):
    owner.post(page(slot), {"capacity": "20"})
    assert (Slot.objects.get(pk=slot.pk).capacity, slot.places.count()) == (20, 20)

    owner.post(page(slot), {"capacity": "2"})
    assert (Slot.objects.get(pk=slot.pk).capacity, slot.places.count()) == (2, 2)


@pytest.mark.parametrize(
    ("capacity", "sentence"),
    [
        ("1", "2 people are expected in this slot, so it cannot take only 1."),
        ("-1", "A slot takes 0 to 500 people."),
        ("501", "A slot takes 0 to 500 people."),
        ("many", "Enter a whole number."),
    ],
)
def test_a_number_that_a_slot_cannot_have_is_refused_beside_the_field(capacity, sentence, slot, owner):
    answer = owner.post(page(slot), {"capacity": capacity})

    assert sentence in answer.content.decode()
    assert (Slot.objects.get(pk=slot.pk).capacity, slot.places.count()) == (12, 12)


def location_form(location, **changed):
    hours = list(location.weekly_hours.order_by("weekday", "opens"))
    form = {
        name: getattr(location, name)
        for name in (
            "name", "address", "postcode", "city", "country", "time_zone", "note", "slot_minutes", "capacity",
            "lead_minutes", "horizon_days", "cutoff_days_before",
        )
    }  # fmt: skip
    form |= {"is_active": "on", "cutoff_local": ""}
    for prefix, count in (("weekly_hours", len(hours)), ("hours_exceptions", 1)):
        form |= {f"{prefix}-TOTAL_FORMS": count, f"{prefix}-INITIAL_FORMS": count if prefix == "weekly_hours" else 0}
    for number, row in enumerate(hours):
        form |= {f"weekly_hours-{number}-{name}": getattr(row, name) for name in ("id", "weekday", "opens", "closes")}
        form[f"weekly_hours-{number}-location"] = location.pk
    return {**form, "hours_exceptions-0-location": location.pk, **changed}


def test_a_day_that_is_closed_in_the_form_is_off_offer_at_once(cafe, owner):
    now = database_now()
    day = max(slot.local_date for slot in bookable_slots(location=cafe, now=now))

    answer = owner.post(page(cafe), location_form(cafe, **{"hours_exceptions-0-date": day.isoformat()}))

    assert answer.status_code == 302
    left = bookable_slots(location=Location.objects.get(pk=cafe.pk), now=now)
    assert max(slot.local_date for slot in left) == day - timedelta(days=1)


def test_somebody_who_booked_a_day_that_is_closed_later_still_comes(cafe, slot, owner):
    owner.post(page(cafe), location_form(cafe, **{"hours_exceptions-0-date": slot.local_date.isoformat()}))

    assert Slot.objects.get(pk=slot.pk).state == SlotState.CLOSED
    assert slot.places.count() == 12


def test_a_typing_error_does_not_make_a_million_places(cafe, owner):
    answer = owner.post(page(cafe), location_form(cafe, slot_minutes=5, horizon_days=60, capacity=500))

    assert "That could be 8,640,000 places" in answer.content.decode()
    assert Location.objects.get(pk=cafe.pk).slot_minutes == 720
