"""
What the shop asks of Stripe, and what it makes of the answers.
"""

import pytest
import stripe

from creatorshop.adapters.stripe.client import StripeAway, StripeSaidNo, StripeSetUpWrong
from creatorshop.adapters.stripe.models import StripePayment
from creatorshop.adapters.stripe.provider import NotTakenByStripe, StripePayments
from drops.errors import Unreachable
from drops.sales.models import Payment, PaymentState
from drops.sales.payment import Outcome
from drops.stock.models import HoldState
from tests.factories import make_drop_sku, make_hold, make_payment
from tests.stripe import bank
from tests.stripe.double import StripeDouble

pytestmark = pytest.mark.django_db

CAPTURE = {"key": "capture:1"}


@pytest.fixture
def provider():
    return StripePayments()


def test_an_intent_is_to_be_captured_later_and_carries_no_name(payment):
    (asked,) = StripeDouble.asked

    assert asked == (
        "post",
        "/v1/payment_intents",
        {
            "amount": "3914",
            "currency": "eur",
            "capture_method": "manual",
            "automatic_payment_methods[enabled]": "true",
            "description": f"{payment.hold.terms['title']} ({payment.ref[:8].upper()})",
            "metadata[payment]": payment.ref,
            "transfer_group": payment.hold.ref,
        },
    )
    assert StripeDouble.headers[0]["Idempotency-Key"] == payment.ref
    assert StripeDouble.headers[0]["Authorization"] == "Bearer rk_test_double"
    assert "X-Stripe-Client-Telemetry" not in StripeDouble.headers[0]


def test_an_answer_that_was_lost_begins_no_second_intent(provider, payment):
    Payment.objects.update(provider_ref="")
    payment.provider_ref = ""

    started = provider.authorise(payment=payment, return_url="https://shop.example/elsewhere")

    assert list(StripeDouble.intents) == [started.provider_ref]
    assert StripePayment.objects.get().return_url == "https://shop.example/elsewhere"


def test_a_payment_that_began_is_never_begun_again_even_when_stripe_forgot_the_key(provider, payment):
    StripeDouble.keys.clear()

    started = provider.authorise(payment=payment, return_url="https://shop.example/back")

    assert (started.provider_ref, list(StripeDouble.intents)) == (payment.provider_ref, [payment.provider_ref])


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("requires_payment_method", Outcome.PENDING),
        ("requires_confirmation", Outcome.PENDING),
        ("processing", Outcome.PENDING),
        ("requires_action", Outcome.ACTION_NEEDED),
        ("canceled", Outcome.CANCELLED),
        ("a status of tomorrow", Outcome.PENDING),
    ],
)
def test_each_status_has_one_meaning(provider, payment, status, outcome):
    StripeDouble.intents[payment.provider_ref]["status"] = status

    event = provider.fetch(payment=payment)

    assert (event.outcome, event.amount_minor, event.currency) == (outcome, 3914, "EUR")
    assert event.event_id == f"{payment.provider_ref}:{outcome}"


def test_reserved_money_is_told_with_its_card_and_captured_money_with_its_fee(provider, payment):
    bank.authorise(payment.provider_ref, card="lena")

    reserved = provider.fetch(payment=payment)
    captured = provider.capture(payment=payment, **CAPTURE)

    assert (reserved.outcome, reserved.amount_minor, reserved.card) == (Outcome.AUTHORISED, 3914, "print-lena")
    assert (captured.outcome, captured.amount_minor, captured.fee_minor) == (Outcome.CAPTURED, 3914, 83)
    assert provider.fetch(payment=payment) == captured
    assert provider.cash(currency="EUR") == 3831


def test_a_capture_whose_answer_was_lost_is_the_same_capture_again(provider, payment):
    bank.authorise(payment.provider_ref)
    StripeDouble.loses = 1
    with pytest.raises(StripeAway):
        provider.capture(payment=payment, **CAPTURE)

    event = provider.capture(payment=payment, **CAPTURE)

    assert (event.outcome, event.amount_minor) == (Outcome.CAPTURED, 3914)


def test_what_was_never_reserved_cannot_be_captured(provider, payment):
    with pytest.raises(StripeSaidNo) as refusal:
        provider.capture(payment=payment, **CAPTURE)

    assert refusal.value.facts == {"reason": "payment_intent_unexpected_state"}
    assert provider.fetch(payment=payment).outcome == Outcome.PENDING


def test_a_void_frees_what_was_reserved(provider, payment):
    bank.authorise(payment.provider_ref)

    event = provider.void(payment=payment, key="void:1")

    intent = StripeDouble.intents[payment.provider_ref]
    assert event.outcome == Outcome.CANCELLED
    assert (intent["amount_capturable"], intent["cancellation_reason"]) == (0, "abandoned")


def test_a_decline_is_told_in_the_banks_words(provider, payment):
    bank.decline(payment.provider_ref, message="Your card has insufficient funds.")

    event = provider.fetch(payment=payment)

    assert (event.outcome, event.reason) == (Outcome.FAILED, "Your card has insufficient funds.")


def test_a_fee_in_another_currency_is_told_in_the_shoppers(provider, payment):
    bank.authorise(payment.provider_ref)
    provider.capture(payment=payment, **CAPTURE)
    charge = next(iter(StripeDouble.charges.values()))
    charge["balance_transaction"] |= {"currency": "usd", "exchange_rate": 1.25, "fee": 100}

    assert provider.fetch(payment=payment).fee_minor == 80


def test_money_that_went_back_whole_is_told_as_refunded(provider, payment):
    bank.authorise(payment.provider_ref)
    provider.capture(payment=payment, **CAPTURE)
    charge = next(iter(StripeDouble.charges.values()))
    charge |= {"refunded": True, "amount_refunded": 3914}

    assert provider.fetch(payment=payment).outcome == Outcome.REFUNDED


@pytest.mark.parametrize("failure", [stripe.APIConnectionError("gone", should_retry=False), 500, 503, 409])
def test_a_stripe_that_does_not_answer_is_asked_later(provider, payment, failure):
    StripeDouble.fails.append(failure)

    with pytest.raises(StripeAway) as refusal:
        provider.fetch(payment=payment)

    assert refusal.value.message == "Stripe does not answer right now."


def test_too_many_requests_are_asked_later(provider, payment):
    StripeDouble.fails.append(429)

    with pytest.raises(StripeAway):
        provider.fetch(payment=payment)


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_not_is_an_error_in_the_log_and_no_secret_in_it(provider, payment, status, caplog):
    StripeDouble.fails.append(status)

    with pytest.raises(StripeSetUpWrong):
        provider.fetch(payment=payment)

    (line,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "Stripe does not accept our key" in line.getMessage()
    assert "rk_test_double" not in caplog.text


def test_the_hold_goes_on_when_stripe_cannot_be_reached():
    hold = make_hold(drop_sku=make_drop_sku())
    StripeDouble.fails.append(503)

    with pytest.raises(Unreachable):
        make_payment(hold=hold, provider="stripe")

    hold.refresh_from_db()
    assert (hold.state, Payment.objects.get().state) == (HoldState.HELD, PaymentState.FAILED)
    assert StripeDouble.intents == {}


def test_an_amount_that_stripe_does_not_take_leaves_the_hold_as_it_was(payment):
    payment.provider_ref, payment.ref, payment.amount_minor = "", "another", 20

    with pytest.raises(NotTakenByStripe) as refusal:
        StripePayments().authorise(payment=payment, return_url="https://shop.example/back")

    assert refusal.value.message == "Amount must be at least €0.50 eur"
    assert len(StripeDouble.intents) == 1


def test_no_answer_of_stripe_is_ever_written_to_the_log(provider, payment, caplog):
    with caplog.at_level("DEBUG"):
        provider.fetch(payment=payment)

    assert "_secret_" not in caplog.text
    assert "api.stripe.com" not in caplog.text
