"""
The double-entry ledger: every transaction sums to zero, nothing is ever changed, a repeat is harmless.

Money at the provider is positive; what is owed to somebody is negative. The database refuses an unbalanced
transaction and any change of an entry, see migration 0002.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from drops.errors import Invalid
from drops.ledger.models import Account, Entry, LedgerTransaction, Payee


class Unbalanced(Invalid):
    code = "ledger_unbalanced"


@dataclass(frozen=True)
class Posting:
    """One line to be posted; a zero is left out."""

    account: Account
    amount_minor: int
    payee: Payee | None = None
    memo: str = ""
    country: str = ""  # of a tax: whose it is


def post(
    *, cause: str, kind: str, currency: str, order_ref: str, postings: Iterable[Posting], at: datetime
) -> LedgerTransaction:
    """
    Write a balanced transaction once per cause; a repeat returns the first.

    :raises Unbalanced: if the postings do not sum to zero.
    """
    lines = [posting for posting in postings if posting.amount_minor != 0]
    total = sum(posting.amount_minor for posting in lines)
    if total != 0:
        raise Unbalanced(f"{cause} is off by {total} {currency} minor units", cause=cause, off_by=total)
    with transaction.atomic():
        written, is_new = LedgerTransaction.objects.get_or_create(
            cause=cause, defaults={"kind": kind, "currency": currency, "order_ref": order_ref, "posted_at": at}
        )
        if is_new:
            Entry.objects.bulk_create(
                [
                    Entry(
                        transaction=written,
                        account=line.account,
                        payee=line.payee,
                        country=line.country,
                        amount_minor=line.amount_minor,
                        memo=line.memo,
                    )
                    for line in lines
                ]
            )
    return written


def balance_of(*, account: Account, currency: str, payee: Payee | None = None, country: str = "") -> int:
    """
    Return the sum of an account's entries in minor units; what is owed is negative.

    Without a payee or a country it is the sum over all of them.
    """
    entries = Entry.objects.filter(account=account, transaction__currency=currency)
    if payee is not None:
        entries = entries.filter(payee=payee)
    if country:
        entries = entries.filter(country=country)
    return int(entries.aggregate(total=Sum("amount_minor"))["total"] or 0)


def unbalanced_causes() -> list[str]:
    """Return the causes of transactions that do not sum to zero; the database should never let one in."""
    sums = LedgerTransaction.objects.annotate(total=Sum("entries__amount_minor")).exclude(total=0)
    return list(sums.order_by("pk").values_list("cause", flat=True))
