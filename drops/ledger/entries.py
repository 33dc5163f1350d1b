"""
The double-entry ledger: every transaction sums to zero, nothing is ever changed, a repeat is harmless.

Money at the provider is positive; what is owed to somebody is negative. The database refuses an unbalanced or empty
transaction and any change of an entry, and keeps the balances: drops/migrations/functions.sql and ledger_posting.sql.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Sum

from drops.errors import Invalid
from drops.ledger.models import Account, Balance, BalanceDelta, LedgerTransaction, Payee
from drops.ledger.payees import platform_payee

# Stands for the platform in the currency of a posting; the database knows which row that is.
PLATFORM = 0


class Unbalanced(Invalid):
    code = "ledger_unbalanced"


@dataclass(frozen=True)
class Posting:
    """One line to be posted; a zero is left out."""

    account: Account
    amount_minor: int
    payee: Payee | int | None = None  # a payee or its key
    memo: str = ""
    country: str = ""  # of a tax: whose it is

    @property
    def payee_id(self) -> int | None:
        return self.payee.pk if isinstance(self.payee, Payee) else self.payee


def post(
    *, cause: str, kind: str, currency: str, order_ref: str, postings: Iterable[Posting], at: datetime
) -> LedgerTransaction:
    """
    Write a balanced transaction once per cause, in one round trip; a repeat returns the first.

    Where all amounts are zero nothing is written, and what is returned has no key.

    :raises Unbalanced: if the postings do not sum to zero.
    """
    lines = [posting for posting in postings if posting.amount_minor != 0]
    total = sum(posting.amount_minor for posting in lines)
    if total != 0:
        raise Unbalanced(f"{cause} is off by {total} {currency} minor units", cause=cause, off_by=total)
    facts = (cause, kind, currency, order_ref, at)
    if not lines:
        return LedgerTransaction(cause=cause, kind=kind, currency=currency, order_ref=order_ref, posted_at=at)
    columns = [
        [line.account.value for line in lines],
        [line.payee_id for line in lines],
        [line.country for line in lines],
        [line.amount_minor for line in lines],
        [line.memo[:120] for line in lines],
    ]
    return written_by(
        "SELECT * FROM drops_post(%s, %s, %s, %s, %s, %s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::text[])",
        [*facts, *columns],
        currency=currency,
    )


def written_by(statement: str, values: list[Any], *, currency: str) -> LedgerTransaction:
    """Return the transaction that a posting function of the database wrote, or had written before for that cause."""
    written = list(LedgerTransaction.objects.raw(statement, values))
    if not written:
        # The first posting of all in this currency: the platform is no payee yet.
        platform_payee(currency=currency)
        written = list(LedgerTransaction.objects.raw(statement, values))
    return written[0]


def balance_of(*, account: Account, currency: str, payee: Payee | None = None, country: str = "") -> int:
    """
    Return the sum of an account's entries in minor units, rolled up; what is owed is negative.

    Without a payee or a country it is the sum over all of them.
    """
    # One statement, so that what is folded meanwhile is counted once.
    where = "account = %s AND currency = %s"
    values: list[Any] = [account.value, currency]
    if payee is not None:
        where, values = f"{where} AND payee_id = %s", [*values, payee.pk]
    if country:
        where, values = f"{where} AND country = %s", [*values, country]
    tables = (Balance._meta.db_table, BalanceDelta._meta.db_table)
    halves = " UNION ALL ".join(f"SELECT amount_minor FROM {table} WHERE {where}" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(sum(amount_minor), 0) FROM ({halves}) AS standing", values * 2)
        return int(cursor.fetchone()[0])


def unbalanced_causes() -> list[str]:
    """Return the causes of transactions that do not sum to zero; the database should never let one in."""
    sums = LedgerTransaction.objects.annotate(total=Sum("entries__amount_minor")).exclude(total=0)
    return list(sums.order_by("pk").values_list("cause", flat=True))
