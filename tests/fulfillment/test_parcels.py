from datetime import timedelta

import pytest

from drops.events import unit_moved
from drops.sales.models import Order, OrderState
from fulfillment.batches import NothingToSend, make_batch, run_batch
from fulfillment.delivery import ParcelDelivery
from fulfillment.models import Batch, BatchState, ParcelState
from fulfillment.parcels import (
    OrderRefunded,
    ParcelLeft,
    ParcelNotThere,
    TrackingTooLong,
    correct_address,
    correct_tracking,
    hand_to_carrier,
    note_arrival,
    pack_parcel,
    set_aside,
    unpack_parcel,
)
from fulfillment.queries import counts_by_drop_sku, dates_text
from fulfillment.queries import parcel_of as parcel_view_of
from tests.fulfillment.makers import AFTER, INES, make_closed_drop, make_order, parcel_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard():
    told = []

    def listen(sender, **facts):
        told.append((facts["order_id"], facts["state"]))

    unit_moved.connect(listen)
    yield told
    unit_moved.disconnect(listen)


def make_frozen_parcel(drop=None, **given):
    drop = drop or make_closed_drop()
    order = make_order(drop=drop, **given)
    run_batch(batch_id=make_batch(drop_id=drop.pk, by_user_id=None, now=AFTER).pk, now=AFTER)
    return parcel_of(order)


def hand(parcel, number="RR123456785PT"):
    return hand_to_carrier(parcel_id=parcel.pk, carrier="CTT", tracking_number=number, now=AFTER)


def test_handing_over_stores_the_number_fulfils_the_order_and_tells_once(heard, django_capture_on_commit_callbacks):
    parcel = make_frozen_parcel()
    with django_capture_on_commit_callbacks(execute=True):
        pack_parcel(parcel_id=parcel.pk, now=AFTER)
        pack_parcel(parcel_id=parcel.pk, now=AFTER)
        hand(parcel, "RR 1234 5678 5PT")
        hand(parcel, "RR123456785PT")

    parcel.refresh_from_db()
    assert (parcel.state, parcel.carrier, parcel.tracking_number) == (ParcelState.SHIPPED, "CTT", "RR123456785PT")
    assert (parcel.packed_at, parcel.shipped_at) == (AFTER, AFTER)
    assert Order.objects.get(pk=parcel.order_id).state == OrderState.FULFILLED
    assert heard == [(parcel.order_id, "packed"), (parcel.order_id, "shipped")]


def test_an_arrival_is_noted_once_and_moves_the_days_for_returns(heard, django_capture_on_commit_callbacks):
    parcel, later = make_frozen_parcel(), AFTER + timedelta(days=9)
    with pytest.raises(ParcelNotThere):
        note_arrival(parcel_id=parcel.pk, now=AFTER)
    pack_parcel(parcel_id=parcel.pk, now=AFTER)
    hand(parcel)
    heard.clear()

    with django_capture_on_commit_callbacks(execute=True):
        note_arrival(parcel_id=parcel.pk, now=later)
        note_arrival(parcel_id=parcel.pk, now=later + timedelta(days=1))

    parcel.refresh_from_db()
    assert (parcel.state, parcel.arrived_at, parcel.shipped_at) == (ParcelState.SHIPPED, later, AFTER)
    assert Order.objects.get(pk=parcel.order_id).fulfilled_at == later
    assert heard == [(parcel.order_id, "shipped")]
    assert parcel_view_of(order=parcel.order).state_text == "Arrived"


def test_an_arrival_changes_no_day_of_money_that_was_released():
    parcel = make_frozen_parcel()
    pack_parcel(parcel_id=parcel.pk, now=AFTER)
    hand(parcel)
    Order.objects.filter(pk=parcel.order_id).update(released_at=AFTER)

    note_arrival(parcel_id=parcel.pk, now=AFTER + timedelta(days=9))

    assert Order.objects.get(pk=parcel.order_id).fulfilled_at == AFTER


def test_a_parcel_that_left_does_not_leave_again_with_another_number():
    parcel = make_frozen_parcel()
    pack_parcel(parcel_id=parcel.pk, now=AFTER)
    hand(parcel)

    with pytest.raises(ParcelLeft, match="left with RR123456785PT"):
        hand(parcel, "RR000000000PT")

    parcel.refresh_from_db()
    assert parcel.tracking_number == "RR123456785PT"


def test_a_wrong_number_can_be_corrected_afterwards():
    parcel = make_frozen_parcel()
    pack_parcel(parcel_id=parcel.pk, now=AFTER)
    hand(parcel)

    correct_tracking(parcel_id=parcel.pk, carrier="CTT", tracking_number="RR000000000PT")

    parcel.refresh_from_db()
    assert (parcel.tracking_number, parcel.shipped_at) == ("RR000000000PT", AFTER)


def test_a_parcel_has_to_be_packed_before_it_leaves():
    parcel = make_frozen_parcel()

    with pytest.raises(ParcelNotThere, match=r"cannot be handed over: to be packed\.$"):
        hand(parcel)

    parcel.refresh_from_db()
    assert parcel.state == ParcelState.FROZEN


def test_a_parcel_that_waits_for_a_batch_cannot_be_packed():
    parcel = parcel_of(make_order(drop=make_closed_drop()))

    with pytest.raises(ParcelNotThere):
        pack_parcel(parcel_id=parcel.pk, now=AFTER)

    parcel.refresh_from_db()
    assert parcel.state == ParcelState.WAITING


def test_packing_can_be_taken_back_until_it_leaves():
    parcel = make_frozen_parcel()
    pack_parcel(parcel_id=parcel.pk, now=AFTER)
    unpack_parcel(parcel_id=parcel.pk)
    parcel.refresh_from_db()
    assert (parcel.state, parcel.packed_at) == (ParcelState.FROZEN, None)

    pack_parcel(parcel_id=parcel.pk, now=AFTER)
    hand(parcel)
    with pytest.raises(ParcelNotThere):
        unpack_parcel(parcel_id=parcel.pk)


def test_goods_whose_money_went_back_do_not_leave():
    parcel = make_frozen_parcel()
    pack_parcel(parcel_id=parcel.pk, now=AFTER)
    Order.objects.filter(pk=parcel.order_id).update(state=OrderState.REFUNDED)

    with pytest.raises(OrderRefunded):
        hand(parcel)

    parcel.refresh_from_db()
    assert (parcel.state, parcel.tracking_number) == (ParcelState.PACKED, "")


def test_a_parcel_set_aside_lets_the_batch_end_and_comes_back_with_the_next():
    parcel = make_frozen_parcel()

    set_aside(parcel_id=parcel.pk, reason="The mug has a crack.", now=AFTER)

    parcel.refresh_from_db()
    assert (parcel.state, parcel.problem) == (ParcelState.NEEDS_HUMAN, "The mug has a crack.")
    assert Batch.objects.get(pk=parcel.batch_id).state == BatchState.DONE_WITH_ERRORS
    again = make_batch(drop_id=parcel.order.drop_id, by_user_id=None, now=AFTER)
    assert run_batch(batch_id=again.pk, now=AFTER).parcels.get().pk == parcel.pk


def test_a_printed_address_is_not_changed_behind_the_packers_back():
    parcel = make_frozen_parcel()

    with pytest.raises(ParcelNotThere, match="is printed"):
        correct_address(parcel_id=parcel.pk, address={**INES, "name": "Rui", "street": "Elsewhere 1"})

    parcel.refresh_from_db()
    assert parcel.address["street"] == "Rua da Rosa 14, 2º"


def test_a_number_that_is_too_long_is_refused():
    parcel = make_frozen_parcel()
    pack_parcel(parcel_id=parcel.pk, now=AFTER)

    with pytest.raises(TrackingTooLong):
        hand(parcel, "X" * 81)

    parcel.refresh_from_db()
    assert parcel.state == ParcelState.PACKED


def test_a_buyer_sees_where_the_parcel_is_and_when_it_comes():
    parcel = make_frozen_parcel()
    pack_parcel(parcel_id=parcel.pk, now=AFTER)
    hand(parcel)

    view = parcel_view_of(order=parcel.order)

    assert (view.state, view.state_text, view.tracking_number) == ("shipped", "Is on its way.", "RR123456785PT")
    assert view.dates_text == "Wed, Dec 2 – Mon, Dec 7"


def test_a_window_of_one_day_is_written_once_and_in_the_buyers_language():
    parcel = parcel_of(make_order(drop=make_closed_drop()))
    view = parcel_view_of(order=parcel.order, locale="pt-PT")

    assert view.dates_text == "quarta, 2/12 – segunda, 7/12"
    assert dates_text(earliest=view.earliest_date, latest=view.earliest_date) == "Wed, Dec 2"


def test_an_order_that_is_picked_up_has_no_parcel():
    assert parcel_view_of(order=make_order(drop=make_closed_drop(), method="pickup")) is None


def test_units_in_parcels_are_counted_per_sku_of_the_drop():
    drop = make_closed_drop()
    order = make_order(drop=drop, quantity=2)
    make_order(drop=drop, sku=order.lines.get().sku)
    other = make_order(drop=drop)
    make_order(drop=drop, method="pickup")
    make_order(drop=make_closed_drop())

    assert counts_by_drop_sku(drop_ids=[drop.pk]) == {order.hold.drop_sku_id: 3, other.hold.drop_sku_id: 1}


def release(parcel):
    ParcelDelivery().release(hold=parcel.order.hold)


def test_the_parcel_of_a_refunded_order_stays_in_the_house_and_its_batch_is_done(
    heard, django_capture_on_commit_callbacks
):
    parcel = make_frozen_parcel()
    pack_parcel(parcel_id=parcel.pk, now=AFTER)

    with django_capture_on_commit_callbacks(execute=True):
        release(parcel)
        release(parcel)

    parcel.refresh_from_db()
    assert (parcel.state, parcel.problem) == (ParcelState.CANCELLED, "The order was called off.")
    assert Batch.objects.get(pk=parcel.batch_id).state == BatchState.DONE
    assert heard == [(parcel.order_id, "cancelled")]
    with pytest.raises(ParcelNotThere):
        hand(parcel)


def test_a_parcel_that_waits_for_a_batch_is_called_off_too_and_no_batch_takes_it_up():
    drop = make_closed_drop()
    parcel = parcel_of(make_order(drop=drop))

    release(parcel)

    parcel.refresh_from_db()
    assert (parcel.state, parcel.batch_id) == (ParcelState.CANCELLED, None)
    with pytest.raises(NothingToSend):
        make_batch(drop_id=drop.pk, by_user_id=None, now=AFTER)


def test_a_parcel_that_has_left_is_not_called_back():
    parcel = make_frozen_parcel()
    pack_parcel(parcel_id=parcel.pk, now=AFTER)
    hand(parcel)

    release(parcel)

    parcel.refresh_from_db()
    assert parcel.state == ParcelState.SHIPPED
