"""A parcel whose buyer withdrew before it left stays in the house until the money went back, or they keep it after all."""

from datetime import timedelta

import pytest

from drops.returns.models import Return
from drops.returns.refunding import preview_return_refund, refund_return
from drops.returns.requesting import request_return, take_return_back
from fulfillment.batches import make_batch, run_batch
from fulfillment.models import ParcelState
from fulfillment.parcels import NotWanted, hand_to_carrier, pack_parcel
from tests.clock import set_clock, stopped_clock
from tests.factories import NOON, make_hold
from tests.fulfillment.makers import make_post, parcel_of
from tests.pickups.factories import make_cafe, make_mugs, pay_for

pytestmark = pytest.mark.django_db
AFTER = NOON + timedelta(days=1)


@pytest.fixture(autouse=True)
def noon(settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    with stopped_clock(NOON):
        yield


@pytest.fixture
def order():
    """Return an order of two mugs that are to be sent, from a drop that is over a day later."""
    drop_sku = make_mugs(creator=make_cafe().creators.get())
    rate = make_post(drop=drop_sku.drop)
    order = pay_for(make_hold(drop_sku=drop_sku, quantity=2, method="parcel", option=rate.key))
    set_clock(AFTER)
    return order


def batch_of(order):
    return run_batch(batch_id=make_batch(drop_id=order.drop_id, by_user_id=None, now=AFTER).pk, now=AFTER)


def withdraw(order, units=2):
    return request_return(
        order_ref=order.ref, quantities={0: units}, reason="changed_mind", actor="shopper:order page", declared_at=AFTER
    )


def hand(parcel):
    return hand_to_carrier(parcel_id=parcel.pk, carrier="CTT", tracking_number="RR123456785PT", now=AFTER)


def give_money_back(returned):
    plan = preview_return_refund(ref=returned.ref)
    refund_return(ref=returned.ref, plan_hash=plan.hash, actor="office:mira", reason="Withdrawn")


def test_a_batch_sets_it_aside_with_the_reason(order):
    returned = withdraw(order)

    batch_of(order)

    parcel = parcel_of(order)
    assert parcel.state == ParcelState.NEEDS_HUMAN
    assert parcel.problem == (
        f"Its buyer wants to give it back, or a part of it ({returned}): send the money back, or end the return."
    )


def test_it_is_not_packed_and_does_not_leave(order):
    batch_of(order)
    parcel = parcel_of(order)
    first = withdraw(order, units=1)
    with pytest.raises(NotWanted, match="stays here. Its buyer wants to give it back, or a part of it"):
        pack_parcel(parcel_id=parcel.pk, now=AFTER)
    assert parcel_of(order).state == ParcelState.FROZEN

    take_return_back(ref=first.ref, actor="shopper:order page", now=AFTER)
    pack_parcel(parcel_id=parcel.pk, now=AFTER)
    withdraw(order, units=1)
    with pytest.raises(NotWanted):
        hand(parcel)

    parcel = parcel_of(order)
    assert (parcel.state, parcel.tracking_number, parcel.shipped_at) == (ParcelState.PACKED, "", None)


def test_whoever_keeps_it_after_all_gets_it_with_the_next_batch(order):
    returned = withdraw(order)
    batch_of(order)
    take_return_back(ref=returned.ref, actor="shopper:order page", now=AFTER)

    batch_of(order)
    parcel = parcel_of(order)
    pack_parcel(parcel_id=parcel.pk, now=AFTER)

    assert hand(parcel).state == ParcelState.SHIPPED


@pytest.mark.django_db(transaction=True)  # a refund opens its own
def test_what_is_left_of_it_goes_once_the_money_for_the_rest_went_back(order):
    returned = withdraw(order, units=1)
    batch_of(order)

    give_money_back(returned)
    batch_of(order)

    parcel = parcel_of(order)
    assert (parcel.state, [entry["quantity"] for entry in parcel.contents]) == (ParcelState.FROZEN, [1])
    pack_parcel(parcel_id=parcel.pk, now=AFTER)
    assert hand(parcel).state == ParcelState.SHIPPED
    assert Return.objects.get().refund is not None
