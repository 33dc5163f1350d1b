"""
PaymentIntents: begun, asked, captured and cancelled. What they say is put into the port's words here and nowhere else.
"""

from decimal import ROUND_HALF_UP, Decimal

import stripe

from creatorshop.adapters.stripe.amounts import from_stripe, to_stripe
from creatorshop.adapters.stripe.client import StripeSaidNo, speaking, stripe_client
from drops.sales.models import Payment
from drops.sales.payment import Outcome, ProviderEvent

# The charge says which card it was, and its balance transaction what Stripe kept.
EXPAND = ["latest_charge.balance_transaction"]
NOT_IN_THIS_STATE = "payment_intent_unexpected_state"
_CANCELLABLE = ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture")

_OUTCOMES = {
    "requires_payment_method": Outcome.PENDING,
    "requires_confirmation": Outcome.PENDING,
    "processing": Outcome.PENDING,
    "requires_action": Outcome.ACTION_NEEDED,
    "requires_capture": Outcome.AUTHORISED,
    "succeeded": Outcome.CAPTURED,
    "canceled": Outcome.CANCELLED,
}


def begin(*, payment: Payment) -> stripe.PaymentIntent:
    """
    Make the PaymentIntent of a payment, or return the one made before under the same key.

    Nothing in it may change between two calls: Stripe refuses a key that comes with other parameters. So the way back is
    kept in our own row, and neither name nor address is sent.

    :raises AmountNotTaken: if Stripe cannot write the amount.
    """
    with speaking():
        return stripe_client().v1.payment_intents.create(
            {
                "amount": to_stripe(payment.amount_minor, payment.currency),
                "currency": payment.currency.lower(),
                "capture_method": "manual",
                "automatic_payment_methods": {"enabled": True},
                "description": f"{payment.hold.terms['title']} ({payment.ref[:8].upper()})",
                "metadata": {"payment": payment.ref},
                "transfer_group": payment.hold.ref,
            },
            {"idempotency_key": payment.ref},
        )


def ask(*, intent_ref: str) -> stripe.PaymentIntent:
    """Return how a PaymentIntent stands, with its charge."""
    with speaking():
        return stripe_client().v1.payment_intents.retrieve(intent_ref, {"expand": EXPAND})


def take(*, intent_ref: str, key: str) -> stripe.PaymentIntent:
    """
    Capture the whole amount; one that was cancelled meanwhile is returned as it stands.

    :raises StripeSaidNo: if nothing is reserved, it was taken under another key, or the bank takes its word back.
    """
    try:
        with speaking():
            return stripe_client().v1.payment_intents.capture(intent_ref, {"expand": EXPAND}, {"idempotency_key": key})
    except StripeSaidNo as refusal:
        if refusal.reason_code != NOT_IN_THIS_STATE:
            raise
        intent = ask(intent_ref=intent_ref)
        if intent.status != "canceled":
            raise
    return intent


def stop(*, intent_ref: str, key: str) -> stripe.PaymentIntent:
    """Cancel an intent and free what it reserved; one that was captured meanwhile is returned as it stands."""
    try:
        return _cancel(intent_ref, key)
    except StripeSaidNo as refusal:
        if refusal.reason_code != NOT_IN_THIS_STATE:
            raise
    intent = ask(intent_ref=intent_ref)
    # A no is kept under its key as well. Said while the bank was still thinking, it must not be the last word.
    return _cancel(intent_ref, f"{key}:{intent.status}") if intent.status in _CANCELLABLE else intent


def event_of(intent: stripe.PaymentIntent, *, refusal: str = "") -> ProviderEvent:
    """Return what an intent says; `refusal` is why we stopped it, if the shop did not want its card."""
    outcome = _outcome(intent, refusal)
    return ProviderEvent(
        event_id=f"{intent.id}:{outcome}",
        provider_ref=intent.id,
        outcome=outcome,
        amount_minor=from_stripe(_amount(intent, outcome), intent.currency),
        currency=intent.currency.upper(),
        reason=refusal or (_reason(intent) if outcome == Outcome.FAILED else ""),
        card=fingerprint_of(intent),
        fee_minor=_fee_minor(intent) if outcome in (Outcome.CAPTURED, Outcome.REFUNDED) else None,
    )


def fingerprint_of(intent: stripe.PaymentIntent) -> str:
    """Return what tells the card apart from others here: the same for a wallet as for the card inside it."""
    charge = intent.latest_charge
    if not isinstance(charge, stripe.Charge) or charge.payment_method_details is None:
        return ""
    details = charge.payment_method_details.to_dict()
    card = details.get("card") or details.get("card_present") or {}
    if fingerprint := card.get("fingerprint"):
        return str(fingerprint)
    payer = (details.get("paypal") or {}).get("payer_id") or (details.get("cashapp") or {}).get("buyer_id")
    return f"{details['type']}:{payer}" if payer else ""


def _cancel(intent_ref: str, key: str) -> stripe.PaymentIntent:
    with speaking():
        return stripe_client().v1.payment_intents.cancel(
            intent_ref, {"cancellation_reason": "abandoned", "expand": EXPAND}, {"idempotency_key": key}
        )


def _outcome(intent: stripe.PaymentIntent, refusal: str) -> Outcome:
    outcome = _OUTCOMES.get(intent.status, Outcome.PENDING)
    if outcome == Outcome.CANCELLED and refusal:
        return Outcome.FAILED
    if intent.status == "requires_payment_method" and intent.last_payment_error is not None:
        return Outcome.FAILED
    charge = intent.latest_charge
    if outcome == Outcome.CAPTURED and isinstance(charge, stripe.Charge) and charge.refunded:
        return Outcome.REFUNDED
    return outcome


def _amount(intent: stripe.PaymentIntent, outcome: Outcome) -> int:
    if outcome == Outcome.AUTHORISED:
        return intent.amount_capturable
    return intent.amount_received if outcome in (Outcome.CAPTURED, Outcome.REFUNDED) else intent.amount


def _reason(intent: stripe.PaymentIntent) -> str:
    error = intent.last_payment_error
    return (error.message or "") if error is not None else ""


def _fee_minor(intent: stripe.PaymentIntent) -> int | None:
    """Return what Stripe kept; None while the charge has no balance transaction, which may come later."""
    charge = intent.latest_charge
    booked = charge.balance_transaction if isinstance(charge, stripe.Charge) else None
    if not isinstance(booked, stripe.BalanceTransaction):
        return None
    # Stripe may have changed the money into another currency on its way; the books are kept in the shopper's.
    fee = Decimal(booked.fee)
    if booked.currency != intent.currency and booked.exchange_rate:
        fee /= Decimal(str(booked.exchange_rate))
    return from_stripe(int(fee.quantize(Decimal(1), rounding=ROUND_HALF_UP)), intent.currency)
