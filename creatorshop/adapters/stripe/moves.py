"""
Money that leaves the platform's balance: back to a shopper, on to a payee, and back from there.
"""

from creatorshop.adapters.stripe.amounts import from_stripe, to_stripe
from creatorshop.adapters.stripe.client import speaking, stripe_client
from drops.errors import Refused
from drops.sales.models import Refund
from drops.sales.payment import TransferOrder, TransferRefused


class RefundRefused(Refused):
    """Stripe will not send this money back, as a rule because it is more than is left of the payment."""

    code = "refund_refused"


def send_back(*, refund: Refund) -> None:
    """
    Send money back to the card it came from.

    :raises RefundRefused: if Stripe says no, with its reason.
    """
    payment = refund.payment
    try:
        with speaking():
            answer = stripe_client().v1.refunds.create(
                {
                    "payment_intent": payment.provider_ref,
                    "amount": to_stripe(refund.amount_minor, payment.currency),
                    "metadata": {"refund": refund.key},
                },
                {"idempotency_key": refund.key},
            )
    except Refused as refusal:
        raise RefundRefused(refusal.message, **refusal.facts) from refusal
    if answer.status in ("failed", "canceled"):
        raise RefundRefused("The card's bank did not take the money back.", reason=answer.failure_reason or "")


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
