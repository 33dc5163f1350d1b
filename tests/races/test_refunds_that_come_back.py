"""Two people see to the same refund that came back, each in their own way."""

import pytest

from drops.errors import ShopError
from drops.ledger.entries import unbalanced_causes
from drops.ledger.models import LedgerTransaction
from drops.sales import refund_failures
from drops.sales.models import Order, Payment, Refund
from drops.sales.payment import Outcome
from drops.sales.refund_failures import pay_by_hand
from drops.sales.refund_selections import WHOLE
from drops.sales.refunds import preview_refund, refund, send_again
from drops.sales.settling import settle
from tests.doubles import InMemoryProvider, event_of, refund_event_of
from tests.factories import make_drop_sku, make_hold, make_payment
from tests.races.crowd import at_once, swapped

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def came_back():
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(units=1)))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
    order = Order.objects.get()
    plan = preview_refund(order_ref=order.ref, selection=WHOLE)
    done = refund(order_ref=order.ref, plan_hash=plan.hash, selection=WHOLE, actor="office:mira", reason="chip")
    settle(provider="memory", event=refund_event_of(done))
    return done


def by_hand(done):
    try:
        return pay_by_hand(refund_id=done.pk, way="cash", actor="mira")
    except ShopError as refusal:
        return refusal.code


def again(done):
    try:
        return send_again(refund_id=done.pk)
    except ShopError as refusal:
        return refusal.code


def test_of_two_who_see_to_it_one_is_told_that_it_is_seen_to():
    done = came_back()

    answers = at_once(lambda: again(done), lambda: by_hand(done), lambda: again(done))

    assert sorted(map(str, answers)) == sorted([str(done), "refund_not_failed", "refund_not_failed"])
    row = Refund.objects.get()
    assert (row.state, row.tries) == ("sent", 2)
    ways = len(InMemoryProvider.refunded) - 1 + LedgerTransaction.objects.filter(kind="refund_by_hand").count()
    assert ways == 1
    assert unbalanced_causes() == []


def look_without_lock(refund_id):
    return Refund.objects.select_related("payment").get(pk=refund_id)


def test_without_the_lock_and_the_look_it_is_paid_twice():
    done = came_back()

    with swapped(refund_failures, "_failed", look_without_lock):
        again(done)
        by_hand(done)

    assert len(InMemoryProvider.refunded) == 2
    assert LedgerTransaction.objects.filter(kind="refund_by_hand").count() == 1
    assert Payment.objects.get().refunded_minor == 3914
