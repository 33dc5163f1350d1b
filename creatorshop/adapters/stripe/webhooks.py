"""
What Stripe sends by itself: believed by its signature, and then asked about, because messages overtake each other.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import stripe
from django.conf import settings

from creatorshop.adapters.stripe import accounts, cards, intents, moves
from creatorshop.adapters.stripe.amounts import from_stripe
from creatorshop.adapters.stripe.keys import shop_is_live
from drops.errors import Invalid
from drops.sales.models import Payment
from drops.sales.payment import BadSignature, Outcome, ProviderEvent

HEADER = "Stripe-Signature"
TOLERANCE_S = 300

# An intent is asked how it stands, whatever its message says: this one may be older than the one before it.
_OF_INTENTS = frozenset(
    f"payment_intent.{what}"
    for what in ("amount_capturable_updated", "canceled", "payment_failed", "requires_action", "succeeded")
)
# The first is sent for every kind of refund; the second also tells of one that somebody cancelled.
_OF_REFUNDS = frozenset(("refund.failed", "refund.updated"))
_OF_DISPUTES = frozenset(
    f"charge.dispute.{what}" for what in ("created", "funds_withdrawn", "funds_reinstated", "closed")
)
_DISPUTES = {"won": Outcome.DISPUTE_WON, "lost": Outcome.DISPUTE_LOST}


class UnreadableWebhook(Invalid):
    """It is signed, and still says nothing we understand."""

    code = "unreadable_webhook"


def read(*, body: bytes, headers: Mapping[str, str]) -> ProviderEvent | None:
    """
    Return what a webhook says of a payment of ours; None if it is about anything else.

    :raises BadSignature: if no secret of ours signed it within the last five minutes.
    :raises UnreadableWebhook: if what was signed is no event.
    :raises Unreachable: if Stripe does not answer about it; it sends the webhook again then.
    """
    _insist_on_signature(body, headers.get(HEADER, ""))
    try:
        said = json.loads(body)
        kind, thing, event_id = str(said["type"]), said["data"]["object"], str(said["id"])
        # Endpoints for connected accounts get messages of the test world, too.
        if bool(said["livemode"]) != shop_is_live():
            return None
        return _heard(kind, thing, event_id=event_id, at=datetime.fromtimestamp(int(said["created"]), tz=UTC))
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        raise UnreadableWebhook("The webhook says nothing that can be read.") from None


def _insist_on_signature(body: bytes, header: str) -> None:
    # Stripe's function compares strings, which has to be ASCII.
    if header.isascii():
        for secret in settings.STRIPE_WEBHOOK_SECRETS:
            try:
                if stripe.WebhookSignature.verify_header(body, header, secret, TOLERANCE_S):
                    return
            except (stripe.SignatureVerificationError, UnicodeDecodeError):
                continue
    raise BadSignature("The webhook's signature is missing, wrong or too old.")


def _heard(kind: str, thing: Mapping[str, Any], *, event_id: str, at: datetime) -> ProviderEvent | None:
    if kind == "account.updated":
        accounts.note(account=thing, at=at)
    elif kind in _OF_INTENTS and (payment := _payment_of(thing["id"])):
        intent = intents.ask(intent_ref=payment.provider_ref)
        return replace(cards.judged(payment=payment, intent=intent), event_id=event_id)
    # A reservation that is let go is told as a refund of a charge that was never captured.
    elif kind == "charge.refunded" and thing["captured"] and (payment := _payment_of(thing["payment_intent"])):
        return _money(payment, event_id, Outcome.REFUNDED, thing["amount_refunded"], thing["currency"])
    # The fee may be settled after the capture, and then this is all that tells of it.
    elif kind == "charge.updated" and thing["captured"] and (payment := _payment_of(thing["payment_intent"])):
        event = cards.told(payment=payment, intent=intents.ask(intent_ref=payment.provider_ref))
        return replace(event, event_id=event_id)
    # It has failed for good, so this word cannot be overtaken. One of the dashboard has no key of ours.
    elif kind in _OF_REFUNDS and thing["status"] in moves.FAILED and (payment := _payment_of(thing["payment_intent"])):
        return _failed_refund(payment, thing)
    elif kind in _OF_DISPUTES and (payment := _payment_of(thing["payment_intent"])):
        return _dispute(payment, thing)
    return None


def _failed_refund(payment: Payment, refund: Mapping[str, Any]) -> ProviderEvent | None:
    key = str((refund.get("metadata") or {}).get("refund", ""))
    if not key:
        return None
    # Told twice, as "failed" and as "updated": one fact.
    event_id = f"{refund['id']}:{Outcome.REFUND_FAILED}"
    event = _money(payment, event_id, Outcome.REFUND_FAILED, refund["amount"], refund["currency"])
    return replace(event, refund=key, reason=moves.why_it_failed(str(refund.get("failure_reason") or "")))


def _dispute(payment: Payment, dispute: Mapping[str, Any]) -> ProviderEvent | None:
    status = str(dispute["status"])
    if status.startswith("warning"):
        return None  # an inquiry: the bank asks, and no money has moved
    outcome = _DISPUTES.get(status, Outcome.DISPUTED)
    # An inquiry that becomes a dispute is never "created" a second time, so several messages mean the same fact.
    event = _money(payment, f"{dispute['id']}:{outcome}", outcome, dispute["amount"], dispute["currency"])
    return replace(event, reason=str(dispute["reason"]).replace("_", " "))


def _money(payment: Payment, event_id: str, outcome: Outcome, amount: int, currency: str) -> ProviderEvent:
    return ProviderEvent(
        event_id=event_id,
        provider_ref=payment.provider_ref,
        outcome=outcome,
        amount_minor=from_stripe(amount, currency),
        currency=currency.upper(),
    )


def _payment_of(intent_ref: str | None) -> Payment | None:
    """Return the payment of an intent; an account at Stripe may have other business than this shop."""
    return Payment.objects.filter(provider="stripe", provider_ref=intent_ref or "none").first()
