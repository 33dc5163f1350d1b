"""
The proof that the books are right, read from the rows themselves. Each check says what it looked at and what is wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from drops.ledger.balances import drifts
from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account, Entry, LedgerTransaction


@dataclass(frozen=True)
class Check:
    """One thing that must be true, over how many rows it was looked for, and every place where it is not."""

    code: str
    claim: str
    looked_at: int
    problems: list[tuple[str, str]]  # where, and what is wrong there


@dataclass(frozen=True)
class CashReport:
    """What a provider says it holds for the platform."""

    provider: str
    currency: str
    cash_minor: int


_EMPTY = """
SELECT cause FROM drops_ledgertransaction AS booked
 WHERE NOT EXISTS (SELECT FROM drops_entry WHERE transaction_id = booked.id) ORDER BY booked.id
"""


def balance_check() -> Check:
    """Return whether every transaction sums to zero and says something."""
    wrong = [(cause, "the transaction does not sum to zero") for cause in unbalanced_causes()]
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY)
        wrong += [(cause, "the transaction has no entries") for (cause,) in cursor.fetchall()]
    return Check("ledger", "every transaction balances", LedgerTransaction.objects.count(), wrong)


def rolled_up_check() -> Check:
    """Return whether rolled-up balances are the sums of their entries."""
    wrong = [(f"balance of {drift.account}", str(drift)) for drift in drifts()]
    return Check("rolled_up", "rolled-up balances are the sums of their entries", Entry.objects.count(), wrong)


def cash_check(*, reports: Iterable[CashReport]) -> Check:
    """Return whether the cash in the books is what the providers, all together, report in each currency."""
    told: dict[str, list[CashReport]] = {}
    for report in reports:
        told.setdefault(report.currency, []).append(report)
    wrong = []
    for currency, said in sorted(told.items()):
        books, reported = balance_of(account=Account.CASH, currency=currency), sum(one.cash_minor for one in said)
        if books != reported:
            names = " and ".join(one.provider for one in said)
            wrong.append((f"cash in {currency}", f"the books say {books}, and {names} {reported} minor units"))
    return Check("cash", "cash in the books is what providers report", len(told), wrong)
