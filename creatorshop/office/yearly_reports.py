"""
The yearly report as a page: whom it names, what they sold, and what is missing before it is complete.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from creatorshop.office.pages import office_page
from creatorshop.office.payees import own_payees, zone_of
from creatorshop.office.scope import ScopedAdmin, scope_of
from creatorshop.office.tax_details import details_address, missing_words
from drops.catalog.creators import Work
from drops.errors import ShopError
from drops.money import format_minor
from drops.payouts.yearly import YearlyReport, yearly_report

MOST_SHOWN = 100


def year_page(request: HttpRequest, payouts: ScopedAdmin, year: int) -> HttpResponse:
    """Show a year of one's own payees; a partner's people, who are told nothing of what others kept, are not let in."""
    if not scope_of(request).may_anywhere(Work.MONEY):
        raise PermissionDenied
    payees = own_payees(request)
    try:
        reports = [
            yearly_report(payee=payee, year=f"{year:04}", currency=payee.currency, zone=zone_of(payee))
            for payee in payees[:MOST_SHOWN]
        ]
    except ShopError as refusal:
        raise Http404(refusal.message) from None
    return office_page(
        request,
        payouts,
        "admin/office/yearly_report.html",
        title=f"Yearly report {year}",
        year=f"{year:04}",
        before=f"{year - 1:04}",
        after=f"{year + 1:04}",
        lines=[_line(report) for report in reports],
        incomplete=sum(bool(report.seller.missing) for report in reports),
        most=MOST_SHOWN if payees.count() > MOST_SHOWN else 0,
    )


def _line(report: YearlyReport) -> dict[str, object]:
    sold_minor = sum(quarter.consideration_minor for quarter in report.quarters)
    return {
        "payee": report.payee,
        "sold": format_minor(sold_minor, report.currency),
        "orders": sum(quarter.activities for quarter in report.quarters),
        "missing": missing_words(report.seller),
        "details": details_address(report.payee),
    }
