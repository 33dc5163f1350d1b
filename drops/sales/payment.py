"""
The payment port. Never called inside a database transaction: a provider answers in its own time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from drops.errors import Invalid, Refused
from drops.ports import implementation, implementations
from drops.sales.models import Payment, Refund

# Why a payment failed that no bank ever heard of.
UNANSWERED = "the payment provider did not answer"


class BadSignature(Invalid):
    """A webhook that its provider did not sign, or signed too long ago."""

    code = "bad_signature"


class TransferRefused(Refused):
    """The provider will not move this money; the reason is its own."""

    code = "transfer_refused"


class RefundFailed(Refused):
    """The provider took a refund on, and the money came back to the platform; the reason is its own."""

    code = "refund_failed"


class Outcome(StrEnum):
    PENDING = "pending"
    ACTION_NEEDED = "action_needed"  # the bank asks for a further step (SCA)
    AUTHORISED = "authorised"  # the money is reserved, not taken
    CAPTURED = "captured"
    FAILED = "failed"  # declined; another card may still be tried where the provider's page offers that, until a void
    CANCELLED = "cancelled"  # voided, or never authorised
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"  # it was taken on, and the money came back to the platform
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"


@dataclass(frozen=True)
class Started:
    """A payment as the provider began it."""

    provider_ref: str
    url: str  # where the shopper goes on


@dataclass(frozen=True)
class ProviderEvent:
    """What a provider says of one payment, by webhook or when asked."""

    event_id: str  # unique per provider; a repeat is the same event
    provider_ref: str
    outcome: Outcome
    amount_minor: int
    currency: str
    reason: str = ""
    card: str = ""  # the provider's own fingerprint of the card, if it has one; never a number
    fee_minor: int | None = None  # what the provider kept, if this says so; of captured money it may be told later
    refund: str = ""  # the key that a refund was sent under, of an event that is about one


@dataclass(frozen=True)
class TransferOrder:
    """Money to be sent from the platform's balance to a payee's account at the provider."""

    key: str  # idempotency key
    account: str  # the payee's account as the provider knows it
    amount_minor: int
    currency: str
    group: str = ""  # the order it belongs to, for the provider's own lists


class PaymentProvider(ABC):
    """
    Who moves the money: authorise, capture, void, refund, transfer, reverse, fetch.

    As soon as a provider knows which card is to be charged, and before it captures, it asks `checkout.admit_card` with
    the payment's ref and whatever tells cards apart at that provider. A refusal is a decline, with the refusal's sentence
    as its reason. Every call may be repeated: its key makes the repeat harmless, and the answer is the first one's.
    """

    name: ClassVar[str]
    is_test: ClassVar[bool] = False

    @abstractmethod
    def authorise(self, *, payment: Payment, return_url: str) -> Started:
        """
        Begin a payment; `payment.ref` is the idempotency key.

        :raises Unreachable: if the provider does not answer.
        """

    @abstractmethod
    def capture(self, *, payment: Payment, key: str) -> ProviderEvent:
        """
        Take the money that was authorised, all of it, and return how the payment stands afterwards.

        :raises Refused: if it was captured under another key, or the bank says no for good.
        :raises Unreachable: if the provider does not answer.
        """

    @abstractmethod
    def void(self, *, payment: Payment, key: str) -> ProviderEvent:
        """
        Stop a payment that is not captured, and return how it stands afterwards: it may have been captured already.
        One that answers `failed` or `cancelled` is over: no card can be tried on it any more.

        :raises Unreachable: if the provider does not answer.
        """

    @abstractmethod
    def refund(self, *, refund: Refund) -> None:
        """
        Send money back, all of it or a part; `refund.sending_key` is the idempotency key.

        :raises Refused: if it is more than what is left of the payment.
        :raises RefundFailed: if it was taken on under this key, and has failed for good.
        :raises Unreachable: if the provider does not answer.
        """

    @abstractmethod
    def fetch_refund(self, *, refund: Refund) -> ProviderEvent:
        """
        Ask how a refund stands that was sent: refunded, refund_failed, or pending while nothing is known of it.

        :raises Unreachable: if the provider does not answer.
        """

    @abstractmethod
    def transfer(self, *, order: TransferOrder) -> str:
        """
        Send money to a payee and return the provider's ref of it; `order.key` is the idempotency key.

        :raises Unreachable: if the provider does not answer.
        :raises TransferRefused: if it says no, with its reason.
        """

    @abstractmethod
    def reverse(self, *, transfer_ref: str, amount_minor: int, key: str) -> str:
        """
        Take back a transfer or a part of it, and return the provider's ref of that.

        :raises Unreachable: if the provider does not answer.
        :raises TransferRefused: if it says no, for instance because the payee has spent it.
        """

    @abstractmethod
    def fetch(self, *, payment: Payment) -> ProviderEvent:
        """
        Ask how a payment stands.

        :raises Unreachable: if the provider does not answer.
        """

    @abstractmethod
    def cash(self, *, currency: str) -> int:
        """
        Return what the provider holds for the platform, pending or available, in minor units: its own report.

        :raises Unreachable: if the provider does not answer.
        """

    @abstractmethod
    def read_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> ProviderEvent | None:
        """
        Return the event of a signed webhook; None if it is about nothing the shop keeps books of.

        :raises BadSignature: if the signature is missing, wrong or too old.
        """


def payment_providers() -> dict[str, PaymentProvider]:
    return implementations("PAYMENT_PROVIDERS", PaymentProvider)  # type: ignore[type-abstract]


def payment_provider(name: str) -> PaymentProvider:
    """
    Return a payment provider by name.

    :raises UnknownImplementation: if settings list none of that name.
    """
    return implementation("PAYMENT_PROVIDERS", PaymentProvider, name)  # type: ignore[type-abstract]
