"""
The payment port. Never called inside a database transaction: a provider answers in its own time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from drops.errors import Invalid
from drops.ports import implementation, implementations
from drops.sales.models import Payment, Refund

# Why a payment failed that no bank ever heard of.
UNANSWERED = "the payment provider did not answer"


class BadSignature(Invalid):
    """A webhook that its provider did not sign, or signed too long ago."""

    code = "bad_signature"


class Outcome(StrEnum):
    PENDING = "pending"
    CAPTURED = "captured"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


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


class PaymentProvider(ABC):
    """
    Who moves the money.

    As soon as a provider knows which card is to be charged, and before it charges it, it asks `checkout.admit_card` with
    the payment's ref and whatever tells cards apart at that provider. A refusal is a decline, with the refusal's sentence
    as its reason. One that authorises first asks between authorisation and capture.
    """

    name: ClassVar[str]
    is_test: ClassVar[bool] = False

    @abstractmethod
    def start(self, *, payment: Payment, return_url: str) -> Started:
        """
        Begin a payment; `payment.ref` is the idempotency key.

        :raises Unreachable: if the provider does not answer.
        """

    @abstractmethod
    def fetch(self, *, payment: Payment) -> ProviderEvent:
        """
        Ask how a payment stands.

        :raises Unreachable: if the provider does not answer.
        """

    @abstractmethod
    def cancel(self, *, payment: Payment) -> ProviderEvent:
        """
        Stop a payment that is not captured, and return how it stands afterwards: it may have been captured already.

        :raises Unreachable: if the provider does not answer.
        """

    @abstractmethod
    def refund(self, *, refund: Refund) -> None:
        """
        Send money back; `refund.key` is the idempotency key.

        :raises Unreachable: if the provider does not answer.
        """

    @abstractmethod
    def read_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> ProviderEvent:
        """
        Return the event of a signed webhook.

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
