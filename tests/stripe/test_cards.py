"""
The card is shown to the shop between the bank's yes and the capture.
"""

import threading

import pytest
from django.db import connection

from creatorshop.adapters.stripe import cards
from creatorshop.adapters.stripe.client import StripeAway
from creatorshop.adapters.stripe.models import StripePayment
from creatorshop.adapters.stripe.provider import StripePayments
from drops.sales.models import Order, PaymentState, Refund
from drops.sales.payment import Outcome
from drops.sales.settling import refresh_payment
from drops.stock.models import Hold, HoldState
from tests.factories import make_drop_sku, make_hold, make_payment
from tests.races.crowd import swapped
from tests.stripe import bank
from tests.stripe.double import StripeDouble

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_card_that_is_welcome_is_captured_once_the_hold_is_confirmed(payment):
    bank.authorise(payment.provider_ref)

    settled = refresh_payment(payment_ref=payment.ref)

    paths = [path.rsplit("/", 1)[-1] for _, path, _ in StripeDouble.asked]
    assert (settled.payment.state, settled.hold.state) == (PaymentState.CAPTURED, HoldState.CONFIRMED)
    assert paths == ["payment_intents", payment.provider_ref, "capture"]
    assert StripePayment.objects.get().admitted_at is not None


def test_a_card_at_its_limit_is_never_charged_and_its_money_is_freed():
    drop_sku = make_drop_sku(account_limit=1)
    first, second = (make_payment(hold=make_hold(drop_sku=drop_sku), provider="stripe") for _ in range(2))
    for payment in (first, second):
        bank.authorise(payment.provider_ref, card="lena")

    refresh_payment(payment_ref=first.ref)
    refused = refresh_payment(payment_ref=second.ref)

    said = "This card has the unit that one person may have in this drop."
    assert (refused.payment.state, refused.payment.failure) == (PaymentState.FAILED, said)
    assert (refused.hold.state, Order.objects.get().hold) == (HoldState.HELD, first.hold)
    assert StripeDouble.intents[second.provider_ref]["status"] == "canceled"
    assert Refund.objects.count() == 0
    again = StripePayments().fetch(payment=second)
    assert (again.outcome, again.reason) == (Outcome.FAILED, said)


def test_a_refusal_whose_void_got_lost_is_carried_out_by_whoever_asks_next():
    drop_sku = make_drop_sku(account_limit=1)
    first, second = (make_payment(hold=make_hold(drop_sku=drop_sku), provider="stripe") for _ in range(2))
    for payment in (first, second):
        bank.authorise(payment.provider_ref, card="lena")
    refresh_payment(payment_ref=first.ref)
    StripeDouble.fails += [None, 503]  # the intent is shown, and cancelling it fails
    with pytest.raises(StripeAway):
        refresh_payment(payment_ref=second.ref)
    reserved = StripeDouble.intents[second.provider_ref]["status"]

    refused = refresh_payment(payment_ref=second.ref)

    assert (reserved, refused.payment.state) == ("requires_capture", PaymentState.FAILED)
    assert StripeDouble.intents[second.provider_ref]["status"] == "canceled"
    assert Order.objects.count() == 1


def test_a_hold_that_was_let_go_is_not_charged(payment):
    bank.authorise(payment.provider_ref)
    Hold.objects.update(state=HoldState.RELEASED)

    settled = refresh_payment(payment_ref=payment.ref)

    assert (settled.payment.state, settled.payment.failure) == (PaymentState.FAILED, "This hold is released.")
    assert StripeDouble.intents[payment.provider_ref]["status"] == "canceled"
    assert Order.objects.count() == 0


def test_a_way_to_pay_without_a_card_is_asked_about_by_nobody(payment):
    bank.authorise(payment.provider_ref, kind="klarna")

    event = StripePayments().fetch(payment=payment)

    assert (event.outcome, event.card) == (Outcome.AUTHORISED, "")


def fetch_at_once(payment):
    """Let two calls see the reserved money at once; the later one asks the shop when the first has confirmed the hold."""
    bank.authorise(payment.provider_ref)
    provider = StripePayments()
    reached, go_on = threading.Event(), threading.Event()
    late = []

    def pause_before_the_shop_is_asked(execute, sql, params, many, context):
        if 'FROM "drops_payment"' in sql and not reached.is_set():
            reached.set()
            go_on.wait(timeout=20)
        return execute(sql, params, many, context)

    def fetch_late() -> None:
        try:
            with connection.execute_wrapper(pause_before_the_shop_is_asked):
                late.append(provider.fetch(payment=payment))
        finally:
            connection.close()

    thread = threading.Thread(target=fetch_late)
    thread.start()
    assert reached.wait(timeout=20)
    early = provider.fetch(payment=payment)
    Hold.objects.update(state=HoldState.CONFIRMED)
    go_on.set()
    thread.join(timeout=20)
    return [event.outcome for event in (early, *late)], StripeDouble.intents[payment.provider_ref]["status"]


def test_a_no_that_comes_after_the_yes_of_the_other_call_undoes_nothing(payment):
    assert fetch_at_once(payment) == ([Outcome.AUTHORISED] * 2, "requires_capture")
    assert StripePayment.objects.get().refusal == ""


def test_without_the_first_verdict_the_other_call_frees_a_confirmed_orders_money(payment):
    def write_anyway(row, reason):
        StripePayment.objects.filter(pk=row.pk).update(refusal=reason, admitted_at=None)

    with swapped(cards, "_note_refusal", write_anyway):
        told = fetch_at_once(payment)

    assert told == ([Outcome.AUTHORISED, Outcome.FAILED], "canceled")
