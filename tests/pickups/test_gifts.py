"""
A pickup that is given to somebody else: the place moves, and the pass becomes the recipient's.
"""

from datetime import timedelta

import pytest

from drops.sales import gifts
from drops.sales.delivery import DeliveryGone, Recipient
from drops.sales.gift_ends import expire_due_gifts
from drops.sales.gift_models import GiftClaim, GiftState
from drops.sales.refund_selections import Kind, Selection
from drops.sales.refunds import preview_refund, refund
from drops.stock.models import NEVER
from pickups import handover
from pickups.models import SlotPlace
from pickups.passes import UnknownCode, code_of, pickup_by_code
from pickups.queries import pass_of, pass_of_whoever_collects
from pickups.slots import bookable_slots
from tests.clock import stopped_clock
from tests.factories import NOON, make_creator
from tests.pickups.factories import make_cafe, make_device, make_mugs, make_pickup

pytestmark = pytest.mark.django_db

MIRA = Recipient(name="Mira")
WHOLE = Selection(kind=Kind.WHOLE)


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def pickup():
    creator = make_creator()
    cafe = make_cafe(creator=creator)
    return make_pickup(slot=bookable_slots(location=cafe, now=NOON)[0], drop_sku=make_mugs(creator=creator))


def later_slot(pickup):
    return bookable_slots(location=pickup.slot.location, now=NOON)[1]


def booked_in(slot):
    return SlotPlace.objects.filter(slot=slot, free_at=NEVER).count()


def test_a_gift_is_open_until_its_slot_ends_and_says_nothing_of_its_link_in_the_database(pickup):
    gift, token = gifts.give(order=pickup.order, message="  For your kitchen\r\n", now=NOON)

    row = GiftClaim.objects.values().get()
    assert (gift.state, gift.expires_at, gift.message) == ("open", pickup.slot.ends_at, "For your kitchen")
    assert len(token) == 32
    assert not any(token in str(value) for value in row.values())
    assert gifts.gift_by_link(token=token) == gift
    assert gifts.may_give(order=pickup.order, now=NOON) == "already_given"


def test_whoever_accepts_keeps_the_slot_and_has_a_pass_that_the_giver_has_not(pickup):
    before = code_of(pickup=pickup)
    _, token = gifts.give(order=pickup.order, message="", now=NOON)

    gift, own = gifts.claim(token=token, to=MIRA, now=NOON)

    pickup.refresh_from_db()
    assert (gift.state, gift.recipient_name, gift.claimed_at) == ("claimed", "Mira", NOON)
    assert pass_of(order=pickup.order) is None
    assert pass_of_whoever_collects(order=pickup.order).code == code_of(pickup=pickup) != before
    with pytest.raises(UnknownCode):
        pickup_by_code(scanned=before)
    assert gifts.gift_of_recipient(token=own) == gift
    with pytest.raises(gifts.GiftUnknown):
        gifts.gift_of_recipient(token=token)


def test_another_slot_takes_the_place_and_gives_the_old_one_back(pickup):
    old, new = pickup.slot, later_slot(pickup)
    _, token = gifts.give(order=pickup.order, message="", now=NOON)

    gifts.claim(token=token, to=Recipient(name="Mira", option=new.ref), now=NOON)

    pickup.refresh_from_db()
    assert pickup.slot == new
    assert (booked_in(old), booked_in(new)) == (0, 1)


def test_a_slot_that_is_full_leaves_the_gift_open_and_the_old_place_booked(pickup):
    old, new = pickup.slot, later_slot(pickup)
    mugs = make_mugs(creator=pickup.order.creator)
    for _ in range(3):
        make_pickup(slot=new, drop_sku=mugs)
    _, token = gifts.give(order=pickup.order, message="", now=NOON)

    with pytest.raises(DeliveryGone):
        gifts.claim(token=token, to=Recipient(name="Mira", option=new.ref), now=NOON)

    pickup.refresh_from_db()
    assert gifts.gift_of(order=pickup.order).state == "open"
    assert (pickup.slot, booked_in(old), booked_in(new)) == (old, 1, 3)
    assert pass_of(order=pickup.order) is not None


def test_a_slot_of_another_location_cannot_be_chosen(pickup):
    elsewhere = make_cafe(creator=pickup.order.creator, name="Kiosk", partner_name="Kiosk")
    slot = bookable_slots(location=elsewhere, now=NOON)[0]
    _, token = gifts.give(order=pickup.order, message="", now=NOON)

    with pytest.raises(DeliveryGone):
        gifts.claim(token=token, to=Recipient(name="Mira", option=slot.ref), now=NOON)

    assert (booked_in(slot), booked_in(pickup.slot)) == (0, 1)


def test_a_link_accepts_once(pickup):
    _, token = gifts.give(order=pickup.order, message="", now=NOON)
    gifts.claim(token=token, to=MIRA, now=NOON)

    with pytest.raises(gifts.GiftTaken):
        gifts.claim(token=token, to=Recipient(name="Rui"), now=NOON)

    assert gifts.gift_of(order=pickup.order).recipient_name == "Mira"


def test_a_new_link_ends_the_old_one(pickup):
    _, old = gifts.give(order=pickup.order, message="Hello", now=NOON)

    gift, new = gifts.new_link(order=pickup.order, now=NOON)

    assert gift.message == "Hello"
    with pytest.raises(gifts.GiftUnknown):
        gifts.claim(token=old, to=MIRA, now=NOON)
    assert gifts.claim(token=new, to=MIRA, now=NOON)[0].state == "claimed"


def test_a_gift_that_is_taken_back_is_its_givers_as_it_was(pickup):
    before = pass_of(order=pickup.order)
    _, token = gifts.give(order=pickup.order, message="", now=NOON)

    gifts.revoke(order=pickup.order, now=NOON)

    with pytest.raises(gifts.GiftOver):
        gifts.claim(token=token, to=MIRA, now=NOON)
    assert pass_of(order=pickup.order) == before
    assert gifts.may_give(order=pickup.order, now=NOON) == ""


def test_what_was_accepted_cannot_be_taken_back_and_gets_no_other_link(pickup):
    _, token = gifts.give(order=pickup.order, message="", now=NOON)
    gifts.claim(token=token, to=MIRA, now=NOON)

    with pytest.raises(gifts.NoOpenGift):
        gifts.revoke(order=pickup.order, now=NOON)
    with pytest.raises(gifts.NoOpenGift):
        gifts.new_link(order=pickup.order, now=NOON)

    assert gifts.gift_of(order=pickup.order).state == "claimed"


def test_time_ends_a_gift_before_any_sweep_does(pickup):
    _, token = gifts.give(order=pickup.order, message="", now=NOON)
    end = pickup.slot.ends_at

    with pytest.raises(gifts.GiftOver):
        gifts.claim(token=token, to=MIRA, now=end)

    gift = gifts.gift_of(order=pickup.order)
    assert (gift.state, gift.state_at(end)) == ("open", GiftState.EXPIRED)
    assert expire_due_gifts(now=end) == 1
    assert gifts.gift_of(order=pickup.order).state == "expired"
    assert gifts.may_give(order=pickup.order, now=end) == "too_late"


def test_nobody_can_accept_what_the_buyer_collected_themselves(pickup):
    _, token = gifts.give(order=pickup.order, message="", now=NOON)
    device = make_device(location=pickup.location)
    at = NOON + timedelta(hours=4)

    handover.hand_over(device=device, pickup_ref=pickup.ref, nonce="n1", now=at)

    assert gifts.gift_of(order=pickup.order).state == "expired"
    with pytest.raises(gifts.GiftOver):
        gifts.claim(token=token, to=MIRA, now=at)
    pickup.order.refresh_from_db()
    assert gifts.may_give(order=pickup.order, now=at) == "handed_over"


@pytest.mark.django_db(transaction=True)
def test_a_refund_ends_an_open_gift(pickup):
    order = pickup.order
    _, token = gifts.give(order=order, message="", now=NOON)
    plan = preview_refund(order_ref=order.ref, selection=WHOLE)

    refund(order_ref=order.ref, plan_hash=plan.hash, selection=WHOLE, actor="office:ana", reason="sorry")

    assert gifts.gift_of(order=order).state == "revoked"
    with pytest.raises(gifts.GiftOver):
        gifts.claim(token=token, to=MIRA, now=NOON)
    order.refresh_from_db()
    assert gifts.may_give(order=order, now=NOON) == "refunded"


@pytest.mark.parametrize("message", ["x" * 301, "a\x00b"])
def test_a_message_that_cannot_be_kept_gives_nothing(pickup, message):
    with pytest.raises(gifts.GiftMessageInvalid):
        gifts.give(order=pickup.order, message=message, now=NOON)

    assert GiftClaim.objects.count() == 0


@pytest.mark.parametrize("name", ["  ", "x" * 121, "a\x00b"])
def test_a_name_that_cannot_be_called_accepts_nothing(pickup, name):
    _, token = gifts.give(order=pickup.order, message="", now=NOON)

    with pytest.raises(gifts.RecipientNameInvalid):
        gifts.claim(token=token, to=Recipient(name=name), now=NOON)

    assert gifts.gift_of(order=pickup.order).state == "open"
