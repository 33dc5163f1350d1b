"""What of an order can be sent back, until when that asks nobody, and how it is said."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from drops.events import return_changed
from drops.returns.models import Return, ReturnEvent, ReturnState
from drops.returns.requesting import (
    NothingChosenToReturn,
    NothingToReturn,
    ReasonUnknown,
    request_return,
    returnable,
    take_return_back,
)
from drops.returns.steps import ReturnNotFound, StepNotNow
from drops.sales.orders import OrderNotFound
from drops.sales.refund_plans import MoreThanIsLeft
from drops.sales.refunds import OrderNotRefundable
from drops.sales.revoking import refund_order
from tests.clock import stopped_clock
from tests.drops.returns.makers import OFFICE, SHOPPER, ask, everything, look_at, make_order
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


def lines_of(order):
    return [(line.row, line.kind, line.quantity) for line in returnable(order_ref=order.ref).lines]


def test_an_order_can_be_sent_back_until_the_end_of_the_fourteenth_day():
    order = make_order()

    there = returnable(order_ref=order.ref)
    assert (lines_of(order), there.last_day, there.is_withdrawal) == ([(0, "goods", 2)], date(2026, 12, 11), True)

    # 23:59:59 in Lisbon of the last day, and a second later.
    with stopped_clock(NOON + timedelta(days=14, hours=11, minutes=59, seconds=59)):
        assert returnable(order_ref=order.ref).is_withdrawal
    with stopped_clock(NOON + timedelta(days=14, hours=12)):
        assert not returnable(order_ref=order.ref).is_withdrawal


def test_within_the_days_nobody_has_to_agree(django_capture_on_commit_callbacks):
    told = []
    order = make_order()

    def listener(**facts):
        told.append((facts["order_id"], facts["return_id"], facts["state"]))

    return_changed.connect(listener)
    with django_capture_on_commit_callbacks(execute=True):
        returned = ask(order, note="  It is not my green.  ")

    assert (returned.state, returned.is_withdrawal, returned.approved_at) == (ReturnState.APPROVED, True, NOON)
    assert (returned.last_day, returned.note, returned.closed_at) == (date(2026, 12, 11), "It is not my green.", None)
    assert [(line.row, line.quantity, line.kind) for line in returned.lines.all()] == [(0, 1, "goods")]
    assert list(ReturnEvent.objects.values_list("from_state", "to_state", "actor")) == [("", "approved", SHOPPER)]
    assert told == [(order.pk, returned.pk, "approved")]
    assert lines_of(order) == [(0, "goods", 1)]


def test_after_the_days_the_shop_is_asked():
    order = make_order()
    with stopped_clock(NOON + timedelta(days=15)):
        returned = ask(order, reason="damaged")

    assert (returned.state, returned.is_withdrawal, returned.approved_at) == (ReturnState.REQUESTED, False, None)


def test_goods_without_a_right_to_return_are_asked_for_from_the_first_day():
    order = make_order()
    order.terms["return_days"] = 0
    order.save()

    assert ask(order, reason="damaged").state == ReturnState.REQUESTED


def test_an_order_that_is_not_there_yet_can_be_withdrawn_from_at_any_time():
    order = make_order(handed_over=0)
    with stopped_clock(NOON + timedelta(days=100)):
        returned = ask(order, units=2)

    assert (returned.state, returned.is_withdrawal, returned.last_day) == (ReturnState.APPROVED, True, None)


@pytest.mark.parametrize(
    ("quantities", "reason", "refusal"),
    [
        ({}, "damaged", NothingChosenToReturn),
        ({0: 0}, "damaged", NothingChosenToReturn),
        ({0: 3}, "damaged", MoreThanIsLeft),
        ({0: -1}, "damaged", MoreThanIsLeft),
        ({7: 1}, "damaged", MoreThanIsLeft),
        ({0: 1}, "just because", ReasonUnknown),
        ({0: 1}, "", ReasonUnknown),
    ],
)
def test_what_cannot_be_asked_for_changes_nothing(quantities, reason, refusal):
    order = make_order()
    before = everything()

    with pytest.raises(refusal):
        request_return(order_ref=order.ref, quantities=quantities, reason=reason, actor=SHOPPER)

    assert everything() == before


def test_a_unit_is_in_one_open_return_at_most():
    order = make_order()
    ask(order, units=2)
    before = everything()

    with pytest.raises(NothingToReturn, match="on its way back already"):
        ask(order)

    assert everything() == before


def test_a_unit_whose_return_is_over_without_money_can_be_asked_for_again():
    order = make_order(units=1)
    take_return_back(ref=ask(order).ref, actor=SHOPPER, now=NOON)

    assert ask(order).state == ReturnState.APPROVED


def test_what_was_refunded_cannot_be_sent_back():
    order = make_order(handed_over=0)
    refund_order(order_ref=order.ref, actor=OFFICE, reason="broken")

    with pytest.raises(OrderNotRefundable):
        returnable(order_ref=order.ref)
    with pytest.raises(OrderNotRefundable):
        ask(order)
    assert not Return.objects.exists()


def test_an_order_that_is_not_there_has_no_return():
    with pytest.raises(OrderNotFound):
        returnable(order_ref="NOSUCH")


def test_the_buyer_may_keep_it_after_all_until_it_arrived():
    returned = take_return_back(ref=ask(make_order()).ref, actor=SHOPPER, now=NOON)
    assert (returned.state, returned.closed_at) == (ReturnState.WITHDRAWN, NOON)

    arrived = look_at(ask(make_order()))
    before = everything()
    with pytest.raises(StepNotNow, match="is at “Looked at” by now"):
        take_return_back(ref=arrived.ref, actor=SHOPPER, now=NOON)
    with pytest.raises(ReturnNotFound):
        take_return_back(ref="NOSUCH", actor=SHOPPER, now=NOON)
    assert everything() == before


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_steps_of_a_return_cannot_be_changed(change):
    ask(make_order())

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        if change == "update":
            ReturnEvent.objects.update(actor="nobody")
        else:
            ReturnEvent.objects.all().delete()
    assert ReturnEvent.objects.get().actor == SHOPPER
