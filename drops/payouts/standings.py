"""
How a payee stands at this moment: earned, released, on its way, paid out, owed.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum

from drops.ledger.entries import balance_of
from drops.ledger.models import Account, Payee
from drops.payouts.models import Payout, PayoutState


@dataclass(frozen=True)
class PayeeStanding:
    """A payee's money in minor units, all of them positive; what they owe too."""

    accrued_minor: int  # with the postage that passes through
    payable_minor: int
    paying_minor: int
    paid_minor: int  # ever
    receivable_minor: int


def standing_of(*, payee: Payee, currency: str) -> PayeeStanding:
    """Return how a payee stands in a currency."""

    def owed(*accounts: Account) -> int:
        return -sum(balance_of(account=account, currency=currency, payee=payee) for account in accounts)

    paid = Payout.objects.filter(payee=payee, currency=currency, state__in=[PayoutState.SENT, PayoutState.PAID])
    return PayeeStanding(
        accrued_minor=owed(Account.ACCRUED, Account.POSTAGE),
        payable_minor=owed(Account.PAYABLE),
        paying_minor=owed(Account.PAYING),
        paid_minor=paid.aggregate(total=Sum("amount_minor", default=0))["total"],
        receivable_minor=-owed(Account.RECEIVABLE),
    )
