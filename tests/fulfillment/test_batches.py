from datetime import timedelta

import pytest
from django.db import connection

from drops.sales.attempts import owe
from drops.sales.models import AttemptKind, Order, OrderState, OrderUnit, Payment, PaymentAttempt, PaymentState
from drops.schedule.models import DropState
from drops.stock.models import DropSku, HoldState, Token, TokenStatus
from fulfillment.batches import (
    BatchBeingPrepared,
    BatchUnderWay,
    NothingToSend,
    ask_to_run,
    cancel_batch,
    make_batch,
    run_batch,
    unfinished_batches,
    validate_batch,
)
from fulfillment.gate import CountsDisagree, NotDrained
from fulfillment.models import Batch, BatchState, Document, Parcel, ParcelState
from fulfillment.parcels import correct_address, hand_to_carrier, pack_parcel
from tests.factories import make_sku
from tests.fulfillment.makers import AFTER, INES, make_closed_drop, make_hold, make_order, parcel_of

pytestmark = pytest.mark.django_db


def batch_of(drop):
    return make_batch(drop_id=drop.pk, by_user_id=None, now=AFTER)


def ship(parcel):
    pack_parcel(parcel_id=parcel.pk, now=AFTER)
    hand_to_carrier(parcel_id=parcel.pk, carrier="CTT", tracking_number=f"RR{parcel.pk}PT", now=AFTER)


def test_a_batch_goes_from_draft_to_done_and_its_orders_are_fulfilled():
    drop = make_closed_drop()
    orders = [make_order(drop=drop, quantity=2), make_order(drop=drop)]

    batch = batch_of(drop)
    assert batch.state == BatchState.DRAFT
    batch = run_batch(batch_id=batch.pk, now=AFTER)
    assert (batch.state, batch.frozen_at) == (BatchState.RUNNING, AFTER)
    assert sorted(batch.documents.values_list("kind", flat=True)) == ["csv", "packing_slips", "pick_list"]
    for parcel in batch.parcels.all():
        ship(parcel)

    batch.refresh_from_db()
    assert (batch.state, batch.finished_at) == (BatchState.DONE, AFTER)
    assert [Order.objects.get(pk=order.pk).state for order in orders] == [OrderState.FULFILLED] * 2


def test_freezing_copies_address_and_contents_so_that_later_changes_do_not_reach_the_paper():
    drop = make_closed_drop()
    order = make_order(drop=drop, quantity=2, sku=make_sku(code="RM-SAGE", weight_g=420))
    batch = run_batch(batch_id=batch_of(drop).pk, now=AFTER)

    Order.objects.filter(pk=order.pk).update(address={}, name="Somebody else")

    parcel = batch.parcels.get()
    assert parcel.address == {"name": "Inês Duarte", **INES}
    assert [(line["sku"], line["quantity"], line["weight_g"]) for line in parcel.contents] == [("RM-SAGE", 2, 840)]
    assert len(parcel.content_hash) == 64


def test_one_parcels_problem_is_listed_and_does_not_stop_the_others():
    drop = make_closed_drop()
    good, bad = make_order(drop=drop), make_order(drop=drop, address={**INES, "street": "", "postcode": "12"})

    batch = run_batch(batch_id=batch_of(drop).pk, now=AFTER)
    ship(parcel_of(good))

    batch.refresh_from_db()
    parcel = parcel_of(bad)
    assert parcel.state == ParcelState.NEEDS_HUMAN
    assert parcel.problem.splitlines() == [
        "The street is missing.",
        "“12” is not a postcode of Portugal: one looks like 1200-109.",
    ]
    assert batch.state == BatchState.DONE_WITH_ERRORS
    assert Order.objects.get(pk=bad.pk).state == OrderState.PAID


def test_a_name_that_no_font_can_print_is_a_problem_of_its_parcel_alone():
    drop = make_closed_drop()
    good, unwritten = make_order(drop=drop), make_order(drop=drop, name="\U0001e900\U0001e901 Diallo")

    run_batch(batch_id=batch_of(drop).pk, now=AFTER)

    assert parcel_of(good).state == ParcelState.FROZEN
    assert parcel_of(unwritten).problem == (
        "No font here can print “\U0001e900\U0001e901”: write the address in Latin letters."
    )


def test_a_corrected_address_goes_with_the_next_batch_and_only_then():
    drop = make_closed_drop()
    order = make_order(drop=drop, address={})
    first = run_batch(batch_id=batch_of(drop).pk, now=AFTER)
    assert first.state == BatchState.DONE_WITH_ERRORS

    correct_address(parcel_id=parcel_of(order).pk, address={"name": "Inês Duarte", **INES})
    second = run_batch(batch_id=batch_of(drop).pk, now=AFTER)

    assert (second.state, parcel_of(order).batch_id) == (BatchState.RUNNING, second.pk)
    assert Order.objects.get(pk=order.pk).address == {}


def test_checking_again_forgets_a_problem_that_was_solved():
    drop = make_closed_drop()
    order = make_order(drop=drop, address={})
    batch = validate_batch(batch_id=batch_of(drop).pk, now=AFTER)
    assert (batch.state, parcel_of(order).state) == (BatchState.VALIDATED, ParcelState.NEEDS_HUMAN)

    correct_address(parcel_id=parcel_of(order).pk, address={"name": "Inês Duarte", **INES})
    validate_batch(batch_id=batch.pk, now=AFTER)

    assert (parcel_of(order).state, parcel_of(order).problem) == (ParcelState.QUEUED, "")


def test_the_parcel_of_a_refunded_order_is_cancelled_and_not_sent():
    drop = make_closed_drop()
    order, other = make_order(drop=drop), make_order(drop=drop)
    batch = batch_of(drop)
    Order.objects.filter(pk=order.pk).update(state=OrderState.REFUNDED)
    Token.objects.filter(order_unit__line__order=order).update(status=TokenStatus.VOID, hold=None)

    run_batch(batch_id=batch.pk, now=AFTER)

    assert (parcel_of(order).state, parcel_of(other).state) == (ParcelState.CANCELLED, ParcelState.FROZEN)


def test_a_second_batch_finds_nothing_that_the_first_has():
    drop = make_closed_drop()
    make_order(drop=drop)
    run_batch(batch_id=batch_of(drop).pk, now=AFTER)

    with pytest.raises(NothingToSend):
        batch_of(drop)

    assert Batch.objects.filter(drop=drop).count() == 1


def test_a_second_batch_waits_until_the_first_is_frozen():
    drop = make_closed_drop()
    make_order(drop=drop)
    batch_of(drop)
    late = make_order(drop=drop)

    with pytest.raises(BatchBeingPrepared):
        batch_of(drop)

    assert parcel_of(late).state == ParcelState.WAITING


def test_a_cancelled_batch_lets_its_parcels_wait_for_another():
    drop = make_closed_drop()
    order = make_order(drop=drop)
    batch = run_batch(batch_id=batch_of(drop).pk, now=AFTER)
    pack_parcel(parcel_id=parcel_of(order).pk, now=AFTER)

    cancel_batch(batch_id=batch.pk, now=AFTER)
    cancel_batch(batch_id=batch.pk, now=AFTER)

    parcel = parcel_of(order)
    assert (parcel.state, parcel.batch, parcel.packed_at, parcel.contents) == (ParcelState.WAITING, None, None, [])
    assert run_batch(batch_id=batch_of(drop).pk, now=AFTER).state == BatchState.RUNNING


def test_a_batch_with_a_parcel_that_left_cannot_be_cancelled():
    drop = make_closed_drop()
    gone, here = make_order(drop=drop), make_order(drop=drop)
    batch = run_batch(batch_id=batch_of(drop).pk, now=AFTER)
    ship(parcel_of(gone))

    with pytest.raises(BatchUnderWay):
        cancel_batch(batch_id=batch.pk, now=AFTER)

    assert (parcel_of(gone).state, parcel_of(here).state) == (ParcelState.SHIPPED, ParcelState.FROZEN)
    assert Batch.objects.get(pk=batch.pk).state == BatchState.RUNNING


# The gate -------------------------------------------------------------------------------------------------------------


def test_no_batch_is_made_while_the_drop_is_open():
    drop = make_closed_drop(state=DropState.OPEN, closes_at=AFTER + timedelta(minutes=1))
    order = make_order(drop=drop)

    with pytest.raises(NotDrained, match="is not over yet"):
        batch_of(drop)

    assert (Batch.objects.count(), parcel_of(order).state) == (0, ParcelState.WAITING)


def test_a_drop_whose_time_is_over_needs_no_worker_to_count_as_closed():
    drop = make_closed_drop(state=DropState.OPEN, closes_at=AFTER - timedelta(seconds=1))
    make_order(drop=drop)

    assert batch_of(drop).state == BatchState.DRAFT


def test_no_batch_is_made_while_a_hold_is_alive():
    drop = make_closed_drop()
    make_order(drop=drop)
    later = AFTER + timedelta(minutes=3)
    drop_sku = DropSku.objects.get(drop=drop)
    hold = make_hold(
        drop=drop, drop_sku=drop_sku, state=HoldState.HELD, expires_at=later, hard_deadline=later, base_expires_at=later
    )

    with pytest.raises(NotDrained) as refusal:
        batch_of(drop)
    assert refusal.value.facts == {"holds": 1}

    # Once its time is over it does not count, whether or not a worker has noted it.
    assert make_batch(drop_id=drop.pk, by_user_id=None, now=later).state == BatchState.DRAFT
    hold.refresh_from_db()
    assert hold.state == HoldState.HELD


def test_no_batch_is_made_while_a_payment_is_on_its_way():
    drop = make_closed_drop()
    order = make_order(drop=drop)
    hold = make_hold(
        drop=drop, drop_sku=order.hold.drop_sku, state=HoldState.EXPIRED, hard_deadline=AFTER - timedelta(minutes=9)
    )
    Payment.objects.create(
        hold=hold, number=1, provider="test", amount_minor=1, currency="EUR", quote_hash="", created_at=AFTER
    )

    with pytest.raises(NotDrained) as refusal:
        batch_of(drop)

    assert refusal.value.facts == {"payments": 1}
    assert Batch.objects.count() == 0


def test_no_batch_is_made_while_the_money_of_an_order_is_only_reserved():
    drop = make_closed_drop()
    order = make_order(drop=drop)
    payment = Payment.objects.create(
        hold=order.hold, number=1, provider="test", amount_minor=1, currency="EUR", quote_hash="", created_at=AFTER,
        state=PaymentState.AUTHORISED,
    )  # fmt: skip
    owe(kind=AttemptKind.CAPTURE, payment=payment, subject="hold is confirmed", at=AFTER)

    with pytest.raises(NotDrained) as refusal:
        batch_of(drop)
    assert (refusal.value.facts, Batch.objects.count()) == ({"payments": 1}, 0)
    assert parcel_of(order).state == ParcelState.WAITING

    # Reserved for nobody any more, it is no order's money, and keeps no parcel here.
    PaymentAttempt.objects.update(kind=AttemptKind.VOID)
    assert batch_of(drop).state == BatchState.DRAFT


def test_no_batch_is_made_when_a_sold_token_has_no_order():
    drop = make_closed_drop()
    order = make_order(drop=drop)
    Token.objects.create(
        drop_sku=order.hold.drop_sku,
        pool=order.hold.pool,
        ordinal=999,
        status=TokenStatus.SOLD,
        hold=order.hold,
        free_at=Token.objects.get().free_at,
    )

    with pytest.raises(CountsDisagree) as refusal:
        batch_of(drop)

    assert (refusal.value.facts["sold_tokens"], refusal.value.facts["confirmed_units"]) == (2, 1)
    assert Batch.objects.count() == 0


def test_no_batch_is_made_when_a_unit_of_a_parcel_order_is_in_no_parcel():
    drop = make_closed_drop()
    order = make_order(drop=drop, quantity=2)
    parcel_of(order).units.first().delete()

    with pytest.raises(CountsDisagree) as refusal:
        batch_of(drop)

    assert (refusal.value.facts["parcel_units_ordered"], refusal.value.facts["units_in_parcels"]) == (2, 1)


def test_no_batch_is_made_when_an_order_has_fewer_units_than_were_paid_for():
    drop = make_closed_drop()
    order = make_order(drop=drop, method="pickup", quantity=2)
    make_order(drop=drop)
    unit = OrderUnit.objects.filter(line__order=order).order_by("pk").first()
    token = unit.token
    unit.delete()
    token.delete()

    with pytest.raises(CountsDisagree) as refusal:
        batch_of(drop)

    assert refusal.value.facts["orders"] == [order.ref]


def test_pickups_do_not_come_into_a_batch():
    drop = make_closed_drop()
    make_order(drop=drop, method="pickup")
    parcel = make_order(drop=drop)

    batch = batch_of(drop)

    assert list(batch.parcels.values_list("order_id", flat=True)) == [parcel.pk]


# Killed and run again -------------------------------------------------------------------------------------------------


class Killed(Exception):
    """The runner dies here."""


class DiesAtStatement:
    def __init__(self, number):
        self.left = number

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left < 0:
            raise Killed
        return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_killed_at_any_statement_is_finished_by_the_next_with_everything_once():
    statement = 0
    while True:
        drop = make_closed_drop()
        make_order(drop=drop, quantity=2)
        make_order(drop=drop, address={})
        batch = batch_of(drop)
        try:
            with connection.execute_wrapper(DiesAtStatement(statement)):
                run_batch(batch_id=batch.pk, now=AFTER)
        except Killed:
            died = True
        else:
            died = False
        again = run_batch(batch_id=batch.pk, now=AFTER)

        assert again.state == BatchState.RUNNING
        assert Document.objects.filter(batch=batch).count() == 3
        assert sorted(batch.parcels.values_list("state", flat=True)) == ["frozen", "needs_human"]
        if not died:
            break
        statement += 1
    assert statement > 20  # it really died in each of the three steps


def test_running_a_finished_batch_again_changes_nothing():
    drop = make_closed_drop()
    order = make_order(drop=drop)
    batch = run_batch(batch_id=batch_of(drop).pk, now=AFTER)
    ship(parcel_of(order))
    before = list(Document.objects.values_list("pk", "content_hash")), list(Parcel.objects.values())

    again = run_batch(batch_id=batch.pk, now=AFTER + timedelta(days=1))

    assert again.state == BatchState.DONE
    assert (list(Document.objects.values_list("pk", "content_hash")), list(Parcel.objects.values())) == before


def test_workers_take_up_only_batches_that_were_told_to_run():
    drop, other = make_closed_drop(), make_closed_drop()
    make_order(drop=drop)
    make_order(drop=other)
    told, untold = batch_of(drop), batch_of(other)
    ask_to_run(batch_id=told.pk, now=AFTER)

    assert unfinished_batches() == [told.pk]

    run_batch(batch_id=told.pk, now=AFTER)
    assert unfinished_batches() == []
    assert Batch.objects.get(pk=untold.pk).state == BatchState.DRAFT


def test_a_unit_sold_under_a_fence_that_was_lost_is_never_packed():
    drop = make_closed_drop()
    order = make_order(drop=drop)
    batch = validate_batch(batch_id=batch_of(drop).pk, now=AFTER)
    Token.objects.filter(order_unit__line__order=order).update(status=TokenStatus.FREE, free_at=AFTER, fence=2)

    with pytest.raises(CountsDisagree):
        run_batch(batch_id=batch.pk, now=AFTER)

    assert (Batch.objects.get(pk=batch.pk).state, Document.objects.count()) == (BatchState.VALIDATED, 0)
