"""
A brake is pulled while somebody pays. Whoever locks the hold first decides, and the other finds it decided.
"""

import threading

import pytest
from django.db import connection

from drops.clock import database_now
from drops.sales import revoking, settling
from drops.sales.models import Order, Refund
from drops.sales.payment import Outcome
from drops.stock import holds
from drops.stock.counts import count_of
from drops.stock.models import Hold, HoldEvent, HoldState
from tests.doubles import InMemoryProvider, event_of
from tests.factories import make_drop_sku, make_hold, make_payment
from tests.races.crowd import at_once, swapped, wait_until_done_or_blocked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def look_without_locking(*, ref):
    return Hold.objects.select_related("drop_sku__drop", "drop_sku__sku__product", "shopper__creator").get(
        ref=ref
    ), database_now()


def money_arrives(payment):
    return lambda: settling.settle(provider="memory", event=event_of(payment, Outcome.CAPTURED, suffix=":webhook"))


def revoke(payment):
    return lambda: revoking.revoke_hold(hold_ref=payment.hold.ref, actor="admin:mira", reason="bot")


def one_after_the_other(first, second):
    """Start the second while the first has read the hold, and holds it if it locks at all."""
    has_read, is_done = threading.Event(), threading.Event()

    def dawdle_after_reading(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if sql.startswith("SELECT") and 'FROM "drops_hold"' in sql and "drops_dropsku" in sql and not has_read.is_set():
            has_read.set()
            wait_until_done_or_blocked(is_done.is_set)
        return result

    def dawdling():
        with connection.execute_wrapper(dawdle_after_reading):
            first()

    def following():
        has_read.wait(timeout=30)
        try:
            second()
        finally:
            is_done.set()

    at_once(dawdling, following)


def a_paying_hold():
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(units=1)))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    return payment


def ends_of(payment):
    steps = HoldEvent.objects.filter(hold=payment.hold, to_state__in=["confirmed", "revoked"]).order_by("pk")
    return [step.to_state for step in steps]


def test_money_that_comes_before_a_revoke_makes_the_order_and_the_revoke_changes_nothing():
    payment = a_paying_hold()

    one_after_the_other(money_arrives(payment), revoke(payment))

    assert ends_of(payment) == ["confirmed"]
    assert (Order.objects.count(), Refund.objects.count()) == (1, 0)
    assert count_of(drop_sku_id=payment.hold.drop_sku_id).sold == 1


def test_money_that_comes_during_a_revoke_goes_back():
    payment = a_paying_hold()

    one_after_the_other(revoke(payment), money_arrives(payment))

    assert ends_of(payment) == ["revoked"]
    assert (Order.objects.count(), Refund.objects.count()) == (0, 1)
    assert InMemoryProvider.refunded == [f"refund:{payment.ref}"]
    assert count_of(drop_sku_id=payment.hold.drop_sku_id).available == 1


@pytest.mark.parametrize("is_money_first", [True, False])
def test_without_the_lock_one_hold_comes_to_two_ends(is_money_first):
    payment = a_paying_hold()
    both = [money_arrives(payment), revoke(payment)]
    # Asked to cancel, it would say that the money is in, and the payment's own lock would hide what is missing here.
    InMemoryProvider.is_down = True

    with swapped(holds, "lock_hold", look_without_locking):
        one_after_the_other(*(both if is_money_first else reversed(both)))

    assert sorted(ends_of(payment)) == ["confirmed", "revoked"]


def test_an_order_that_three_people_refund_at_once_goes_back_once():
    payment = a_paying_hold()
    order = money_arrives(payment)().order

    answers = at_once(
        *[lambda: revoking.refund_order(order_ref=order.ref, actor="admin:mira", reason="kiln broke")] * 3
    )

    assert sorted(type(answer).__name__ for answer in answers) == [
        "OrderNotRefundable",
        "OrderNotRefundable",
        "Refund",
    ]
    assert HoldEvent.objects.filter(to_state="refunded").count() == 1
    assert InMemoryProvider.refunded == [f"refund:{payment.ref}:1"]


def test_a_brake_pulled_in_the_middle_of_a_rush_leaves_every_unit_free():
    drop_sku = make_drop_sku(units=6)
    payments = [make_payment(hold=make_hold(drop_sku=drop_sku)) for _ in range(6)]
    for payment in payments:
        InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED

    def brake():
        revoking.release_all_holds(drop_id=drop_sku.drop_id, actor="admin:mira", reason="wrong photo")

    at_once(brake, brake, *[money_arrives(payment) for payment in payments[:3]])
    revoking.refund_all_orders(drop_id=drop_sku.drop_id, actor="admin:mira", reason="wrong photo")

    count = count_of(drop_sku_id=drop_sku.pk)
    sold = HoldEvent.objects.filter(to_state="confirmed").count()
    assert (count.available, count.held, count.sold, count.void) == (6 - sold, 0, 0, sold)
    assert Hold.objects.filter(state=HoldState.REVOKED).count() == 6 - sold
    assert len(InMemoryProvider.refunded) == len(set(InMemoryProvider.refunded)) == 6
