"""Fees that a provider tells after it has the money."""

from dataclasses import replace
from datetime import timedelta

import pytest

from creatorshop.adapters.stripe.provider import StripePayments
from drops.ledger.entries import balance_of
from drops.ledger.models import Account, LedgerTransaction
from drops.ledger.payees import platform_payee
from drops.sales.explaining import explain
from drops.sales.explanation_facts import facts_of
from drops.sales.models import Order, Payment
from drops.sales.payment import Outcome
from drops.sales.proof import cash_reports, ledger_checks
from drops.sales.settling import look_for_fees, refresh_payment, settle
from tests.clock import advance, stopped_clock
from tests.doubles import event_of
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment
from tests.paying import pay_with_card
from tests.stripe import bank, wiring
from tests.stripe.double import StripeDouble

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


def begin(provider):
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    return make_payment(hold=make_hold(drop_sku=make_drop_sku(drop=drop)), provider=provider)


def platform_has():
    return -balance_of(account=Account.ACCRUED, currency="EUR", payee=platform_payee(currency="EUR"))


def problems():
    return [problem for check in ledger_checks(reports=cash_reports()) for problem in check.problems]


def told(payment, fee_minor, event_id):
    settle(
        provider="memory",
        event=replace(event_of(payment, Outcome.CAPTURED), fee_minor=fee_minor, event_id=event_id),
    )
    payment.refresh_from_db()


def test_a_fee_told_later_costs_the_platform_what_it_would_have_cost_at_once():
    early, late = begin("memory"), begin("memory")
    told(early, 80, "early")
    after_one = platform_has()
    told(late, None, "late")
    assert (late.fee_minor, late.fee_look_at) == (None, NOON + timedelta(hours=1))

    told(late, 80, "its fee")

    assert (late.fee_minor, late.fee_look_at, platform_has()) == (80, None, 2 * after_one)
    booked = LedgerTransaction.objects.get(cause=f"fee:{late.ref}")
    assert booked.order_ref == Order.objects.get(hold=late.hold).ref


def test_a_fee_is_booked_once_however_often_it_is_told():
    payment = begin("memory")
    told(payment, 80, "with the capture")

    told(payment, 80, "again")
    told(payment, 90, "and another one")

    assert payment.fee_minor == 80
    assert LedgerTransaction.objects.filter(kind="fee").count() == 0


def test_told_before_the_capture_was_written_down_it_is_part_of_it():
    payment = begin("memory")
    told(payment, 80, "the fee overtook the capture")
    told(payment, None, "the capture")

    assert payment.fee_minor == 80
    assert list(LedgerTransaction.objects.exclude(kind="sale").values_list("kind", flat=True)) == ["capture"]


def test_a_late_fee_of_the_test_provider_is_found_by_asking_and_explained(settings):
    settings.PAYMENT_PROVIDERS = ["creatorshop.adapters.testpay.provider.TestPayments"]
    payment = begin("test")
    pay_with_card(payment, card="foreign")
    refresh_payment(payment_ref=payment.ref)
    payment.refresh_from_db()
    assert (payment.fee_minor, problems()) == (None, [])

    advance(timedelta(hours=1))
    assert (look_for_fees(), look_for_fees()) == (1, 0)

    payment.refresh_from_db()
    assert (payment.fee_minor, payment.fee_look_at, problems()) == (80, None, [])
    assert LedgerTransaction.objects.get(kind="fee").cause == f"fee:{payment.ref}"
    explained = explain(facts_of(order_ref=Order.objects.get().ref))
    assert explained.wrong == 0
    assert {holder.kind: holder.amount_minor for holder in explained.holders}["provider"] == 80


def test_stripe_tells_a_late_fee_with_the_charge_and_it_counts_once(settings):
    wiring.wire_stripe(settings)
    StripeDouble.tells_fees_late = True
    payment = begin("stripe")
    bank.authorise(payment.provider_ref)
    refresh_payment(payment_ref=payment.ref)
    assert (Payment.objects.get().fee_minor, problems()) == (None, [])
    charge = bank.tell_fee(payment.provider_ref)

    for _ in range(2):
        body = bank.webhook("charge.updated", charge)
        event = StripePayments().read_webhook(body=body, headers=bank.signed(body))
        settle(provider="stripe", event=event)

    assert (Payment.objects.get().fee_minor, problems()) == (83, [])
    assert LedgerTransaction.objects.filter(kind="fee").count() == 1
