"""
A year of one payee, quarter by quarter, as Directive (EU) 2021/514 (DAC7) has platforms report those who sell.

Annex V, section III, B (2): consideration paid or credited in each quarter, the number of activities it was for, and the
fees, commissions and taxes that the platform withheld. What is counted how is said in docs/payouts.md. Not tax advice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from django.db.models import Q, Sum

from drops.ledger.models import OF_A_PAYEE, Account, Entry, LedgerTransaction, Payee, PayeeKind
from drops.ledger.splits import split
from drops.money import BASIS, decimal_from_minor
from drops.payouts.accounts import payout_account
from drops.payouts.statements import Period, period_of
from drops.payouts.tax_details import ReportedSeller, reported_seller
from drops.sales.models import Order, OrderState
from drops.spreadsheets import Cell, csv_of, xlsx_of

QUARTERS = (1, 2, 3, 4)
# What an order brings and takes. Everything else moves money on that was earned before.
_EARNING = ["sale", "reversal", "dispute_lost"]
# Of what annex V, section III, B (2) (a) and (d) asks for.
_SAID = (
    ("kind", "Person or company"),
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("legal_name", "Legal name"),
    ("street", "Street"),
    ("postcode", "Postcode"),
    ("city", "City"),
    ("country", "Country"),
    ("tins", "Tax numbers (TIN)"),
    ("vat_id", "VAT number"),
    ("date_of_birth", "Date of birth"),
    ("place_of_birth", "Place of birth"),
    ("registration_number", "Business registration number"),
    ("establishments", "Permanent establishments"),
    ("resident_in", "Member states of residence"),
)


@dataclass(frozen=True)
class Quarter:
    """What a payee sold through us in three months, in minor units."""

    consideration_minor: int  # net of what was withheld
    activities: int
    withheld_minor: int


@dataclass(frozen=True)
class YearlyReport:
    """What has to be told of a payee for a year. Legal fields that nobody filled in are empty, never guessed."""

    payee: Payee
    year: str
    currency: str
    seller: ReportedSeller
    account: str
    quarters: tuple[Quarter, Quarter, Quarter, Quarter]


def yearly_report(*, payee: Payee, year: str, currency: str, zone: ZoneInfo) -> YearlyReport:
    """
    Return the report of a payee for a year.

    :raises PeriodUnreadable: if it is no year.
    """
    period_of(name=year, zone=zone)
    place = payout_account(payee=payee)
    first, second, third, fourth = (_quarter(payee, currency, period) for period in _quarters(year, zone))
    return YearlyReport(
        payee=payee,
        year=year,
        currency=currency,
        seller=reported_seller(payee=payee),
        account=f"{place.provider} {place.account}" if place else "",
        quarters=(first, second, third, fourth),
    )


def report_rows(*, reports: list[YearlyReport]) -> list[list[Cell]]:
    """Return reports as a table, one payee a line."""
    headings: list[Cell] = ["Year", "Payee", "Kind", *(words for _, words in _SAID)]
    headings += ["Financial account", "Account holder", "Currency"]
    for number in QUARTERS:
        headings += [f"Q{number} consideration", f"Q{number} activities", f"Q{number} fees and commissions"]
    headings += ["Year's consideration", "Year's activities", "Year's fees and commissions", "Missing"]
    return [headings, *map(_row, reports)]


def report_csv(*, reports: list[YearlyReport]) -> bytes:
    """Return reports as CSV."""
    return csv_of(rows=report_rows(reports=reports))


def report_xlsx(*, reports: list[YearlyReport]) -> bytes:
    """Return reports as XLSX."""
    decimals = max((get_currency_precision(report.currency) for report in reports), default=2)
    return xlsx_of(title="Yearly report", rows=report_rows(reports=reports), decimals=decimals)


def _row(report: YearlyReport) -> list[Cell]:
    cells: list[Cell] = [report.year, report.payee.name, report.payee.get_kind_display()]
    cells += [str(getattr(report.seller, name)) for name, _ in _SAID]
    cells += [report.account, report.seller.account_holder, report.currency]
    whole = Quarter(
        sum(quarter.consideration_minor for quarter in report.quarters),
        sum(quarter.activities for quarter in report.quarters),
        sum(quarter.withheld_minor for quarter in report.quarters),
    )
    for quarter in (*report.quarters, whole):
        cells += [
            decimal_from_minor(quarter.consideration_minor, report.currency),
            quarter.activities,
            decimal_from_minor(quarter.withheld_minor, report.currency),
        ]
    return [*cells, "; ".join(report.seller.missing)]


def _quarters(year: str, zone: ZoneInfo) -> list[Period]:
    months = [period_of(name=f"{year}-{number * 3 - 2:02}", zone=zone) for number in QUARTERS]
    ends = [*(month.starts_at for month in months[1:]), period_of(name=year, zone=zone).ends_at]
    return [
        Period(f"{year} Q{number}", month.starts_at, end)
        for number, month, end in zip(QUARTERS, months, ends, strict=True)
    ]


def _quarter(payee: Payee, currency: str, period: Period) -> Quarter:
    booked = LedgerTransaction.objects.filter(
        currency=currency, kind__in=_EARNING, posted_at__gte=period.starts_at, posted_at__lt=period.ends_at
    ).filter(pk__in=Entry.objects.filter(payee=payee).values("transaction"))
    earned = Entry.objects.filter(payee=payee, account__in=OF_A_PAYEE, transaction__in=booked)
    sold = booked.filter(kind="sale").values("order_ref")
    return Quarter(
        consideration_minor=-earned.aggregate(total=Sum("amount_minor", default=0))["total"],
        activities=Order.objects.filter(ref__in=sold).exclude(state=OrderState.REFUNDED).count(),
        withheld_minor=_withheld(payee, booked) if payee.kind == PayeeKind.CREATOR else 0,
    )


def _withheld(payee: Payee, booked: Any) -> int:
    """Return what platform, processor and partners kept of the same orders; of a shared order a creator's part by share."""
    kept = (
        Entry.objects.filter(transaction__in=booked)
        .filter(Q(payee__kind__in=[PayeeKind.PLATFORM, PayeeKind.PARTNER]) | Q(account=Account.FEES))
        .values("transaction__order_ref")
        .annotate(total=-Sum("amount_minor"))
        .order_by("transaction__order_ref")
    )
    amounts = {row["transaction__order_ref"]: row["total"] for row in kept}
    orders = Order.objects.filter(ref__in=amounts).select_related("creator").order_by("pk")
    return sum(_part(order, payee, amounts[order.ref]) for order in orders)


def _part(order: Order, payee: Payee, amount_minor: int) -> int:
    creators = order.terms["shares"].get("creators") or [{"payee": None, "share_bp": BASIS}]
    parts = split(amount_minor, [creator["share_bp"] for creator in creators])
    payees = [creator["payee"] or order.creator.payee_id for creator in creators]
    return sum(part for payee_id, part in zip(payees, parts, strict=True) if payee_id == payee.pk)
