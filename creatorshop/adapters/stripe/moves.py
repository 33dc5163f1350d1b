"""
Money that leaves the platform's balance: back to a shopper, on to a payee, and back from there.
"""

import stripe

from creatorshop.adapters.stripe.amounts import from_stripe, to_stripe
from creatorshop.adapters.stripe.client import speaking, stripe_client
from drops.errors import Refused
from drops.sales.models import Refund
from drops.sales.payment import Outcome, ProviderEvent, RefundFailed, TransferOrder, TransferRefused

FAILED = ("failed", "canceled")


_WHY = {
    "lost_or_stolen_card": "The card was lost or stolen.",
    "expired_or_canceled_card": "The card has expired or was cancelled.",
    "charge_for_pending_refund_disputed": "The shopper has disputed the payment meanwhile.",
    "insufficient_funds": "There was not enough money at Stripe.",
    "declined": "The bank declined it.",
    "merchant_request": "Somebody cancelled it at Stripe.",
}


class RefundRefused(Refused):
    """Stripe will not send this money back, as a rule because it is more than is left of the payment."""

    code = "refund_refused"


def send_back(*, refund: Refund) -> None:
    """
    Send money back to the card it came from.

    :raises RefundRefused: if Stripe says no, with its reason.
    :raises RefundFailed: if it was taken on, and is over without having been paid.
    """
    payment = refund.payment
    try:
        with speaking():
            answer = stripe_client().v1.refunds.create(
                {
                    "payment_intent": payment.provider_ref,
                    "amount": to_stripe(refund.amount_minor, payment.currency),
                    "metadata": {"refund": refund.sending_key},
                },
                {"idempotency_key": refund.sending_key},
            )
    except Refused as refusal:
        raise RefundRefused(refusal.message, **refusal.facts) from refusal
    if answer.status in FAILED:
        raise RefundFailed(why_it_failed(answer.failure_reason or ""))


def ask(*, refund: Refund) -> ProviderEvent:
    """Return how a refund stands; an intent's refunds are told apart by the key that each was sent under."""
    payment = refund.payment
    with speaking():
        sent = stripe_client().v1.refunds.list({"payment_intent": payment.provider_ref, "limit": 100})
    ours = next((one for one in sent.data if _key_of(one) == refund.sending_key), None)
    outcome, reason, event_id = Outcome.PENDING, "", f"{refund.sending_key}:unknown"
    if ours is not None:
        if ours.status in FAILED:
            outcome, reason = Outcome.REFUND_FAILED, why_it_failed(ours.failure_reason or "")
        elif ours.status == "succeeded":
            outcome = Outcome.REFUNDED
        event_id = f"{ours.id}:{outcome}"
    return ProviderEvent(
        event_id=event_id,
        provider_ref=payment.provider_ref,
        outcome=outcome,
        amount_minor=refund.amount_minor,
        currency=payment.currency,
        reason=reason,
        refund=refund.sending_key,
    )


def why_it_failed(reason: str) -> str:
    """Return Stripe's word for why a refund failed as a sentence."""
    return _WHY.get(reason, "The bank gave the money back.")


def send_on(*, order: TransferOrder) -> str:
    """
    Transfer money to a connected account and return the transfer's id.

    :raises TransferRefused: if Stripe says no, for instance because too little is available yet.
    """
    try:
        with speaking():
            answer = stripe_client().v1.transfers.create(
                {
                    "amount": to_stripe(order.amount_minor, order.currency),
                    "currency": order.currency.lower(),
                    "destination": order.account,
                    "transfer_group": order.group or order.key,
                },
                {"idempotency_key": order.key},
            )
    except Refused as refusal:
        raise TransferRefused(refusal.message, **refusal.facts) from refusal
    return answer.id


def take_back(*, transfer_ref: str, amount_minor: int, key: str) -> str:
    """
    Reverse a transfer or a part of it and return the reversal's id.

    :raises TransferRefused: if Stripe says no.
    """
    try:
        with speaking():
            transfer = stripe_client().v1.transfers.retrieve(transfer_ref)
            answer = stripe_client().v1.transfers.reversals.create(
                transfer_ref,
                {"amount": to_stripe(amount_minor, transfer.currency.upper())},
                {"idempotency_key": key},
            )
    except Refused as refusal:
        raise TransferRefused(refusal.message, **refusal.facts) from refusal
    return answer.id


def cash(*, currency: str) -> int:
    """Return what Stripe holds for the platform in a currency, whether it is available yet or not."""
    with speaking():
        balance = stripe_client().v1.balance.retrieve()
    available = sum(part.amount for part in balance.available if part.currency == currency.lower())
    pending = sum(part.amount for part in balance.pending if part.currency == currency.lower())
    return from_stripe(available + pending, currency)


def _key_of(refund: stripe.Refund) -> str:
    return str((refund.to_dict().get("metadata") or {}).get("refund", ""))
