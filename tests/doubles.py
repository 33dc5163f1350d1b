"""
The outside world at its ports: real implementations that keep everything in memory.
"""

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from drops.errors import Refused, ShopError, Unreachable
from drops.ledger.models import Payee, PayeeKind
from drops.payouts.accounts import PayoutAccounts
from drops.reminders.push import Carried, PushSender
from drops.sales.checkout import admit_card
from drops.sales.delivery import (
    Basket,
    CannotDeliver,
    DeliveryGone,
    DeliveryMethod,
    DeliveryOption,
    Destination,
    Recipient,
    Share,
)
from drops.sales.models import Order, OrderUnit, Payment, Refund
from drops.sales.payment import (
    Outcome,
    PaymentProvider,
    ProviderEvent,
    Started,
    TransferOrder,
    TransferRefused,
)
from drops.stock.models import Hold


class CounterDelivery(DeliveryMethod):
    """Handing over at the counter: free, everywhere but in Norway, and scarce when a test says so."""

    name = "pickup"
    places: ClassVar[int | None] = None
    shelf_id: ClassVar[int | None] = None  # the pool that the counter hands over from
    fee_payee_id: ClassVar[int | None] = None  # who hands over, and gets what the terms say
    quarrels: ClassVar[dict[str, str]] = {}  # what people disagree about, by order
    reserved: ClassVar[dict[str, str]] = {}
    started: ClassVar[list[str]] = []
    handed_over: ClassVar[dict[str, int]] = {}  # how many units of which order
    taken_out: ClassVar[list[int]] = []
    redirected: ClassVar[dict[str, Recipient]] = {}  # to whom which order goes instead

    @classmethod
    def reset(cls) -> None:
        cls.places = cls.shelf_id = cls.fee_payee_id = None
        for kept in (cls.reserved, cls.started, cls.handed_over, cls.taken_out, cls.quarrels, cls.redirected):
            kept.clear()

    def options(self, *, basket: Basket, destination: Destination, now: datetime) -> list[DeliveryOption]:
        if destination.country == "NO":
            raise CannotDeliver("We can't hand anything over in Norway.")
        day = date(2026, 11, 27)
        fee = 150 if self.fee_payee_id else 0
        return [
            DeliveryOption(
                self.name, "counter", "At the counter", 0, day, day, pool_id=self.shelf_id, partner_fee_minor=fee
            )
        ]

    def reserve(self, *, hold: Hold, option: str) -> None:
        if self.places is not None and hold.ref not in self.reserved and len(self.reserved) >= self.places:
            raise DeliveryGone("The counter is full.")
        self.reserved[hold.ref] = option

    def release(self, *, hold: Hold) -> None:
        self.reserved.pop(hold.ref, None)

    def start(self, *, order: Order) -> None:
        if order.ref not in self.started:
            self.started.append(order.ref)

    def units_gone(self, *, order: Order) -> frozenset[int]:
        units = OrderUnit.objects.filter(line__order=order).order_by("pk").values_list("pk", flat=True)
        return frozenset(units[: self.handed_over.get(order.ref, 0)])

    def take_out(self, *, order: Order, unit_ids: Collection[int]) -> None:
        self.taken_out.extend(unit_ids)

    def why_settled(self, *, order: Order, now: datetime) -> str:
        return "handed_over" if self.handed_over.get(order.ref) else ""

    def redirect(self, *, order: Order, to: Recipient, now: datetime) -> None:
        self.redirected[order.ref] = to

    def conflicts(self, *, order: Order) -> list[str]:
        return [self.quarrels[order.ref]] if order.ref in self.quarrels else []

    def shares(self, *, order: Order) -> list[Share]:
        if self.fee_payee_id is None:
            return []
        return [Share(self.fee_payee_id, int(order.terms["shares"]["partner_minor"]), "Hand-over by Café Mira")]


class PaidPost(CounterDelivery):
    """A parcel for 4.90, to people with an address."""

    name = "parcel"
    is_scarce = False

    def options(self, *, basket: Basket, destination: Destination, now: datetime) -> list[DeliveryOption]:
        return [DeliveryOption(self.name, "post", "Standard post", 490, date(2026, 11, 30), date(2026, 12, 2))]


class InMemoryProvider(PaymentProvider):
    """A provider that does as a test says, and remembers what was asked of it."""

    name = "memory"
    is_test = True
    outcomes: ClassVar[dict[str, Outcome]] = {}
    reasons: ClassVar[dict[str, str]] = {}
    refunded: ClassVar[list[str]] = []
    refunds: ClassVar[dict[str, Refund]] = {}
    told: ClassVar[dict[str, int]] = {}  # payment's ref: what a test let the provider say that it had captured
    captures: ClassVar[dict[str, str]] = {}  # payment's ref: the key it was captured under
    on_capture: ClassVar[dict[str, Outcome]] = {}  # what a capture ends in; pending: it leaves things as they are
    transfers: ClassVar[dict[str, TransferOrder]] = {}
    reversals: ClassVar[dict[str, tuple[str, int]]] = {}
    asked: ClassVar[list[str]] = []  # the keys of captures and voids, as often as they came
    deposits: ClassVar[list[int]] = []  # what it holds in euros besides what shoppers paid
    returned: ClassVar[set[str]] = set()  # the keys of refunds that came back
    is_down: ClassVar[bool] = False

    @classmethod
    def reset(cls) -> None:
        cls.returned.clear()
        cls.asked.clear()
        cls.outcomes.clear()
        cls.deposits.clear()
        cls.reasons.clear()
        for kept in (cls.refunded, cls.refunds, cls.told, cls.captures, cls.on_capture, cls.transfers, cls.reversals):
            kept.clear()
        cls.is_down = False

    def authorise(self, *, payment: Payment, return_url: str) -> Started:
        self._answer()
        self.outcomes.setdefault(payment.ref, Outcome.PENDING)
        return Started(provider_ref=payment.ref, url=f"https://pay.example/{payment.ref}")

    def charge(self, *, payment: Payment, card: str) -> None:
        """Let somebody pay with a card, unless the shop says no to it."""
        try:
            admit_card(payment_ref=payment.ref, fingerprint=card)
        except ShopError as refusal:
            self.outcomes[payment.ref], self.reasons[payment.ref] = Outcome.FAILED, refusal.message
        else:
            self.outcomes[payment.ref] = Outcome.AUTHORISED

    def fetch(self, *, payment: Payment) -> ProviderEvent:
        self._answer()
        return event_of(payment, self.outcomes[payment.ref], reason=self.reasons.get(payment.ref, ""))

    def capture(self, *, payment: Payment, key: str) -> ProviderEvent:
        self._answer()
        self.asked.append(key)
        if self.captures.setdefault(payment.ref, key) != key:
            raise Refused("This payment was captured before.")
        if self.outcomes[payment.ref] == Outcome.AUTHORISED:
            answer = self.on_capture.get(payment.ref, Outcome.CAPTURED)
            self.outcomes[payment.ref] = Outcome.AUTHORISED if answer == Outcome.PENDING else answer
        return self.fetch(payment=payment)

    def void(self, *, payment: Payment, key: str) -> ProviderEvent:
        self._answer()
        self.asked.append(key)
        # A declined payment waits for another card, as at real providers, until it is stopped.
        if self.outcomes[payment.ref] not in (Outcome.CAPTURED, Outcome.REFUNDED):
            self.outcomes[payment.ref] = Outcome.CANCELLED
        return self.fetch(payment=payment)

    def refund(self, *, refund: Refund) -> None:
        self._answer()
        if refund.sending_key in self.refunds:
            return
        standing = [past for key, past in self.refunds.items() if key not in self.returned]
        gone = sum(past.amount_minor for past in standing if past.payment_id == refund.payment_id)
        if gone + refund.amount_minor > refund.payment.amount_minor:
            raise Refused("That is more than what came in.")
        self.refunds[refund.sending_key] = refund
        self.refunded.append(refund.sending_key)

    def fetch_refund(self, *, refund: Refund) -> ProviderEvent:
        self._answer()
        if refund.sending_key not in self.refunds:
            return event_of(refund.payment, Outcome.PENDING)
        return refund_event_of(refund, is_back=refund.sending_key in self.returned)

    def transfer(self, *, order: TransferOrder) -> str:
        self._answer()
        if self.transfers.get(order.key, order) != order:
            raise Refused("This key was used for another transfer.")
        if order.key not in self.transfers:
            if order.amount_minor > self.cash(currency=order.currency):
                raise TransferRefused("There is not enough money here.")
            self.transfers[order.key] = order
        return f"transfer:{order.key}"

    def reverse(self, *, transfer_ref: str, amount_minor: int, key: str) -> str:
        self._answer()
        asked = (transfer_ref, amount_minor)
        if self.reversals.get(key, asked) != asked:
            raise Refused("This key was used for another reversal.")
        if key not in self.reversals:
            order = self.transfers[transfer_ref.removeprefix("transfer:")]
            gone = sum(amount for ref, amount in self.reversals.values() if ref == transfer_ref)
            if amount_minor > order.amount_minor - gone:
                raise TransferRefused("Less is left of the transfer.")
            self.reversals[key] = asked
        return f"reversal:{key}"

    def cash(self, *, currency: str) -> int:
        self._answer()
        paid = {ref for ref, outcome in self.outcomes.items() if outcome == Outcome.CAPTURED} | self.told.keys()
        payments = Payment.objects.filter(ref__in=paid, currency=currency).values_list("ref", "amount_minor")
        captured = sum(self.told.get(ref, amount) for ref, amount in payments)
        standing = [past for key, past in self.refunds.items() if key not in self.returned]
        refunded = sum(past.amount_minor for past in standing if past.payment.currency == currency)
        sent = {f"transfer:{order.key}": order for order in self.transfers.values() if order.currency == currency}
        taken_back = sum(amount for ref, amount in self.reversals.values() if ref in sent)
        captured += sum(self.deposits) if currency == "EUR" else 0
        return captured - refunded - sum(order.amount_minor for order in sent.values()) + taken_back

    def read_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        raise Unreachable("This provider sends no webhooks.")

    def _answer(self) -> None:
        if self.is_down:
            raise Unreachable("The provider does not answer.")


def event_of(
    payment: Payment,
    outcome: Outcome,
    *,
    amount_minor: int | None = None,
    suffix: str = "",
    card: str = "",
    reason: str = "",
) -> ProviderEvent:
    """Make what a provider would say of a payment. Whoever says that it has the money has it in its own books too."""
    amount = payment.amount_minor if amount_minor is None else amount_minor
    if outcome == Outcome.CAPTURED:
        InMemoryProvider.told[payment.ref] = amount
    return ProviderEvent(
        event_id=f"{payment.ref}:{outcome}{suffix}",
        provider_ref=payment.ref,
        outcome=outcome,
        amount_minor=amount,
        currency=payment.currency,
        card=card,
        reason=reason,
        fee_minor=0 if outcome == Outcome.CAPTURED else None,
    )


def refund_event_of(refund: Refund, *, is_back: bool = True, key: str = "") -> ProviderEvent:
    """Make what a provider would say of a refund. Whoever says that one came back has its money again."""
    key, outcome = key or refund.sending_key, Outcome.REFUND_FAILED if is_back else Outcome.REFUNDED
    if is_back:
        InMemoryProvider.returned.add(key)
    return ProviderEvent(
        event_id=f"{key}:{outcome}",
        provider_ref=refund.payment.provider_ref,
        outcome=outcome,
        amount_minor=refund.amount_minor,
        currency=refund.payment.currency,
        reason="The account was closed." if is_back else "",
        refund=key,
    )


class PushInMemory(PushSender):
    """A push service that keeps what it is given, and answers as a test says."""

    name = "memory"
    sent: ClassVar[list[tuple[str, dict[str, Any]]]] = []
    answers: ClassVar[dict[str, Carried]] = {}

    @classmethod
    def reset(cls) -> None:
        cls.sent.clear()
        cls.answers.clear()

    def public_key(self) -> str:
        return "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM"

    def send(self, *, endpoint: str, keys: Mapping[str, str], payload: bytes, lasts_s: int, topic: str) -> Carried:
        answer = self.answers.get(endpoint, Carried.TAKEN)
        if answer == Carried.TAKEN:
            self.sent.append((endpoint, json.loads(payload)))
        return answer


class MemoryAccounts(PayoutAccounts):
    """Creators have an account, partners have none, unless a test says otherwise."""

    name = "memory"
    closed: ClassVar[set[int]] = set()

    @classmethod
    def reset(cls) -> None:
        cls.closed.clear()

    def account_of(self, *, payee: Payee) -> str:
        return f"memory:{payee.pk}" if payee.kind == PayeeKind.CREATOR and payee.pk not in self.closed else ""
