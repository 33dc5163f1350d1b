"""
Stripe, as far as the shop speaks to it: a stateful double behind the library's own HTTP interface, with answers in the shapes
that Stripe documents. It knows nothing of the shop; what banks and shoppers do is done to it by functions below.
"""

import copy
import json
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import stripe

Shape = dict[str, Any]
FEE = (150, 25)  # Stripe's for European cards: 1.5 % and 25 cents, here in basis points and minor units


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, kind: str, message: str, *, code: str = "", is_kept: bool = True) -> None:
        super().__init__(message)
        self.status = status
        self.is_kept = is_kept  # under the idempotency key, as whatever began to run is
        self.body = {"error": {"type": kind, "message": message, **({"code": code} if code else {})}}


class StripeDouble(stripe.HTTPClient):
    """One account at Stripe, in memory."""

    name = "double"
    numbers: ClassVar[Any] = count(1)
    intents: ClassVar[dict[str, Shape]] = {}
    charges: ClassVar[dict[str, Shape]] = {}
    refunds: ClassVar[list[Shape]] = []
    transfers: ClassVar[dict[str, Shape]] = {}
    accounts: ClassVar[dict[str, Shape]] = {}
    links: ClassVar[list[Shape]] = []
    keys: ClassVar[dict[str, tuple[str, int, str]]] = {}
    asked: ClassVar[list[tuple[str, str, Shape]]] = []
    headers: ClassVar[list[Mapping[str, str]]] = []
    fails: ClassVar[list[Exception | int | None]] = []  # what the next calls meet instead of an answer, if not None
    fails_refunds: ClassVar[int] = 0  # how many of the next refunds end at once without being paid
    tells_fees_late: ClassVar[bool] = False  # a capture has no balance transaction until `bank.tell_fee`
    loses: ClassVar[int] = 0  # how many of the next answers get lost on their way, after the deed

    @classmethod
    def reset(cls) -> None:
        for kept in (cls.intents, cls.charges, cls.refunds, cls.transfers, cls.accounts, cls.links, cls.keys):
            kept.clear()
        cls.asked.clear()
        cls.headers.clear()
        cls.fails.clear()
        cls.tells_fees_late = False
        cls.loses = cls.fails_refunds = 0

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        split = urlsplit(url)
        given = dict(parse_qsl(post_data or split.query, keep_blank_values=True))
        self.asked.append((method, split.path, given))
        self.headers.append(headers or {})
        if self.fails and (failure := self.fails.pop(0)) is not None:
            return _fail(failure)
        key = (headers or {}).get("Idempotency-Key", "") if method == "post" else ""
        status, body = self._once(key, f"{split.path}?{post_data}", lambda: self._route(method, split.path, given))
        if StripeDouble.loses:
            StripeDouble.loses -= 1
            raise stripe.APIConnectionError("The answer was lost.", should_retry=False)
        return body, status, {"Request-Id": "req_double"}

    def close(self) -> None:
        pass

    def _once(self, key: str, asked: str, do: Callable[[], Shape]) -> tuple[int, str]:
        if key in self.keys:
            before, status, body = self.keys[key]
            if before != asked:
                said = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                )
                return 400, json.dumps({"error": {"type": "idempotency_error", "message": said}})
            return status, body
        try:
            status, body, is_kept = 200, json.dumps(do()), True
        except Refusal as refusal:
            status, body, is_kept = refusal.status, json.dumps(refusal.body), refusal.is_kept
        if key and is_kept:
            self.keys[key] = (asked, status, body)
        return status, body

    def _route(self, method: str, path: str, given: Shape) -> Shape:
        parts = path.removeprefix("/v1/").split("/")
        match (method, *parts):
            case ("post", "payment_intents"):
                return self._begin(given)
            case ("get", "payment_intents", ref):
                return shown(_found(self.intents, ref, "payment_intent"))
            case ("post", "payment_intents", ref, "capture"):
                return self._capture(_found(self.intents, ref, "payment_intent"))
            case ("post", "payment_intents", ref, "cancel"):
                return self._cancel(_found(self.intents, ref, "payment_intent"), given)
            case ("get", "refunds"):
                ours = [one for one in reversed(self.refunds) if one["payment_intent"] == given["payment_intent"]]
                return {"object": "list", "data": ours, "has_more": False, "url": "/v1/refunds"}
            case ("post", "refunds"):
                return self._refund(given)
            case ("post", "transfers"):
                return self._transfer(given)
            case ("get", "transfers", ref):
                return _found(self.transfers, ref, "transfer")
            case ("post", "transfers", ref, "reversals"):
                return self._reverse(_found(self.transfers, ref, "transfer"), given)
            case ("get", "balance"):
                return {"object": "balance", "available": _purses(self.balance()), "pending": []}
            case ("post", "accounts"):
                return self._account(given)
            case ("get", "accounts", ref):
                return _found(self.accounts, ref, "account")
            case ("post", "account_links"):
                _found(self.accounts, given["account"], "account")
                self.links.append(given)
                return {"object": "account_link", "url": f"https://connect.stripe.com/setup/e/{len(self.links)}"}
        raise Refusal(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).", is_kept=False)

    def _begin(self, given: Shape) -> Shape:
        amount, currency = int(given["amount"]), given["currency"]
        if amount < 50:
            said = "Amount must be at least €0.50 eur"
            raise Refusal(400, "invalid_request_error", said, code="amount_too_small", is_kept=False)
        ref = f"pi_{next(self.numbers)}"
        self.intents[ref] = {
            "id": ref,
            "object": "payment_intent",
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "capture_method": given["capture_method"],
            "client_secret": f"{ref}_secret_double",
            "currency": currency,
            "description": given["description"],
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": {"payment": given["metadata[payment]"]},
            "status": "requires_payment_method",
            "transfer_group": given["transfer_group"],
        }
        return shown(self.intents[ref])

    def _capture(self, intent: Shape) -> Shape:
        if intent["status"] != "requires_capture":
            raise _not_in(intent, "capture")
        intent |= {"status": "succeeded", "amount_received": intent["amount_capturable"], "amount_capturable": 0}
        fee = intent["amount"] * FEE[0] // 10_000 + FEE[1]
        self.charges[intent["latest_charge"]] |= {
            "captured": True,
            "amount_captured": intent["amount"],
            "balance_transaction": None
            if self.tells_fees_late
            else {
                "id": f"txn_{next(self.numbers)}",
                "object": "balance_transaction",
                "amount": intent["amount"],
                "currency": intent["currency"],
                "exchange_rate": None,
                "fee": fee,
                "net": intent["amount"] - fee,
            },
        }
        return shown(intent)

    def _cancel(self, intent: Shape, given: Shape) -> Shape:
        if intent["status"] in ("succeeded", "canceled"):
            raise _not_in(intent, "cancel")
        intent |= {"status": "canceled", "amount_capturable": 0, "cancellation_reason": given["cancellation_reason"]}
        if intent["latest_charge"]:
            # So it is there: what was only reserved is "refunded", and never was captured.
            self.charges[intent["latest_charge"]] |= {"refunded": True, "amount_refunded": intent["amount"]}
        return shown(intent)

    def _refund(self, given: Shape) -> Shape:
        intent = _found(self.intents, given["payment_intent"], "payment_intent")
        charge = self.charges.get(intent["latest_charge"] or "", {})
        amount = int(given["amount"])
        if not charge.get("captured"):
            said = "This PaymentIntent does not have a successful charge to refund."
            raise Refusal(400, "invalid_request_error", said)
        left = charge["amount_captured"] - charge["amount_refunded"]
        if left == 0:
            said = f"Charge {charge['id']} has already been refunded."
            raise Refusal(400, "invalid_request_error", said, code="charge_already_refunded")
        if amount > left:
            raise Refusal(400, "invalid_request_error", f"Refund amount ({amount}) is greater than unrefunded amount")
        is_failing, StripeDouble.fails_refunds = bool(self.fails_refunds), max(0, self.fails_refunds - 1)
        charge["amount_refunded"] += 0 if is_failing else amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        refund = {
            "id": f"re_{next(self.numbers)}",
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "metadata": {"refund": given["metadata[refund]"]},
            "payment_intent": intent["id"],
            "status": "failed" if is_failing else "succeeded",
            "failure_reason": "declined" if is_failing else None,
        }
        self.refunds.append(refund)
        return refund

    def _transfer(self, given: Shape) -> Shape:
        if given["destination"] not in self.accounts:
            said = f"No such destination: '{given['destination']}'"
            raise Refusal(400, "invalid_request_error", said, code="resource_missing", is_kept=False)
        if int(given["amount"]) > self.balance().get(given["currency"], 0):
            said = "You have insufficient available funds in your Stripe account."
            raise Refusal(400, "invalid_request_error", said, code="balance_insufficient")
        ref = f"tr_{next(self.numbers)}"
        self.transfers[ref] = {
            "id": ref,
            "object": "transfer",
            "amount": int(given["amount"]),
            "amount_reversed": 0,
            "currency": given["currency"],
            "destination": given["destination"],
            "transfer_group": given["transfer_group"],
        }
        return self.transfers[ref]

    def _reverse(self, transfer: Shape, given: Shape) -> Shape:
        amount = int(given["amount"])
        if amount > transfer["amount"] - transfer["amount_reversed"]:
            said = "Reversal amount is greater than unreversed amount on the transfer."
            raise Refusal(400, "invalid_request_error", said)
        transfer["amount_reversed"] += amount
        return {"id": f"trr_{next(self.numbers)}", "object": "transfer_reversal", "amount": amount}

    def _account(self, given: Shape) -> Shape:
        ref = f"acct_{next(self.numbers)}"
        self.accounts[ref] = {
            "id": ref,
            "object": "account",
            "capabilities": {"transfers": "inactive"},
            "charges_enabled": False,
            "country": given["country"],
            "details_submitted": False,
            "metadata": {"creator": given["metadata[creator]"]},
            "payouts_enabled": False,
            "requirements": {"currently_due": ["external_account", "individual.verification.document"]},
        }
        return self.accounts[ref]

    @classmethod
    def balance(cls) -> dict[str, int]:
        """Return what is on the platform's balance, by currency."""
        purses: dict[str, int] = {}
        for intent in cls.intents.values():
            charge = cls.charges.get(intent["latest_charge"] or "", {})
            if charge.get("captured"):
                left = (charge["balance_transaction"] or {"net": charge["amount_captured"]})["net"] - charge[
                    "amount_refunded"
                ]
                purses[intent["currency"]] = purses.get(intent["currency"], 0) + left
        for transfer in cls.transfers.values():
            purses[transfer["currency"]] -= transfer["amount"] - transfer["amount_reversed"]
        return purses


def shown(intent: Shape) -> Shape:
    """Return an intent as an answer shows it, with its charge in it."""
    told = copy.deepcopy(intent)
    if intent["latest_charge"]:
        told["latest_charge"] = copy.deepcopy(StripeDouble.charges[intent["latest_charge"]])
    return told


def _fail(failure: Exception | int) -> tuple[str, int, Mapping[str, str]]:
    if isinstance(failure, Exception):
        raise failure
    body = json.dumps({"error": {"type": "api_error", "message": "Something went wrong on Stripe's end."}})
    return body, failure, {"stripe-should-retry": "false"}


def _found(things: dict[str, Shape], ref: str, what: str) -> Shape:
    if ref not in things:
        said = f"No such {what}: '{ref}'"
        raise Refusal(404, "invalid_request_error", said, code="resource_missing", is_kept=False)
    return things[ref]


def _not_in(intent: Shape, deed: str) -> Refusal:
    said = f"You cannot {deed} this PaymentIntent because it has a status of {intent['status']}."
    return Refusal(400, "invalid_request_error", said, code="payment_intent_unexpected_state")


def _purses(balance: dict[str, int]) -> list[Shape]:
    return [{"amount": amount, "currency": currency} for currency, amount in balance.items()]
