"""Two people of one shop give money of the same order back at the same time."""

import threading

import pytest
from django.db import IntegrityError, connection

from drops.errors import ShopError
from drops.ledger.entries import unbalanced_causes
from drops.sales.models import Order, Payment, Refund
from drops.sales.payment import Outcome
from drops.sales.refund_selections import Kind, Selection
from drops.sales.refunds import preview_refund, refund
from drops.sales.settling import settle
from tests.doubles import InMemoryProvider, event_of
from tests.factories import NOON, make_drop_sku, make_hold, make_payment
from tests.races.crowd import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

CHECK = "payment_refunds_within_what_came_in"


def paid():
    """Return an order of 39.14."""
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(units=1)))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
    return Order.objects.get(), payment


def test_of_two_refunds_that_both_saw_the_whole_order_one_is_refused():
    order, payment = paid()
    selection = Selection(Kind.AMOUNT, amount_minor=3000)
    plans = [
        preview_refund(order_ref=order.ref, selection=selection),
        preview_refund(order_ref=order.ref, selection=Selection(Kind.AMOUNT, amount_minor=2000)),
    ]

    def give(plan, amount):
        try:
            return refund(
                order_ref=order.ref,
                plan_hash=plan.hash,
                selection=Selection(Kind.AMOUNT, amount_minor=amount),
                actor="office:mira",
                reason="chip",
            )
        except ShopError as refusal:
            return refusal.code

    answers = at_once(lambda: give(plans[0], 3000), lambda: give(plans[1], 2000))

    payment.refresh_from_db()
    done = Refund.objects.get()
    assert payment.refunded_minor == done.amount_minor
    # The larger one leaves too little for the other; the smaller one changes the other's plan.
    assert sorted(map(str, answers)) == sorted([str(done), "more_than_is_left"])
    assert InMemoryProvider.refunded == [done.key]
    assert unbalanced_causes() == []


def write_two(payment):
    """Write two refunds past every service, each begun before the other is committed."""
    together = threading.Barrier(2, timeout=30)

    def write(key):
        payment_id = Payment.objects.values_list("pk", flat=True).get(pk=payment.pk)
        together.wait()
        try:
            Refund.objects.create(payment_id=payment_id, key=key, amount_minor=3000, reason="by hand", created_at=NOON)
        except IntegrityError as error:
            return CHECK in str(error)
        return "written"

    return at_once(lambda: write("a"), lambda: write("b"))


def test_the_database_lets_no_two_refunds_exceed_what_came_in():
    _, payment = paid()

    answers = write_two(payment)

    payment.refresh_from_db()
    assert sorted(map(str, answers)) == ["True", "written"]
    assert (Refund.objects.count(), payment.refunded_minor) == (1, 3000)


def test_without_the_check_both_would_go():
    _, payment = paid()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE drops_payment DROP CONSTRAINT {CHECK}")
    try:
        answers = write_two(payment)

        payment.refresh_from_db()
        assert answers == ["written", "written"]
        assert (Refund.objects.count(), payment.refunded_minor) == (2, 6000)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE drops_refund CASCADE")
            cursor.execute("UPDATE drops_payment SET refunded_minor = 0")
            cursor.execute(
                f"ALTER TABLE drops_payment ADD CONSTRAINT {CHECK}"
                " CHECK (refunded_minor <= amount_minor + overpaid_minor)"
            )
