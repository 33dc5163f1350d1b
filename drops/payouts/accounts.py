"""
The port that knows payees' own accounts at a provider. Whoever has none is paid by hand.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from drops.ledger.models import Payee
from drops.ports import implementations


@dataclass(frozen=True)
class PayoutAccount:
    """Where a payee's money goes: a provider of PAYMENT_PROVIDERS, and the account as that provider knows it."""

    provider: str
    account: str


class PayoutAccounts(ABC):
    """The accounts that payees have at one provider; `name` is that of the provider."""

    name: ClassVar[str]

    @abstractmethod
    def account_of(self, *, payee: Payee) -> str:
        """Return a payee's account that takes transfers at this moment; empty if there is none. Calls no network."""


def payout_account(*, payee: Payee) -> PayoutAccount | None:
    """Return where a payee's money goes: the first account in the order of settings, or None for a payment by hand."""
    port = implementations("PAYOUT_ACCOUNTS", PayoutAccounts)  # type: ignore[type-abstract]
    for provider, accounts in port.items():
        if account := accounts.account_of(payee=payee):
            return PayoutAccount(provider, account)
    return None
