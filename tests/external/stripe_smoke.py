"""
Our adapter against somebody else's Stripe: localstripe, a program of its own at the address in LOCALSTRIPE. See README.md.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
address = os.environ.get("LOCALSTRIPE", "")
if not address:
    sys.exit("Say where localstripe listens: LOCALSTRIPE=http://127.0.0.1:8420")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "creatorshop.settings",
    "DEBUG": "1",
    "STRIPE_SECRET_KEY": "sk_test_smoke",
    "STRIPE_API_BASE": address,
    "NO_PROXY": "127.0.0.1,localhost",
}

import django
import stripe

django.setup()

from django.conf import settings

from creatorshop.adapters.stripe import client, intents, moves
from drops.refs import new_ref
from drops.sales.models import Payment, Refund
from drops.stock.models import Hold

# It refuses what it does not know, where Stripe takes these.
UNKNOWN_THERE = ("automatic_payment_methods", "cancellation_reason", "description", "transfer_group")


def completed(thing: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with what localstripe leaves out of an intent and its charge, and Stripe never does."""
    if thing.get("object") == "payment_intent":
        for name, status in (("amount_capturable", "requires_capture"), ("amount_received", "succeeded")):
            thing.setdefault(name, thing["amount"] if thing["status"] == status else 0)
        if isinstance(thing["latest_charge"], dict):
            thing["latest_charge"].setdefault("payment_method_details", None)
    return thing


class LessTalkative(stripe.RequestsClient):
    def request(self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None) -> Any:
        if post_data:
            known = [part for part in parse_qsl(post_data) if part[0].split("[")[0] not in UNKNOWN_THERE]
            post_data = urlencode(known)
        body, status, told = super().request(method, url, headers, post_data)
        return json.dumps(completed(json.loads(body))), status, told


def make_payment() -> Payment:
    """Make a payment of €39.14 that is in no database."""
    hold = Hold(ref=new_ref(), terms={"title": "Ring mug"})
    return Payment(ref=new_ref(), hold=hold, amount_minor=3914, currency="EUR")


def pay(payment: Payment, *, number: str) -> None:
    """Do what a shopper does in the Payment Element, as far as localstripe knows of it."""
    card = {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    stripe_ = client.stripe_client()
    method = stripe_.v1.payment_methods.create({"type": "card", "card": card})  # type: ignore[typeddict-item]
    stripe_.v1.payment_intents.update(payment.provider_ref, {"payment_method": method.id})
    stripe_.v1.payment_intents.confirm(payment.provider_ref)


def begun() -> Payment:
    payment = make_payment()
    payment.provider_ref = intents.begin(payment=payment).id
    return payment


def expect(what: str, heard: object, wanted: object) -> None:
    if heard != wanted:
        sys.exit(f"{what}: {heard!r}, and not {wanted!r}")
    print(f"{what}: {heard}")


def main() -> None:
    settings.STRIPE_HTTP_CLIENT = f"{__name__}.LessTalkative"
    paid = begun()
    expect("begun", intents.event_of(intents.ask(intent_ref=paid.provider_ref)).outcome, "pending")
    pay(paid, number="4242424242424242")
    event = intents.event_of(intents.ask(intent_ref=paid.provider_ref))
    expect("reserved", (event.outcome, event.currency), ("authorised", "EUR"))
    taken = intents.event_of(intents.take(intent_ref=paid.provider_ref, key=f"capture:{paid.ref}"))
    expect("captured", taken.outcome, "captured")
    moves.send_back(refund=Refund(payment=paid, key=f"refund:{paid.ref}", amount_minor=1000))
    expect("a part sent back", intents.event_of(intents.ask(intent_ref=paid.provider_ref)).outcome, "captured")

    left = begun()
    pay(left, number="4242424242424242")
    stopped = intents.stop(intent_ref=left.provider_ref, key=f"void:{left.ref}")
    expect("voided", intents.event_of(stopped).outcome, "cancelled")


if __name__ == "__main__":
    main()
