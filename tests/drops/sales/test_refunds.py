from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from drops.events import order_refunded, payment_refunded
from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account, Entry, LedgerTransaction
from drops.ledger.moves import post_payout_sent, post_release, post_set_aside
from drops.ledger.payees import payee_of
from drops.sales.models import Order, OrderState, OrderUnit, Payment, PaymentState, Refund, RefundState
from drops.sales.orders import OrderNotFound
from drops.sales.payment import Outcome
from drops.sales.refund_plans import MoreThanIsLeft
from drops.sales.refund_selections import WHOLE, Doing, Kind, Selection
from drops.sales.refunds import (
    OrderNotRefundable,
    PlanChanged,
    ReasonMissing,
    preview_refund,
    refund,
    refundable_lines,
    send_open_refunds,
)
from drops.sales.revoking import refund_order
from drops.sales.settling import settle
from drops.stock.counts import count_of
from drops.stock.limits import LimitReached
from drops.stock.models import NEVER, HoldState, LimitSlot
from drops.stock.proof import proof_of
from tests.clock import advance, stopped_clock
from tests.doubles import CounterDelivery, InMemoryProvider, event_of
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment

pytestmark = pytest.mark.django_db

ONE = Selection(Kind.LINES, quantities=((0, 1),))
GOODWILL = Selection(Kind.AMOUNT, amount_minor=1240)


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def order():
    """Return two mugs at 38.00 that were sent by post: 83.18 with the postage of 4.90 and a fee of 2.28."""
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    drop_sku = make_drop_sku(drop=drop, units=4)
    payment = make_payment(hold=make_hold(drop_sku=drop_sku, quantity=2, method="parcel", option="post"))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
    return Order.objects.get()


def give_back(order, selection, reason="a chip in the rim"):
    plan = preview_refund(order_ref=order.ref, selection=selection)
    return refund(order_ref=order.ref, plan_hash=plan.hash, selection=selection, actor="office:mira", reason=reason)


def everything(order):
    """Return what a refund changes, to compare."""
    return (
        Refund.objects.count(),
        Entry.objects.count(),
        Order.objects.get(pk=order.pk).state,
        list(OrderUnit.objects.order_by("pk").values_list("refund", "token__status")),
        LimitSlot.objects.filter(free_at=NEVER).count(),
        list(InMemoryProvider.refunded),
        list(Payment.objects.values_list("state", "refunded_minor")),
    )


def standing(order):
    """Return what the order's entries sum to, by account, but for the cash."""
    sums = Entry.objects.filter(transaction__order_ref=order.ref).values("account").annotate(n=Sum("amount_minor"))
    return {row["account"]: row["n"] for row in sums.order_by("account") if row["account"] != Account.CASH}


def test_one_of_two_units_goes_back_and_the_other_is_still_sent(order):
    done = give_back(order, ONE)

    order.refresh_from_db()
    payment = Payment.objects.get()
    assert (done.amount_minor, done.number, done.state, done.key) == (
        3914,
        1,
        RefundState.SENT,
        f"refund:{payment.ref}:1",
    )
    assert (order.state, payment.state, payment.refunded_minor) == (OrderState.PAID, PaymentState.CAPTURED, 3914)
    assert InMemoryProvider.refunded == [done.key]
    first, second = OrderUnit.objects.order_by("pk")
    assert (first.refund, first.token.status, second.refund, second.token.status) == (done, "void", None, "sold")
    assert CounterDelivery.taken_out == [first.pk]
    # Of 39.14 the tax gives 7.31 of 15.55, creator and platform together 31.83 of 63.65.
    left = standing(order)
    assert (left["accrued"], left["postage"], left["refund"], left["tax"]) == (-3182, -398, -3914, -824)
    assert unbalanced_causes() == []
    assert [str(problem) for line in proof_of(drop=order.drop) for problem in line.problems] == []


def test_parts_add_up_to_the_whole_and_leave_nobody_with_anything(order):
    for selection in (ONE, GOODWILL, Selection(Kind.LINES, with_delivery=True), WHOLE):
        give_back(order, selection)

    order.refresh_from_db()
    payment = Payment.objects.get()
    assert [done.amount_minor for done in Refund.objects.order_by("number")] == [3914, 1240, 490, 2674]
    assert (order.state, payment.state, payment.refunded_minor) == (OrderState.REFUNDED, PaymentState.REFUNDED, 8318)
    assert {balance_of(account=account, currency="EUR") for account in Account} == {0}
    assert set(standing(order).values()) <= {0, -8318, 8318}
    assert CounterDelivery.reserved == {}
    count = count_of(drop_sku_id=order.hold.drop_sku_id)
    assert (count.available, count.sold, count.void) == (2, 0, 2)
    assert [str(problem) for line in proof_of(drop=order.drop) for problem in line.problems] == []


def test_a_plan_that_changed_is_refused_and_nothing_else_happens(order):
    seen = preview_refund(order_ref=order.ref, selection=ONE)
    give_back(order, GOODWILL)
    before = everything(order)

    with pytest.raises(PlanChanged):
        refund(order_ref=order.ref, plan_hash=seen.hash, selection=ONE, actor="office:mira", reason="chip")

    assert everything(order) == before


def test_a_hand_over_since_the_preview_changes_the_plan(order):
    seen = preview_refund(order_ref=order.ref, selection=WHOLE)
    CounterDelivery.handed_over[order.ref] = 1

    with pytest.raises(PlanChanged):
        refund(order_ref=order.ref, plan_hash=seen.hash, selection=WHOLE, actor="office:mira", reason="chip")

    assert Refund.objects.count() == 0


def test_a_double_click_sends_the_money_once(order):
    seen = preview_refund(order_ref=order.ref, selection=ONE)
    click = {"order_ref": order.ref, "plan_hash": seen.hash, "selection": ONE, "actor": "office:mira", "reason": "chip"}

    first, before = refund(**click), everything(order)

    assert refund(**click) == first
    assert everything(order) == before


def test_goodwill_touches_no_unit_and_no_place(order):
    done = give_back(order, GOODWILL)

    assert done.plan["note"] == {"reason": "a chip in the rim", "at": "2026-11-27T12:00:00+00:00", "order": order.ref}
    assert OrderUnit.objects.filter(refund=None, token__status="sold").count() == 2
    assert LimitSlot.objects.filter(hold=order.hold, free_at=NEVER).values("slot").distinct().count() == 2


def test_places_come_back_where_it_was_the_shops_doing_and_not_where_it_was_the_buyers(order):
    again = {"drop_sku": order.hold.drop_sku, "shopper": order.shopper, "method": "parcel", "option": "post"}
    give_back(order, Selection(Kind.LINES, quantities=((0, 1),), doing=Doing.BUYER))
    with pytest.raises(LimitReached):
        make_hold(**again)

    give_back(order, ONE)

    assert make_hold(**again).state == HoldState.HELD


def test_a_unit_that_somebody_has_stays_sold_though_its_money_goes_back(order):
    CounterDelivery.handed_over[order.ref] = 1

    done = give_back(order, WHOLE)

    first, second = OrderUnit.objects.order_by("pk")
    assert (done.amount_minor, done.plan["units_back"]) == (8318, 1)
    assert (first.token.status, second.token.status, first.refund, second.refund) == ("sold", "void", done, done)
    assert [str(problem) for line in proof_of(drop=order.drop) for problem in line.problems] == []


def test_money_that_was_paid_out_becomes_a_debt(order):
    """The worked example "after a payout": 61.80 and the postage of 3.98 released, 50.00 paid out."""
    payee = payee_of(creator=order.creator)
    facts = {"key": "1", "payee": payee, "currency": "EUR", "at": NOON}
    post_release(amount_minor=6180, postage_minor=398, order_ref=order.ref, **facts)
    post_set_aside(amount_minor=5000, **facts)
    post_payout_sent(amount_minor=5000, **facts)

    done = give_back(order, WHOLE)

    [creator, platform] = done.plan["payees"]
    assert (creator["amount_minor"], creator["from"]) == (
        6180,
        {"released": 1578, "receivable": 4602},
    )
    assert (platform["amount_minor"], platform["from"]) == (185, {"accrued": 185})
    assert (done.plan["postage_minor"], done.plan["postage_from"]) == (398, {"receivable": 398})
    assert balance_of(account=Account.RECEIVABLE, currency="EUR", payee=payee) == 5000
    assert balance_of(account=Account.PAYABLE, currency="EUR", payee=payee) == 0
    assert balance_of(account=Account.POSTAGE, currency="EUR", payee=payee) == 0
    assert balance_of(account=Account.TAX, currency="EUR") == 0
    assert unbalanced_causes() == []


def test_the_brake_sends_back_only_what_is_left(order):
    give_back(order, ONE)

    rest = refund_order(order_ref=order.ref, actor="office:mira", reason="kiln broke")

    order.refresh_from_db()
    assert (rest.amount_minor, rest.number, order.state) == (4404, 2, OrderState.REFUNDED)
    assert {balance_of(account=account, currency="EUR") for account in Account} == {0}


def test_a_refund_waits_for_its_provider_and_the_payment_is_refunded_when_the_last_one_went(order):
    InMemoryProvider.is_down = True
    give_back(order, ONE)
    give_back(order, WHOLE)
    assert list(Refund.objects.values_list("state", flat=True)) == [RefundState.OPEN] * 2
    assert Payment.objects.get().state == PaymentState.CAPTURED

    InMemoryProvider.is_down = False
    advance(timedelta(minutes=1))

    assert send_open_refunds() == 2
    assert Payment.objects.get().state == PaymentState.REFUNDED
    assert InMemoryProvider.refunded == list(Refund.objects.order_by("number").values_list("key", flat=True))


def test_nothing_goes_back_without_a_reason_an_order_or_money_that_is_left(order):
    before = everything(order)
    plan = preview_refund(order_ref=order.ref, selection=ONE)

    with pytest.raises(ReasonMissing):
        refund(order_ref=order.ref, plan_hash=plan.hash, selection=ONE, actor="office:mira", reason=" ")
    with pytest.raises(OrderNotFound):
        preview_refund(order_ref="0" * 10, selection=ONE)
    with pytest.raises(MoreThanIsLeft):
        preview_refund(order_ref=order.ref, selection=Selection(Kind.AMOUNT, amount_minor=8319))
    assert everything(order) == before

    give_back(order, WHOLE)
    with pytest.raises(OrderNotRefundable):
        preview_refund(order_ref=order.ref, selection=GOODWILL)


def test_the_lines_say_what_is_left_of_them(order):
    give_back(order, ONE)

    lines = refundable_lines(order_ref=order.ref)

    assert [(line["kind"], line["quantity_left"], line["left_minor"]) for line in lines] == [
        ("goods", 1, 3800),
        ("delivery", 0, 490),
        ("service_fee", 0, 114),
    ]


def test_more_than_came_in_is_refused_by_the_database_itself(order):
    payment = Payment.objects.get()
    facts = {"payment": payment, "reason": "by hand", "created_at": NOON}
    Refund.objects.create(key="a", amount_minor=8000, **facts)

    with pytest.raises(IntegrityError, match="payment_refunds_within_what_came_in"), transaction.atomic():
        Refund.objects.create(key="b", amount_minor=319, **facts)
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        Refund.objects.all().delete()
    with pytest.raises(IntegrityError, match="keeps its payment, amount"), transaction.atomic():
        Refund.objects.update(amount_minor=1)

    payment.refresh_from_db()
    assert (Refund.objects.count(), payment.refunded_minor) == (1, 8000)


def test_it_is_announced_when_it_is_decided_and_when_it_went(order, django_capture_on_commit_callbacks):
    news = []

    def hear(**facts):
        news.append({name: facts[name] for name in ("order_id", "payment_id", "refund_id") if name in facts})

    order_refunded.connect(hear)
    payment_refunded.connect(hear)
    with django_capture_on_commit_callbacks(execute=True):
        done = give_back(order, ONE)

    assert news == [
        {"order_id": order.pk, "refund_id": done.pk},
        {"payment_id": done.payment_id, "refund_id": done.pk},
    ]
    assert LedgerTransaction.objects.filter(cause=f"reversal:{order.ref}:1").count() == 1
