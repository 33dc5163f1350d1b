"""A buyer who withdraws against the packer who hands their parcel over."""

from contextlib import ExitStack

import pytest

from creatorshop import settings as shop
from drops.returns import requesting
from drops.returns.models import Return
from fulfillment.batches import make_batch, run_batch
from fulfillment.models import ParcelState
from fulfillment.parcels import NotWanted, hand_to_carrier, pack_parcel
from tests.clock import stopped_clock
from tests.drops.returns.makers import ask
from tests.factories import NOON, make_hold
from tests.fulfillment.makers import make_post, parcel_of
from tests.pickups.factories import make_cafe, make_mugs, pay_for
from tests.races.crowd import rival_after, swapped
from tests.races.test_returns import look_and_let_go

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def order(settings):
    """Return an order whose parcel is packed."""
    settings.DELIVERY_METHODS = shop.DELIVERY_METHODS
    drop_sku = make_mugs(creator=make_cafe().creators.get())
    with stopped_clock(NOON):
        rate = make_post(drop=drop_sku.drop)
        order = pay_for(make_hold(drop_sku=drop_sku, method="parcel", option=rate.key))
    closed = drop_sku.drop.closes_at
    run_batch(batch_id=make_batch(drop_id=order.drop_id, by_user_id=None, now=closed).pk, now=closed)
    pack_parcel(parcel_id=parcel_of(order).pk, now=closed)
    return order


def withdraw_beside_the_packer(order, *, is_locked=True):
    """Withdraw, let the packer come once it was looked at what is left, and return what the packer came to."""
    closed = order.drop.closes_at

    def hand():
        return hand_to_carrier(parcel_id=parcel_of(order).pk, carrier="CTT", tracking_number="", now=closed).state

    with ExitStack() as stack:
        if not is_locked:
            stack.enter_context(swapped(requesting, "_look", look_and_let_go))
        answers = stack.enter_context(rival_after(requesting, "_look", hand))
        ask(order)
    return answers[0]


def test_a_parcel_does_not_leave_while_its_buyer_withdraws(order):
    assert isinstance(withdraw_beside_the_packer(order), NotWanted)

    assert parcel_of(order).state == ParcelState.PACKED


def test_control_a_look_that_lets_go_of_the_order_lets_the_parcel_leave(order):
    assert withdraw_beside_the_packer(order, is_locked=False) == ParcelState.SHIPPED

    assert Return.objects.get().last_day is None  # as of goods that are still in the house
