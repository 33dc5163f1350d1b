import pytest

from creatorshop.adapters.testpay import charges, takings
from creatorshop.adapters.testpay.checks import refuse_test_payments_by_accident
from creatorshop.adapters.testpay.models import ChargeState, TestCharge, TestRefund
from creatorshop.adapters.testpay.provider import TestPayments
from drops.clock import database_now
from drops.errors import Unreachable
from drops.sales.models import Payment, PaymentState
from drops.sales.payment import Outcome
from drops.sales.settling import refresh_payment
from drops.stock.models import HoldState
from tests.clock import advance, stopped_clock
from tests.factories import make_drop_sku, make_hold, make_payment

pytestmark = pytest.mark.django_db


def make_charge(**given):
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku()), provider="test", **given)
    return payment, charges.charge_of(payment_ref=payment.ref)


def test_a_charge_is_decided_once():
    _, charge = make_charge()
    charges.decline(charge=charge)

    with pytest.raises(charges.AlreadyDecided):
        charges.approve(charge=charge)

    assert TestCharge.objects.get().state == ChargeState.DECLINED


def test_money_approved_late_arrives_after_the_hold_and_cannot_be_stopped():
    with stopped_clock(database_now()):
        payment, charge = make_charge()
        arrives_at = charges.approve_late(charge=charge)
        provider, hold = TestPayments(), payment.hold
        hold.refresh_from_db()

        before = provider.fetch(payment=payment).outcome, provider.void(payment=payment, key="void").outcome
        advance(arrives_at - database_now())
        settled = refresh_payment(payment_ref=payment.ref)

    assert arrives_at == hold.expires_at + charges.LATE_BY
    assert before == (Outcome.PENDING, Outcome.PENDING)
    assert (settled.payment.state, settled.hold.state, settled.hold.is_late) == (
        PaymentState.CAPTURED,
        HoldState.CONFIRMED,
        True,
    )


def test_no_more_goes_back_than_came_in():
    payment, charge = make_charge()
    charges.approve(charge=charge)
    takings.capture(payment_ref=payment.ref, key="capture")
    takings.send_back(payment_ref=payment.ref, key="first", amount_minor=payment.amount_minor - 1)

    with pytest.raises(takings.OverRefund) as refusal:
        takings.send_back(payment_ref=payment.ref, key="second", amount_minor=2)

    assert refusal.value.facts == {"left": 1, "asked": 2}
    assert list(TestRefund.objects.values_list("key", flat=True)) == ["first"]
    assert TestCharge.objects.get().state == ChargeState.CAPTURED


def test_nothing_goes_back_that_never_came_in():
    payment, _ = make_charge()

    with pytest.raises(charges.AlreadyDecided):
        takings.send_back(payment_ref=payment.ref, key="first", amount_minor=1)

    assert TestRefund.objects.count() == 0


def test_a_shop_that_takes_real_money_refuses_test_payments(settings):
    settings.ALLOW_TEST_PAYMENTS = False
    hold = make_hold(drop_sku=make_drop_sku())

    with pytest.raises(Unreachable) as refusal:
        make_payment(hold=hold, provider="test")

    hold.refresh_from_db()
    assert refusal.value.code == "test_payments_off"
    assert (hold.state, Payment.objects.get().state) == (HoldState.HELD, PaymentState.FAILED)
    assert TestCharge.objects.count() == 0


def test_wiring_test_payments_by_accident_fails_the_system_check(settings):
    settings.PAYMENT_PROVIDERS = ["creatorshop.adapters.testpay.provider.TestPayments"]

    settings.ALLOW_TEST_PAYMENTS = False
    (error,) = refuse_test_payments_by_accident()
    settings.ALLOW_TEST_PAYMENTS = True

    assert error.id == "testpay.E001"
    assert refuse_test_payments_by_accident() == []


def test_a_second_way_back_replaces_the_first():
    payment, _ = make_charge()

    TestPayments().authorise(payment=payment, return_url="https://shop.example/elsewhere")

    assert TestCharge.objects.get().return_url == "https://shop.example/elsewhere"
