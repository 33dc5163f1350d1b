"""The money of a return: by the plan that was seen, for what came back, once."""

from datetime import timedelta

import pytest

from drops.catalog.models import Sku
from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account
from drops.payouts.releases import release_due_orders, verdict_on
from drops.payouts.verdicts import Why
from drops.returns.handling import approve, close, reject
from drops.returns.models import Return, ReturnState
from drops.returns.refunding import AlreadyRefunded, preview_return_refund, refund_return
from drops.returns.requesting import NothingToReturn, take_return_back
from drops.returns.steps import ReturnNotFound, StepNotNow
from drops.sales.models import Order, OrderState, Refund
from drops.sales.refund_plans import MoreThanIsLeft, NothingChosen
from drops.sales.refund_selections import Kind, Selection
from drops.sales.refunds import PlanChanged, ReasonMissing, preview_refund, refund
from drops.stock.counts import count_of
from drops.stock.models import NEVER, LimitSlot
from drops.stock.proof import proof_of
from tests.clock import stopped_clock
from tests.doubles import InMemoryProvider
from tests.drops.returns.makers import OFFICE, SHOPPER, ask, everything, look_at, make_order
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


def pay_back(returned, **given):
    plan = preview_return_refund(ref=returned.ref)
    wanted = {"plan_hash": plan.hash, "actor": OFFICE, "reason": "return"}
    return refund_return(ref=returned.ref, **wanted | given)


def places_taken():
    return LimitSlot.objects.filter(free_at=NEVER).count()


def test_one_of_two_that_came_back_is_paid_back_as_the_plan_said():
    order = make_order()
    taken = places_taken()
    returned = look_at(ask(order))

    done = pay_back(returned)

    returned.refresh_from_db()
    assert (done.amount_minor, done.number, done.plan["units_asked"], done.plan["units_back"]) == (3914, 1, 1, 0)
    assert (returned.state, returned.refund, returned.closed_at) == (ReturnState.CLOSED, done, NOON)
    assert InMemoryProvider.refunded == [done.key]
    assert Order.objects.get().state == OrderState.FULFILLED
    # A change of mind is the buyer's doing: their places stay taken.
    assert places_taken() == taken
    assert unbalanced_causes() == []
    assert [str(problem) for line in proof_of(drop=order.drop) for problem in line.problems] == []


def test_the_buyers_places_come_back_where_it_was_the_shops_doing():
    order = make_order(units=1)
    taken = places_taken()

    pay_back(look_at(ask(order, reason="damaged"), ok=0, damaged=1))

    assert places_taken() < taken


def test_with_the_last_of_the_goods_the_postage_goes_back_too():
    order = make_order(method="parcel")
    done = pay_back(look_at(ask(order, units=2)))

    order.refresh_from_db()
    assert (done.amount_minor, done.plan["postage_minor"], order.total_minor) == (8318, 398, 8318)
    assert order.state == OrderState.REFUNDED
    assert {balance_of(account=account, currency="EUR") for account in Account} == {0}


def test_what_is_missing_is_not_paid_back():
    order = make_order(method="parcel")
    done = pay_back(look_at(ask(order, units=2), ok=1, missing=1))

    assert (done.amount_minor, done.plan["units_asked"]) == (3914, 1)
    assert Order.objects.get().state == OrderState.FULFILLED


def test_where_nothing_came_back_nothing_is_paid_back():
    returned = look_at(ask(make_order(units=1)), ok=0, missing=1)
    before = everything()

    with pytest.raises(NothingChosen):
        preview_return_refund(ref=returned.ref)
    with pytest.raises(NothingChosen):
        refund_return(ref=returned.ref, plan_hash="any", actor=OFFICE, reason="return")

    assert everything() == before
    close(ref=returned.ref, actor=OFFICE, now=NOON, words="The parcel was empty.")


def test_an_order_that_never_left_is_paid_back_and_closed_at_once():
    order = make_order(handed_over=0)
    returned = ask(order, units=2)

    done = pay_back(returned)

    returned.refresh_from_db()
    assert (done.amount_minor, done.plan["units_back"], returned.state) == (order.total_minor, 2, ReturnState.CLOSED)
    count = count_of(drop_sku_id=order.hold.drop_sku_id)
    assert (count.sold, count.void) == (0, 2)
    assert [str(problem) for line in proof_of(drop=order.drop) for problem in line.problems] == []


def test_money_may_go_back_before_the_goods_are_there_and_the_return_stays_open_until_they_are():
    order = make_order(units=1)
    on_hand = Sku.objects.get().on_hand
    returned = ask(order)

    done = pay_back(returned)

    returned.refresh_from_db()
    assert (returned.state, returned.refund) == (ReturnState.APPROVED, done)
    with pytest.raises(NothingToReturn, match="went back already"):
        take_return_back(ref=returned.ref, actor=SHOPPER, now=NOON)
    look_at(returned)
    returned.refresh_from_db()
    assert (returned.state, Sku.objects.get().on_hand) == (ReturnState.CLOSED, on_hand + 1)


def test_the_same_form_twice_pays_once_and_another_one_is_refused():
    returned = look_at(ask(make_order()))
    done = pay_back(returned)
    before = everything()

    assert refund_return(ref=returned.ref, plan_hash=done.plan_hash, actor=OFFICE, reason="return") == done
    with pytest.raises(AlreadyRefunded):
        refund_return(ref=returned.ref, plan_hash="another", actor=OFFICE, reason="return")
    with pytest.raises(AlreadyRefunded):
        preview_return_refund(ref=returned.ref)

    assert everything() == before


def test_a_plan_that_would_be_another_by_now_is_not_carried_out():
    order = make_order()
    returned = look_at(ask(order))
    plan = preview_return_refund(ref=returned.ref)
    goodwill = Selection(Kind.AMOUNT, amount_minor=100)
    seen = preview_refund(order_ref=order.ref, selection=goodwill)
    refund(order_ref=order.ref, plan_hash=seen.hash, selection=goodwill, actor=OFFICE, reason="chip")
    before = everything()

    with pytest.raises(PlanChanged):
        refund_return(ref=returned.ref, plan_hash=plan.hash, actor=OFFICE, reason="return")
    with pytest.raises(ReasonMissing):
        refund_return(ref=returned.ref, plan_hash=plan.hash, actor=OFFICE, reason=" ")

    assert everything() == before


def test_units_whose_money_went_back_otherwise_are_not_paid_twice():
    order = make_order()
    returned = look_at(ask(order, units=2))
    one = Selection(Kind.LINES, quantities=((0, 1),))
    seen = preview_refund(order_ref=order.ref, selection=one)
    refund(order_ref=order.ref, plan_hash=seen.hash, selection=one, actor=OFFICE, reason="chip")
    before = everything()

    with pytest.raises(MoreThanIsLeft):
        preview_return_refund(ref=returned.ref)

    assert everything() == before


@pytest.mark.parametrize("state", ["requested", "rejected", "cancelled", "withdrawn", "closed"])
def test_only_a_return_that_was_agreed_to_is_paid_back(state):
    order = make_order()
    with stopped_clock(NOON + timedelta(days=15)):
        returned = ask(order)
        Return.objects.update(state=state, closed_at=None if state == "requested" else NOON)
    before = everything()

    with pytest.raises(StepNotNow):
        preview_return_refund(ref=returned.ref)
    with pytest.raises(StepNotNow):
        refund_return(ref=returned.ref, plan_hash="any", actor=OFFICE, reason="return")
    with pytest.raises(ReturnNotFound):
        preview_return_refund(ref="NOSUCH")

    assert everything() == before


def test_a_payout_waits_for_a_return_however_long_it_takes():
    order = make_order(units=1)
    due = NOON + timedelta(days=17)
    with stopped_clock(due):
        returned = ask(order, reason="damaged")

        assert release_due_orders(now=due) == 0
        verdict = verdict_on(order=Order.objects.get(), now=due)
        assert [(reason.code, reason.sentence) for reason in verdict.reasons] == [
            (Why.RETURN_OPEN, "Something of it is to come back, and the return is not closed yet.")
        ]

        reject(ref=returned.ref, actor=OFFICE, now=due, words="It was used for a month.")
        assert release_due_orders(now=due) == 1


def test_what_was_released_before_is_taken_from_there_for_a_late_return():
    order = make_order(units=1)
    due = NOON + timedelta(days=17)
    with stopped_clock(due):
        assert release_due_orders(now=due) == 1
        returned = ask(order, reason="damaged")
        approve(ref=returned.ref, actor=OFFICE, now=due)
        done = pay_back(look_at(returned, ok=0, damaged=1))

    [creator] = [payee for payee in done.plan["payees"] if payee["role"] == "creator"]
    assert creator["from"] == {"released": 3089}
    assert Refund.objects.get().amount_minor == 3914
    assert unbalanced_causes() == []
