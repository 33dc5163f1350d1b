from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from drops.sales import holding
from drops.sales.models import Order
from drops.sales.payment import Outcome
from drops.sales.revoking import refund_order
from drops.sales.settling import settle
from drops.schedule.models import DropState
from drops.stock import sweep
from drops.stock.counts import count_of
from drops.stock.holds import SoldOut
from drops.stock.models import HoldState, StockChange
from drops.stock.proof import proof_of
from drops.stock.readiness import StockReady
from drops.stock.resync import CutTooDeep, NothingToChange, NotRunning, change_units, take_out_all_returned
from tests.clock import advance, stopped_clock
from tests.doubles import event_of
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def drop_sku():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    return make_drop_sku(drop=drop, units=3)


def change(drop_sku, by):
    return change_units(drop_sku_id=drop_sku.pk, by=by, actor="office:mira")


def stock(drop_sku):
    """Return free, held, sold and void tokens, units planned, and the shortfall, once they were proved to add up."""
    drop_sku.refresh_from_db()
    count = count_of(drop_sku_id=drop_sku.pk)
    assert [line.problems for line in proof_of(drop=drop_sku.drop)] == [[]]
    assert [check.ok for check in StockReady().checks(drop=drop_sku.drop)] == [True]
    return count.available, count.held, count.sold, count.void, drop_sku.planned, drop_sku.shortfall


def test_more_units_are_for_sale_at_once(drop_sku):
    made = change(drop_sku, 2)

    assert stock(drop_sku) == (5, 0, 0, 0, 5, 0)
    assert (made.by, made.minted, made.voided, made.shortfall) == (2, 2, 0, 0)
    assert (made.actor, made.at) == ("office:mira", NOON)


def test_a_cut_takes_free_units_first(drop_sku):
    make_hold(drop_sku=drop_sku)

    change(drop_sku, -2)

    assert stock(drop_sku) == (0, 1, 0, 2, 1, 0)


def test_what_is_on_hold_stays_with_its_shopper_and_is_recorded_as_a_shortfall(drop_sku):
    hold = make_hold(drop_sku=drop_sku, quantity=2)

    made = change(drop_sku, -2)

    assert (made.voided, made.shortfall) == (1, 1)
    assert stock(drop_sku) == (0, 2, 0, 1, 1, 1)
    hold.refresh_from_db()
    assert hold.state == HoldState.HELD


def test_a_unit_that_is_let_go_leaves_in_the_same_moment(drop_sku):
    hold = make_hold(drop_sku=drop_sku, quantity=2)
    change(drop_sku, -2)

    holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)

    assert stock(drop_sku) == (1, 0, 0, 2, 1, 0)
    assert list(StockChange.objects.order_by("pk").values_list("by", "voided", "shortfall", "actor")) == [
        (-2, 1, 1, "office:mira"),
        (0, 1, 0, "shop"),
    ]


@pytest.mark.django_db(transaction=True)  # a refund opens its own
@pytest.mark.parametrize(("cut", "shortfall"), [(1, 0), (2, 1), (3, 2)])
def test_sold_units_whose_money_goes_back_leave_as_those_that_were_to_leave(drop_sku, cut, shortfall):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku, quantity=2))
    change(drop_sku, -cut)
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
    assert stock(drop_sku)[2:] == (2, min(cut, 1), 3 - cut, shortfall)

    refund_order(order_ref=Order.objects.get().ref, actor="office:mira", reason="The kiln cracked")

    drop_sku.refresh_from_db()
    assert (drop_sku.planned, drop_sku.shortfall) == (0, 0)
    assert count_of(drop_sku_id=drop_sku.pk).void == 3
    assert [line.problems for line in proof_of(drop=drop_sku.drop)] == [[]]
    made_good = StockChange.objects.filter(by=0).values_list("voided", "shortfall")
    assert list(made_good) == ([(shortfall, 0)] if shortfall else [])


def test_a_unit_that_lapsed_leaves_with_the_sweep(drop_sku):
    make_hold(drop_sku=drop_sku, quantity=2)
    change(drop_sku, -3)
    advance(timedelta(minutes=11))

    sweep.lapse_due_holds()

    drop_sku.refresh_from_db()
    assert (drop_sku.planned, drop_sku.shortfall) == (0, 0)
    count = count_of(drop_sku_id=drop_sku.pk)
    assert (count.available, count.void) == (0, 3)


def test_a_unit_that_lapsed_unseen_is_not_handed_out_again(drop_sku):
    make_hold(drop_sku=drop_sku, quantity=2)
    change(drop_sku, -2)
    change(drop_sku, -1)
    advance(timedelta(minutes=11))

    with pytest.raises(SoldOut):
        make_hold(drop_sku=drop_sku)

    count = count_of(drop_sku_id=drop_sku.pk)
    assert (count.available, count.held, count.void) == (0, 0, 3)


def test_a_hold_that_is_paid_keeps_its_unit_and_the_shortfall_stays_on_record(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku, quantity=2))
    change(drop_sku, -2)

    settled = settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    assert settled.hold.state == HoldState.CONFIRMED
    assert stock(drop_sku) == (0, 0, 2, 1, 1, 1)
    assert take_out_all_returned() == 0


@pytest.mark.parametrize("has_worker", [False, True])
def test_a_unit_that_lapsed_leaves_before_late_money_asks_for_it(drop_sku, has_worker):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku, quantity=2))
    change(drop_sku, -2)
    advance(timedelta(minutes=20))
    if has_worker:
        take_out_all_returned()

    settled = settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    assert settled.hold.state == HoldState.LATE_REFUND
    assert stock(drop_sku) == (1, 0, 0, 2, 1, 0)


def test_more_units_after_a_cut_make_the_shortfall_good_before_any_is_minted(drop_sku):
    make_hold(drop_sku=drop_sku, quantity=2)
    change(drop_sku, -2)

    made = change(drop_sku, 3)

    assert (made.minted, made.shortfall) == (2, 0)
    assert stock(drop_sku) == (2, 2, 0, 1, 4, 0)


def test_what_is_sold_cannot_be_cut_away(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    with pytest.raises(CutTooDeep) as refusal:
        change(drop_sku, -3)

    assert refusal.value.facts == {"most": 2, "asked": 3}
    assert stock(drop_sku) == (2, 0, 1, 0, 3, 0)
    assert StockChange.objects.count() == 0


def test_a_shortfall_cannot_be_cut_twice(drop_sku):
    make_hold(drop_sku=drop_sku, quantity=2)
    change(drop_sku, -2)

    with pytest.raises(CutTooDeep) as refusal:
        change(drop_sku, -2)

    assert refusal.value.facts == {"most": 1, "asked": 2}
    assert stock(drop_sku) == (0, 2, 0, 1, 1, 1)


@pytest.mark.parametrize("state", [DropState.DRAFT, DropState.CLOSED, DropState.DRAINED])
def test_units_change_only_while_the_drop_runs(state):
    drop_sku = make_drop_sku(drop=make_drop(state=state), units=3)

    with pytest.raises(NotRunning):
        change(drop_sku, 1)

    assert count_of(drop_sku_id=drop_sku.pk).total == 3


def test_a_change_by_nothing_is_refused(drop_sku):
    with pytest.raises(NothingToChange):
        change(drop_sku, 0)

    assert StockChange.objects.count() == 0


def test_what_was_changed_stays_on_record(drop_sku):
    change(drop_sku, 1)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        StockChange.objects.update(by=5)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        StockChange.objects.all()._raw_delete("default")
