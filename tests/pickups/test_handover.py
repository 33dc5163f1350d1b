from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from drops.errors import Invalid
from drops.sales.models import Order, OrderState, Refund
from drops.sales.revoking import PartlyHandedOver, refund_order
from drops.stock.models import TokenStatus
from pickups import handover
from pickups.handover import find_pickup, hand_over, undo
from pickups.models import PickupEvent, PickupUnit, RosterAct, RosterActKind, RosterRole, UnitState
from pickups.passes import UnknownCode, code_of
from pickups.roster import TooManyTries
from pickups.slots import bookable_slots
from pickups.units import cancel_pickup, mark_ready
from tests.clock import stopped_clock
from tests.factories import NOON
from tests.pickups.factories import first_slot, make_cafe, make_device, make_mugs, make_pickup

pytestmark = pytest.mark.django_db

FOUR = NOON + timedelta(hours=4)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def cafe():
    return make_cafe()


@pytest.fixture
def mugs(cafe):
    return make_mugs(creator=cafe.creators.get())


@pytest.fixture
def lena(cafe, mugs):
    return make_pickup(slot=first_slot(cafe), drop_sku=mugs)


@pytest.fixture
def mira(cafe):
    return make_device(location=cafe)


@pytest.fixture
def helper(cafe):
    return make_device(location=cafe, role=RosterRole.SCAN, label="Jo")


def standing(pickup):
    """Return everything that a hand-over may change."""
    states = list(PickupUnit.objects.filter(pickup=pickup).order_by("pk").values_list("state", flat=True))
    return states, PickupEvent.objects.filter(unit__pickup=pickup).count(), Order.objects.get(pk=pickup.order_id).state


def test_handing_over_moves_every_unit_and_fulfils_the_order(cafe, mugs, mira):
    pickup = make_pickup(slot=first_slot(cafe), drop_sku=mugs, quantity=2)

    moved = hand_over(device=mira, pickup_ref=pickup.ref, nonce="nonce-one", now=FOUR)

    assert (moved.units, moved.at, moved.is_repeat) == (2, FOUR, False)
    assert standing(pickup) == (["handed_over"] * 2, 4, OrderState.FULFILLED)
    event = PickupEvent.objects.filter(to_state="handed_over").first()
    assert (event.from_state, event.actor, event.device, event.at, event.recorded_at) == (
        "booked",
        "Mira",
        mira,
        FOUR,
        FOUR,
    )


def test_the_same_nonce_gives_the_same_answer_and_changes_nothing(lena, mira):
    hand_over(device=mira, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR)
    before = standing(lena)

    again = hand_over(device=mira, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR + MINUTE)

    assert (again.units, again.at, again.is_repeat) == (1, FOUR, True)
    assert standing(lena) == before


def test_a_second_hand_over_is_refused_with_when_and_by_whom(lena, mira, helper):
    hand_over(device=mira, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR + timedelta(minutes=12))
    before = standing(lena)

    with pytest.raises(handover.AlreadyHandedOver) as refusal:
        hand_over(device=helper, pickup_ref=lena.ref, nonce="nonce-two", now=FOUR + timedelta(minutes=13))

    assert refusal.value.message == "Already handed over 27 Nov at 16:12 by Mira."
    assert refusal.value.facts == {"at": FOUR + timedelta(minutes=12), "by": "Mira"}
    assert standing(lena) == before


def test_part_of_an_order_can_be_handed_over_and_the_rest_later(cafe, mugs, mira):
    pickup = make_pickup(slot=first_slot(cafe), drop_sku=mugs, quantity=2)
    first, _ = pickup.units.order_by("pk").values_list("unit_id", flat=True)

    hand_over(device=mira, pickup_ref=pickup.ref, nonce="nonce-one", now=FOUR, unit_ids=[first])
    assert standing(pickup) == (["handed_over", "booked"], 3, OrderState.PAID)

    hand_over(device=mira, pickup_ref=pickup.ref, nonce="nonce-two", now=FOUR + MINUTE)
    assert standing(pickup) == (["handed_over", "handed_over"], 4, OrderState.FULFILLED)


def test_an_order_that_was_collected_in_part_is_not_refunded_as_a_whole(cafe, mugs, mira):
    pickup = make_pickup(slot=first_slot(cafe), drop_sku=mugs, quantity=2)
    first, _ = pickup.units.order_by("pk").values_list("unit_id", flat=True)
    hand_over(device=mira, pickup_ref=pickup.ref, nonce="nonce-one", now=FOUR, unit_ids=[first])
    before = standing(pickup)

    with pytest.raises(PartlyHandedOver) as refusal:
        refund_order(order_ref=pickup.order.ref, actor="office:ines", reason="kiln broke")

    assert refusal.value.facts == {"order": pickup.order.ref, "handed_over": 1, "units": 2}
    assert standing(pickup) == before
    assert Refund.objects.count() == 0
    assert mugs.tokens.filter(status=TokenStatus.SOLD).count() == 2

    undo(device=mira, pickup_ref=pickup.ref, nonce="nonce-two", now=FOUR + MINUTE)
    refund_order(order_ref=pickup.order.ref, actor="office:ines", reason="kiln broke")
    assert standing(pickup) == (["cancelled", "cancelled"], 6, OrderState.REFUNDED)


def test_undo_goes_back_and_keeps_both_events(lena, mira):
    mark_ready(slot_id=lena.slot_id, actor="creator", now=NOON)
    hand_over(device=mira, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR)

    undo(device=mira, pickup_ref=lena.ref, nonce="nonce-two", now=FOUR + MINUTE)

    assert standing(lena) == (["ready"], 4, OrderState.PAID)
    steps = PickupEvent.objects.filter(unit__pickup=lena).order_by("pk").values_list("from_state", "to_state")
    assert list(steps) == [("", "booked"), ("booked", "ready"), ("ready", "handed_over"), ("handed_over", "ready")]


def test_undo_takes_back_the_last_hand_over_only(cafe, mugs, mira):
    pickup = make_pickup(slot=first_slot(cafe), drop_sku=mugs, quantity=2)
    first, _ = pickup.units.order_by("pk").values_list("unit_id", flat=True)
    hand_over(device=mira, pickup_ref=pickup.ref, nonce="nonce-one", now=FOUR, unit_ids=[first])
    hand_over(device=mira, pickup_ref=pickup.ref, nonce="nonce-two", now=FOUR + MINUTE)

    undo(device=mira, pickup_ref=pickup.ref, nonce="nonce-three", now=FOUR + 2 * MINUTE)

    assert standing(pickup)[0] == ["handed_over", "booked"]


def test_a_repeated_undo_undoes_once(lena, mira):
    hand_over(device=mira, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR)
    undo(device=mira, pickup_ref=lena.ref, nonce="nonce-two", now=FOUR)

    again = undo(device=mira, pickup_ref=lena.ref, nonce="nonce-two", now=FOUR)

    assert again.is_repeat
    assert standing(lena)[:2] == (["booked"], 3)


def test_after_15_minutes_only_a_supervisor_may_undo(lena, helper, mira):
    hand_over(device=helper, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR)
    later = FOUR + timedelta(minutes=15)

    with pytest.raises(handover.UndoTooLate):
        undo(device=helper, pickup_ref=lena.ref, nonce="nonce-two", now=later)
    assert standing(lena)[:2] == (["handed_over"], 2)

    undo(device=mira, pickup_ref=lena.ref, nonce="nonce-three", now=later)
    assert standing(lena)[:2] == (["booked"], 3)


def test_another_telephone_may_not_undo(lena, helper, cafe):
    other = make_device(location=cafe, role=RosterRole.SCAN, label="Ana")
    hand_over(device=helper, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR)

    with pytest.raises(handover.UndoTooLate):
        undo(device=other, pickup_ref=lena.ref, nonce="nonce-two", now=FOUR)

    assert standing(lena)[:2] == (["handed_over"], 2)


def test_what_was_not_handed_over_cannot_be_undone(lena, mira):
    with pytest.raises(handover.NothingToUndo):
        undo(device=mira, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR)

    assert standing(lena)[:2] == (["booked"], 1)


def test_a_nonce_of_another_act_is_refused(lena, mira, cafe, mugs):
    other = make_pickup(slot=first_slot(cafe), drop_sku=mugs)
    hand_over(device=mira, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR)

    with pytest.raises(handover.NonceReused):
        hand_over(device=mira, pickup_ref=other.ref, nonce="nonce-one", now=FOUR)
    with pytest.raises(handover.NonceReused):
        undo(device=mira, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR)
    with pytest.raises(Invalid):
        hand_over(device=mira, pickup_ref=other.ref, nonce="", now=FOUR)

    assert (standing(lena)[0], standing(other)[0]) == (["handed_over"], ["booked"])


def test_a_day_too_early_is_refused_with_the_right_time(cafe, mugs, mira):
    tomorrow = bookable_slots(location=cafe, now=NOON)[2]
    pickup = make_pickup(slot=tomorrow, drop_sku=mugs)

    with pytest.raises(handover.TooEarly) as refusal:
        hand_over(device=mira, pickup_ref=pickup.ref, nonce="nonce-one", now=FOUR)

    assert refusal.value.message == "This pickup is for Sat 28 Nov, 16–18h."
    assert standing(pickup) == (["booked"], 1, OrderState.PAID)


def test_somebody_who_comes_after_their_slot_is_served(lena, mira):
    moved = hand_over(device=mira, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR + timedelta(hours=20))

    assert moved.units == 1


def test_a_refunded_order_is_not_handed_over(lena, mira):
    Order.objects.filter(pk=lena.order_id).update(state=OrderState.REFUNDED)

    with pytest.raises(handover.PickupRefunded):
        hand_over(device=mira, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR)

    assert standing(lena)[:2] == (["booked"], 1)


def test_a_cancelled_pickup_is_not_handed_over_and_its_place_is_free(lena, mira, cafe):
    cancel_pickup(pickup=lena, actor="creator", reason="asked to", now=NOON)

    with pytest.raises(handover.PickupCancelled):
        hand_over(device=mira, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR)

    assert standing(lena)[:2] == (["cancelled"], 2)
    assert first_slot(cafe).places_left == 3


def test_what_was_noted_as_not_collected_is_not_handed_over(lena, mira):
    PickupUnit.objects.filter(pickup=lena).update(state=UnitState.NO_SHOW)

    with pytest.raises(handover.TooLate):
        hand_over(device=mira, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR)

    assert standing(lena)[:2] == (["no_show"], 1)


def test_a_pickup_of_another_place_does_not_exist_here(lena):
    elsewhere = make_device(location=make_cafe(partner_name="Loja Norte", name="Loja Norte"))

    with pytest.raises(UnknownCode):
        hand_over(device=elsewhere, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR)
    with pytest.raises(handover.WrongLocation):
        find_pickup(device=elsewhere, typed=code_of(pickup=lena), now=FOUR)

    assert standing(lena)[:2] == (["booked"], 1)


def test_what_a_telephone_noted_offline_counts_from_when_it_happened(lena, mira):
    hand_over(
        device=mira, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR + timedelta(hours=1), happened_at=FOUR + MINUTE
    )

    event = PickupEvent.objects.get(to_state="handed_over")
    assert (event.at, event.recorded_at) == (FOUR + MINUTE, FOUR + timedelta(hours=1))


@pytest.mark.parametrize(
    ("claimed", "kept"), [(FOUR + timedelta(days=3), FOUR), (NOON - timedelta(days=3), NOON + MINUTE)]
)
def test_a_telephones_wrong_clock_is_held_to_what_is_possible(cafe, lena, claimed, kept):
    device = make_device(location=cafe, now=NOON + MINUTE)

    moved = hand_over(device=device, pickup_ref=lena.ref, nonce="nonce-one", now=FOUR, happened_at=claimed)

    assert moved.at == kept


def test_a_code_is_found_whole_short_or_scanned_and_being_shown_is_written_down(lena, mira):
    code = code_of(pickup=lena)

    found = [find_pickup(device=mira, typed=typed, now=FOUR) for typed in (code, code[:4].lower(), f"PK1.{code}")]

    assert found == [lena] * 3
    assert RosterAct.objects.filter(device=mira, kind=RosterActKind.REVEALED, pickup=lena).count() == 3
    assert standing(lena)[:2] == (["booked"], 1)


def test_a_short_code_that_means_two_asks_for_the_whole_one(lena, mira, cafe, mugs):
    other = make_pickup(slot=first_slot(cafe), drop_sku=mugs)
    type(other).objects.filter(pk=other.pk).update(short_code=lena.short_code)

    with pytest.raises(handover.SeveralPickups):
        find_pickup(device=mira, typed=lena.short_code, now=FOUR)

    assert find_pickup(device=mira, typed=code_of(pickup=other), now=FOUR) == other


def test_a_short_code_means_the_one_that_is_expected_today(lena, mira, cafe, mugs):
    other = make_pickup(slot=bookable_slots(location=cafe, now=NOON)[2], drop_sku=mugs)
    type(other).objects.filter(pk=other.pk).update(short_code=lena.short_code)

    assert find_pickup(device=mira, typed=lena.short_code, now=FOUR) == lena


def test_five_unknown_codes_in_a_minute_are_enough(lena, mira):
    for _ in range(5):
        with pytest.raises(UnknownCode):
            find_pickup(device=mira, typed="ZZZZ", now=FOUR)

    with pytest.raises(TooManyTries):
        find_pickup(device=mira, typed=code_of(pickup=lena), now=FOUR)

    assert find_pickup(device=mira, typed=code_of(pickup=lena), now=FOUR + MINUTE) == lena


def test_what_happened_cannot_be_written_over(lena):
    with pytest.raises(IntegrityError), transaction.atomic():
        PickupEvent.objects.filter(unit__pickup=lena).update(actor="nobody")

    assert PickupEvent.objects.get(unit__pickup=lena).actor == "shop"
