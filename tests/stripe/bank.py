"""
What shoppers, banks and Stripe's own people do, and what Stripe tells of it.
"""

import copy
import json
import time
from typing import Any

import stripe

from tests.stripe.double import Shape, StripeDouble

SECRET = "whsec_double"


def authorise(intent_ref: str, *, card: str = "lena", kind: str = "card") -> None:
    """Let the shopper confirm with a card, and the bank reserve the money."""
    intent = StripeDouble.intents[intent_ref]
    assert intent["status"] in ("requires_payment_method", "requires_action"), intent["status"]
    ref = f"ch_{next(StripeDouble.numbers)}"
    details: Shape = {"type": kind, kind: {"fingerprint": f"print-{card}", "last4": "4242"} if kind == "card" else {}}
    StripeDouble.charges[ref] = {
        "id": ref,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "captured": False,
        "currency": intent["currency"],
        "payment_intent": intent_ref,
        "payment_method_details": details,
        "refunded": False,
        "status": "succeeded",
    }
    intent |= {"status": "requires_capture", "amount_capturable": intent["amount"], "latest_charge": ref}
    intent["last_payment_error"] = None


def decline(intent_ref: str, *, message: str = "Your card was declined.") -> None:
    """Let the bank say no; the shopper may try another card on the same intent."""
    error = {"type": "card_error", "code": "card_declined", "decline_code": "generic_decline", "message": message}
    StripeDouble.intents[intent_ref] |= {"status": "requires_payment_method", "last_payment_error": error}


def ask_for_more(intent_ref: str) -> None:
    """Let the bank ask for a further step (SCA)."""
    StripeDouble.intents[intent_ref]["status"] = "requires_action"


def dispute(intent_ref: str, *, status: str = "needs_response", ref: str = "du_1") -> Shape:
    """Return the dispute that a shopper's bank opened."""
    intent = StripeDouble.intents[intent_ref]
    return {
        "id": ref,
        "object": "dispute",
        "amount": intent["amount"],
        "charge": intent["latest_charge"],
        "currency": intent["currency"],
        "payment_intent": intent_ref,
        "reason": "product_not_received",
        "status": status,
    }


def tell_fee(intent_ref: str) -> Shape:
    """Settle the fee of a captured charge, some time after its capture, and return the charge as `charge.updated` tells it."""
    charge = StripeDouble.charges[StripeDouble.intents[intent_ref]["latest_charge"]]
    fee = charge["amount"] * 150 // 10_000 + 25
    charge["balance_transaction"] = {
        "id": f"txn_{next(StripeDouble.numbers)}",
        "object": "balance_transaction",
        "amount": charge["amount"],
        "currency": charge["currency"],
        "exchange_rate": None,
        "fee": fee,
        "net": charge["amount"] - fee,
    }
    return {**charge, "balance_transaction": charge["balance_transaction"]["id"]}


def return_refund(key: str, *, status: str = "failed", reason: str = "expired_or_canceled_card") -> Shape:
    """Let a refund fail after all: the money is back on the balance, as Stripe documents it."""
    refund = next(one for one in StripeDouble.refunds if one["metadata"].get("refund") == key)
    refund |= {
        "status": status,
        "failure_reason": reason,
        "failure_balance_transaction": f"txn_{next(StripeDouble.numbers)}",
    }
    charge = StripeDouble.charges[StripeDouble.intents[refund["payment_intent"]]["latest_charge"]]
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    return refund


def webhook(kind: str, thing: Shape, *, event_id: str = "", created: int | None = None, **given: Any) -> bytes:
    """Return the body of an event as Stripe writes it."""
    event = {
        "id": event_id or f"evt_{next(StripeDouble.numbers)}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(time.time()) if created is None else created,
        "data": {"object": copy.deepcopy(thing)},
        "livemode": False,
        "type": kind,
    }
    return json.dumps(event | given).encode()


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """Return the header with which Stripe signs a body."""
    stamp = int(time.time() if at is None else at)
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, stamp)
    return {"Stripe-Signature": header}
