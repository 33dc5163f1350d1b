"""What a bank asks and says between the shop and its answer: the extra step, and the reasons of a no."""

from datetime import timedelta

import pytest
from django.test import Client

from creatorshop.adapters.testpay import charges, takings, transfers
from creatorshop.adapters.testpay.models import ChargeState, TestCharge, TestEvent
from drops.clock import database_now
from drops.ledger.models import LedgerTransaction
from drops.sales.models import AttemptKind, Order, OrderState, Payment, PaymentState
from drops.sales.payment import Outcome
from drops.stock.models import Hold, HoldState
from tests.clock import stopped_clock
from tests.factories import NOON, make_drop_sku, make_hold, make_payment

pytestmark = pytest.mark.django_db

BACK = "https://shop.example/back"


@pytest.fixture
def payment():
    return make_payment(hold=make_hold(drop_sku=make_drop_sku()), provider="test")


def press(payment, decision, **given):
    return Client().post(f"/pay/test/{payment.ref}/", {"decision": decision} | given)


def page_of(payment):
    return Client().get(f"/pay/test/{payment.ref}/").content.decode()


def come_back(payment):
    answer = Client().get(f"/checkout/{payment.hold.ref}/?back=1")
    payment.refresh_from_db()
    payment.hold.refresh_from_db()
    return answer


def test_a_bank_that_wants_to_know_who_it_is_asks_on_its_page_and_reserves_nothing(payment):
    answer = press(payment, "approve", card="secure")

    assert (answer.status_code, answer["Location"]) == (303, f"/pay/test/{payment.ref}/")
    assert "Your bank asks: is it you who pays €39.14 to Kiln &amp; Tide?" in page_of(payment)
    assert "Which card is it?" not in page_of(payment)
    assert TestCharge.objects.get().state == ChargeState.CHALLENGED
    come_back(payment)
    assert (payment.state, payment.hold.state) == (PaymentState.STARTED, HoldState.PAYING)
    assert Order.objects.count() == 0


def test_who_says_that_it_is_them_has_paid(payment):
    press(payment, "approve", card="secure")

    answer = press(payment, "confirm")

    assert (answer.status_code, answer["Location"]) == (303, BACK)
    assert come_back(payment)["Location"].startswith(f"/orders/{Order.objects.get().ref}/")
    assert (payment.state, payment.hold.state) == (PaymentState.CAPTURED, HoldState.CONFIRMED)
    told = TestEvent.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(told) == ["action_needed", "authorised", "captured"]


def test_who_says_that_it_is_not_them_pays_nothing_and_keeps_the_hold(payment):
    press(payment, "approve", card="secure")

    answer = press(payment, "refuse")

    assert (answer.status_code, answer["Location"]) == (303, BACK)
    page = come_back(payment).content.decode()
    assert "The payment did not go through: Your bank could not tell that it was you. Nothing was charged" in page
    assert (payment.state, payment.hold.state) == (PaymentState.FAILED, HoldState.HELD)
    assert (Order.objects.count(), LedgerTransaction.objects.count()) == (0, 0)


def test_a_hold_that_ended_while_the_bank_asked_is_not_charged(payment):
    press(payment, "approve", card="secure")
    Hold.objects.update(state=HoldState.RELEASED)

    press(payment, "confirm")

    charge = TestCharge.objects.get()
    assert (charge.state, charge.reason) == (ChargeState.DECLINED, "This hold is released.")


def test_a_step_that_nobody_asked_for_changes_nothing(payment):
    press(payment, "decline")

    press(payment, "confirm")

    assert TestCharge.objects.get().state == ChargeState.DECLINED


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("declined", "Your bank said no."),
        ("insufficient", "There is not enough money on the card."),
        ("expired", "The card has expired."),
        ("blocked", "The card is blocked."),
        ("a reason nobody knows", "Your bank said no."),
    ],
)
def test_the_shop_says_why_the_bank_said_no(payment, reason, said):
    press(payment, "decline", reason=reason)

    page = come_back(payment).content.decode()

    assert (payment.state, payment.failure) == (PaymentState.FAILED, said)
    assert f"The payment did not go through: {said.rstrip('.')}. Nothing was charged; you can try again." in page


def test_a_bank_that_takes_its_promise_back_has_the_order_called_off(payment):
    press(payment, "approve", card="fickle")

    answer = come_back(payment)

    order = Order.objects.get()
    assert (payment.state, payment.failure) == (PaymentState.FAILED, "Your bank took its promise back.")
    assert order.state == OrderState.REFUNDED
    assert "Called off" in Client().get(answer["Location"]).content.decode()


def test_after_a_decline_a_second_try_is_a_payment_of_its_own(payment):
    press(payment, "decline")
    come_back(payment)

    again = make_payment(hold=payment.hold, provider="test")
    press(again, "approve")
    come_back(again)

    states = Payment.objects.order_by("number").values_list("number", "state")
    assert list(states) == [(1, PaymentState.FAILED), (2, PaymentState.CAPTURED)]
    assert charges.charge_of(payment_ref=payment.ref).state == ChargeState.DECLINED


def test_money_that_is_taken_at_once_makes_an_order_without_a_capture(payment):
    press(payment, "approve", card="transfer")

    assert come_back(payment)["Location"].startswith(f"/orders/{Order.objects.get().ref}/")
    assert (payment.state, payment.hold.state) == (PaymentState.CAPTURED, HoldState.CONFIRMED)
    assert not payment.attempts.filter(kind=AttemptKind.CAPTURE).exists()
    assert list(TestEvent.objects.values_list("outcome", "fee_minor")) == [("captured", 80)]
    assert transfers.cash(currency="EUR") == 3914 - 80


def test_money_that_is_taken_at_once_cannot_be_let_go(payment):
    charges.approve(charge=charges.charge_of(payment_ref=payment.ref), is_taken=True)

    assert takings.void(payment_ref=payment.ref).outcome == Outcome.CAPTURED
    with pytest.raises(takings.AlreadyCaptured):
        takings.capture(payment_ref=payment.ref, key="capture")
    assert transfers.cash(currency="EUR") == 3914 - 80


def test_money_that_is_taken_late_is_there_from_then_on_and_can_go_back(payment):
    with stopped_clock(NOON):
        late = charges.approve_late(charge=charges.charge_of(payment_ref=payment.ref), is_taken=True)
    charge = TestCharge.objects.get()

    with stopped_clock(late - timedelta(seconds=1)):
        assert (charge.state_at(database_now()), transfers.cash(currency="EUR")) == (ChargeState.APPROVED, 0)
    with stopped_clock(late):
        assert (charge.state_at(database_now()), transfers.cash(currency="EUR")) == (ChargeState.CAPTURED, 3834)
        takings.send_back(payment_ref=payment.ref, key="refund:late", amount_minor=3914)
        assert transfers.cash(currency="EUR") == -80
    charge.refresh_from_db()
    assert charge.state == ChargeState.REFUNDED
