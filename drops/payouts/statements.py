"""
A payee's statement: everything that was written on their accounts in a period, between two balances that it explains.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from django.db.models import Sum

from drops.errors import Invalid
from drops.ledger.models import OF_A_PAYEE, Account, Entry, Payee, PayeeKind
from drops.money import decimal_from_minor
from drops.sales.models import Order
from drops.spreadsheets import Cell, csv_of, xlsx_of

# Which column an account's entries are in. Postage waits for its release like what was earned.
_COLUMN = {
    Account.ACCRUED: "waiting",
    Account.POSTAGE: "waiting",
    Account.PAYABLE: "payable",
    Account.PAYING: "on_its_way",
    Account.RECEIVABLE: "debt",
}
COLUMNS = ("waiting", "payable", "on_its_way", "debt")
_WORDS = {
    "sale": "Sale",
    "capture": "Payment came in",
    "reversal": "Refund",
    "release": "Release",
    "set_aside": "Put into a payout",
    "given_back": "Payout not made",
    "transfer": "Payout",
    "payout": "Payout",
    "transfer_reversal": "Payout taken back",
    "set_off": "Debt kept back",
    "write_off": "Debt given up",
    "dispute_opened": "Dispute",
    "dispute_won": "Dispute won",
    "dispute_lost": "Dispute lost",
    "fee": "Processor's fee",
}
HEADINGS = (
    "Date",
    "What",
    "Order",
    "Order total",
    "Note",
    "Not released",
    "Payable",
    "On its way",
    "Debt",
    "Balance",
    "Currency",
)


class PeriodUnreadable(Invalid):
    code = "period_unreadable"


@dataclass(frozen=True)
class Period:
    """A month or a year where somebody lives, from its first instant to the first one after it."""

    name: str  # 2026-11 or 2026
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Money:
    """What a payee is owed, by where it stands; a debt is negative."""

    waiting: int = 0
    payable: int = 0
    on_its_way: int = 0
    debt: int = 0

    @property
    def total(self) -> int:
        return self.waiting + self.payable + self.on_its_way + self.debt

    def __add__(self, other: Money) -> Money:
        return Money(*(getattr(self, name) + getattr(other, name) for name in COLUMNS))


@dataclass(frozen=True)
class StatementLine:
    """One thing that was written, and the balance after it."""

    at: datetime
    kind: str
    order_ref: str
    order_total_minor: int | None  # what the shopper paid; beside the sale only
    note: str
    money: Money
    balance_minor: int

    @property
    def word(self) -> str:
        return _WORDS.get(self.kind, self.kind.replace("_", " ").capitalize())


@dataclass(frozen=True)
class Statement:
    """Opening + lines = closing, in every column and in their sum."""

    payee: Payee
    currency: str
    period: Period
    zone: ZoneInfo
    opening: Money
    closing: Money
    lines: list[StatementLine] = field(default_factory=list)


def period_of(*, name: str, zone: ZoneInfo) -> Period:
    """
    Return a month like 2026-11 or a year like 2026 in a zone.

    :raises PeriodUnreadable: if it is neither.
    """
    year, dash, month = name.partition("-")
    try:
        if not (year.isdecimal() and len(year) == 4) or (dash and not (month.isdecimal() and len(month) == 2)):
            raise ValueError(name)
        first = date(int(year), int(month) if dash else 1, 1)
        after = date(first.year + (not dash or first.month == 12), first.month % 12 + 1 if dash else 1, 1)
    except ValueError:
        raise PeriodUnreadable(f"{name!r} is no month like 2026-11 and no year like 2026.") from None
    starts_at, ends_at = (datetime.combine(day, time(0), tzinfo=zone) for day in (first, after))
    return Period(name, starts_at, ends_at)


def statement_of(*, payee: Payee, currency: str, period: Period, zone: ZoneInfo) -> Statement:
    """Return what was written on a payee's accounts in a period."""
    mine = Entry.objects.filter(payee=payee, account__in=OF_A_PAYEE, transaction__currency=currency)
    sums = mine.filter(transaction__posted_at__lt=period.starts_at).values("account").annotate(Sum("amount_minor"))
    opening = sum((_money(row["account"], row["amount_minor__sum"]) for row in sums.order_by("account")), Money())
    entries = (
        mine.filter(transaction__posted_at__gte=period.starts_at, transaction__posted_at__lt=period.ends_at)
        .select_related("transaction")
        .order_by("transaction__posted_at", "transaction_id", "pk")
    )
    totals = dict(
        Order.objects.filter(ref__in=entries.values("transaction__order_ref")).values_list("ref", "total_minor")
    )
    lines, balance = [], opening
    for _, written in groupby(entries, key=lambda entry: entry.transaction_id):
        for line in _lines(list(written), totals, balance):
            lines.append(line)
            balance += line.money
    return Statement(payee, currency, period, zone, opening, balance, lines)


def statement_rows(*, statement: Statement) -> list[list[Cell]]:
    """Return a statement as a table: headings, opening balance, lines, closing balance."""

    def amount(minor: int) -> Decimal:
        return decimal_from_minor(minor, statement.currency)

    def money(of: Money) -> list[Cell]:
        return [amount(getattr(of, name)) for name in COLUMNS]

    def balance(words: str, day: datetime, of: Money) -> list[Cell]:
        return [
            day.astimezone(statement.zone).date().isoformat(),
            words,
            "",
            None,
            statement.payee.name,
            *money(of),
            amount(of.total),
            statement.currency,
        ]

    rows: list[list[Cell]] = [
        list(HEADINGS),
        balance("Opening balance", statement.period.starts_at, statement.opening),
        *(
            [
                line.at.astimezone(statement.zone).date().isoformat(),
                line.word,
                line.order_ref,
                None if line.order_total_minor is None else amount(line.order_total_minor),
                line.note,
                *money(line.money),
                amount(line.balance_minor),
                statement.currency,
            ]
            for line in statement.lines
        ),
        balance("Closing balance", statement.period.ends_at, statement.closing),
    ]
    if statement.payee.kind != PayeeKind.PARTNER:
        return rows
    # What the shopper paid is between them and whoever sold; a partner only handed it over.
    total = HEADINGS.index("Order total")
    return [row[:total] + row[total + 1 :] for row in rows]


def statement_csv(*, statement: Statement) -> bytes:
    """Return a statement as CSV."""
    return csv_of(rows=statement_rows(statement=statement))


def statement_xlsx(*, statement: Statement) -> bytes:
    """Return a statement as XLSX."""
    decimals = get_currency_precision(statement.currency)
    return xlsx_of(
        title=f"Statement {statement.period.name}", rows=statement_rows(statement=statement), decimals=decimals
    )


def _money(account: str, amount_minor: int) -> Money:
    return Money(**{_COLUMN[Account(account)]: -amount_minor})


def _lines(entries: list[Entry], totals: dict[str, int], before: Money) -> Iterable[StatementLine]:
    """Return a line for each entry of a transaction; money that only moved from one column to another is one line."""
    moved = sum((_money(entry.account, entry.amount_minor) for entry in entries), Money())
    parts = (
        [(entries[0].memo if len(entries) == 1 else "", moved)]
        if moved.total == 0
        else [(entry.memo, _money(entry.account, entry.amount_minor)) for entry in entries]
    )
    booked = entries[0].transaction
    for note, money in parts:
        before += money
        yield StatementLine(
            at=booked.posted_at,
            kind=booked.kind,
            order_ref=booked.order_ref,
            order_total_minor=totals.get(booked.order_ref) if booked.kind == "sale" else None,
            note=note,
            money=money,
            balance_minor=before.total,
        )
