"""
Two people and the last place of a slot. Each guard comes with its negative control: the same race without it goes wrong.
"""

import threading
from contextlib import nullcontext

import pytest
from django.db import connection, transaction

from drops.errors import ShopError
from drops.sales import holding, revoking
from drops.sales.delivery import DeliveryGone
from drops.stock.counts import count_of
from drops.stock.models import NEVER, Hold
from pickups import delivery, handover, places, slots
from pickups.models import Location, PickupEvent, Slot, SlotPlace
from tests.factories import make_capsule, make_drop, make_drop_sku, make_quote
from tests.pickups.factories import make_cafe, make_device, make_pickup
from tests.races.crowd import at_once, rival_after, swapped

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

# Reads first and writes later. The pause is the gap in which a rival reads the same place.
CHECK_THEN_TAKE = """
WITH free AS MATERIALIZED (
    SELECT id, pg_sleep(0.2) FROM pickups_slotplace
    WHERE slot_id = %(slot)s AND free_at <= drops_now() ORDER BY ordinal LIMIT 1)
UPDATE pickups_slotplace place SET hold_id = %(hold)s, free_at = %(until)s
FROM free WHERE place.id = free.id RETURNING place.id
"""


def now():
    with connection.cursor() as cursor:
        cursor.execute("SELECT drops_now()")
        return cursor.fetchone()[0]


def make_counter(*, capacity: int) -> tuple[Location, Slot]:
    """Make a café that is open round the clock, so that the test does not depend on the time of day."""
    cafe = make_cafe(hours={day: [("00:00", "00:00")] for day in range(7)}, lead_minutes=0, capacity=capacity)
    return cafe, slots.bookable_slots(location=cafe, now=now())[0]


def make_mugs_today(cafe: Location, units: int = 4):
    return make_drop_sku(drop=make_drop(capsule=make_capsule(creator=cafe.creators.get())), units=units)


def hold_of(quote):
    return lambda: holding.place_hold(
        shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=quote.ref
    )


def two_quotes(mugs, slot):
    return [make_quote(drop_sku=mugs, method="pickup", option=slot.ref) for _ in range(2)]


def test_two_holds_never_share_the_last_place():
    cafe, slot = make_counter(capacity=1)
    mugs = make_mugs_today(cafe)
    quotes = two_quotes(mugs, slot)

    answers = at_once(*[hold_of(quote) for quote in quotes])

    refused = [answer for answer in answers if isinstance(answer, ShopError)]
    assert [type(refusal) for refusal in refused] == [DeliveryGone]
    assert Hold.objects.count() == 1
    assert slot.places.get().hold_id == Hold.objects.get().pk
    # Who did not get the place holds no unit either.
    assert count_of(drop_sku_id=mugs.pk).held == 1


def test_without_the_lock_both_believe_they_have_the_last_place():
    cafe, slot = make_counter(capacity=1)
    quotes = two_quotes(make_mugs_today(cafe), slot)

    with swapped(places, "_CLAIM", CHECK_THEN_TAKE):
        answers = at_once(*[hold_of(quote) for quote in quotes])

    assert [isinstance(answer, Hold) for answer in answers] == [True, True]
    assert SlotPlace.objects.filter(slot=slot).count() == 1


def test_with_places_to_spare_nobody_is_sent_away():
    cafe, slot = make_counter(capacity=4)
    mugs = make_mugs_today(cafe)
    quotes = [quote for _ in range(2) for quote in two_quotes(mugs, slot)]

    answers = at_once(*[hold_of(quote) for quote in quotes])

    assert all(isinstance(answer, Hold) for answer in answers)
    assert len(set(slot.places.values_list("hold", flat=True))) == 4


def test_full_is_said_only_when_the_rival_has_kept_the_place():
    """A rival who gives up after taking the last place leaves it to whoever waited; skipping alone would say "full"."""
    cafe, slot = make_counter(capacity=1)
    mugs = make_mugs_today(cafe)
    waiter = hold_of(make_quote(drop_sku=mugs, method="pickup", option=slot.ref))
    taken, may_give_up = threading.Event(), threading.Event()

    def take_and_give_up():
        with transaction.atomic():
            list(SlotPlace.objects.select_for_update().filter(slot=slot))
            taken.set()
            may_give_up.wait(timeout=10)
            transaction.set_rollback(True)

    def wait_for_it():
        taken.wait(timeout=10)
        threading.Timer(0.3, may_give_up.set).start()
        return waiter()

    _, answer = at_once(take_and_give_up, wait_for_it)

    assert isinstance(answer, Hold)
    assert slot.places.get().hold_id == answer.pk


def test_a_slot_that_shrinks_while_somebody_takes_its_last_place_does_one_or_the_other():
    cafe, slot = make_counter(capacity=1)
    quote = make_quote(drop_sku=make_mugs_today(cafe), method="pickup", option=slot.ref)

    answers = at_once(hold_of(quote), lambda: slots.resize_slot(slot_id=slot.pk, capacity=0, now=now()))

    slot.refresh_from_db()
    assert sum(isinstance(answer, ShopError) for answer in answers) == 1
    assert (slot.capacity, slot.places.count(), Hold.objects.count()) in [(1, 1, 1), (0, 0, 0)]


def test_two_phones_hand_one_pickup_over_once():
    cafe, slot = make_counter(capacity=1)
    pickup = make_pickup(slot=slot, drop_sku=make_mugs_today(cafe))
    phones = [make_device(location=cafe, label=name, now=now()) for name in ("Mira", "Jo")]
    then = max(now(), slot.starts_at)

    answers = at_once(
        *[
            lambda phone=phone: handover.hand_over(
                device=phone, pickup_ref=pickup.ref, nonce=f"nonce-{phone.ref}", now=then
            )
            for phone in phones
        ]
    )

    refused = [answer for answer in answers if isinstance(answer, ShopError)]
    assert [type(refusal) for refusal in refused] == [handover.AlreadyHandedOver]
    assert PickupEvent.objects.filter(to_state="handed_over").count() == 1
    assert slot.places.get().free_at == NEVER


@pytest.mark.parametrize("is_guarded", [True, False], ids=["guarded", "without its guard"])
def test_a_part_that_goes_over_the_counter_while_the_order_is_refunded_waits(is_guarded):
    """Counting what was handed over locks the units, so that none goes between the count and the calling off."""
    cafe, slot = make_counter(capacity=1)
    pickup = make_pickup(slot=slot, drop_sku=make_mugs_today(cafe), quantity=2)
    first = pickup.units.order_by("pk").values_list("unit_id", flat=True)[0]
    mira, then = make_device(location=cafe, label="Mira", now=now()), max(now(), slot.starts_at)

    def hand_over_a_part():
        return handover.hand_over(device=mira, pickup_ref=pickup.ref, nonce="nonce-one", now=then, unit_ids=[first])

    guard = nullcontext() if is_guarded else swapped(delivery, "locked_units", look_at_units)
    with guard, rival_after(delivery, "locked_units", hand_over_a_part):
        revoking.refund_order(order_ref=pickup.order.ref, actor="office:ines", reason="kiln broke")

    states = sorted(pickup.units.values_list("state", flat=True))
    assert states == (["cancelled", "cancelled"] if is_guarded else ["cancelled", "handed_over"])


def look_at_units(*, pickup):
    return list(pickup.units.order_by("pk"))
