"""
What a creator's people see of their money: what waits and why, what was paid, statements. Runs are the operator's.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from creatorshop.office.pages import office_page
from creatorshop.office.partner_scope import spoken_for
from creatorshop.office.payees import own_payees, payee_or_404, seen_payee_or_404, seen_payees, zone_of
from creatorshop.office.scope import LogAdmin, scope_of
from creatorshop.office.tax_details import details_address, missing_words
from creatorshop.office.write_offs import give_up, write_off_form
from creatorshop.office.yearly_reports import year_page
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.errors import ShopError
from drops.ledger.models import Account, Entry, Payee
from drops.money import format_minor
from drops.payouts.models import Payout
from drops.payouts.releases import verdict_on, with_release_facts
from drops.payouts.standings import standing_of
from drops.payouts.statements import period_of, statement_csv, statement_of, statement_xlsx
from drops.payouts.tax_details import reported_seller
from drops.payouts.yearly import report_csv, report_xlsx, yearly_report
from drops.sales.models import Order
from drops.spreadsheets import CSV_TYPE, XLSX_TYPE

ORDERS_SHOWN, PAYOUTS_SHOWN = 50, 20


@admin.register(Payout)
class PayoutAdmin(LogAdmin):
    """A payee's money on one page, instead of a list of rows."""

    creator_path = "payee__creator__pk"
    see = Work.MONEY
    row_relations = ("run", "payee__creator")
    list_display = ["__str__", "state", "amount_minor", "currency", "created_at"]
    search_fields = ["ref", "transfer_ref", "bank_ref"]

    def get_urls(self) -> list[URLPattern]:
        def page(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        return [
            path("statement/", page(self.statement_view), name="office_statement"),
            path("year/", page(self.year_view), name="office_yearly_report"),
            path("years/<int:year>/", page(self.year_page_view), name="office_year"),
            path("give-up/", page(require_POST(give_up)), name="office_give_up_debt"),
            *super().get_urls(),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) or bool(spoken_for(request))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_module_permission(request):
            raise PermissionDenied
        return payouts_page(request, self)

    def statement_view(self, request: HttpRequest) -> HttpResponse:
        return download(request, "statement")

    def year_view(self, request: HttpRequest) -> HttpResponse:
        return download(request, "year")

    def year_page_view(self, request: HttpRequest, year: int) -> HttpResponse:
        return year_page(request, self, year)


def payouts_page(request: HttpRequest, payouts: PayoutAdmin) -> HttpResponse:
    """Show how a payee stands, what each order waits for, and what was paid."""
    own = seen_payees(request)
    payee = seen_payee_or_404(request, request.GET["payee"]) if request.GET.get("payee") else own.first()
    if payee is None:
        return office_page(request, payouts, "admin/office/payouts.html", title="Payouts", payee=None, payees=[])
    zone, now = zone_of(payee), database_now()
    standing = standing_of(payee=payee, currency=payee.currency)

    def money(amount_minor: int) -> str:
        return format_minor(amount_minor, payee.currency)

    return office_page(
        request,
        payouts,
        "admin/office/payouts.html",
        title="Payouts",
        payee=payee,
        payees=list(own[:200]),
        zone=zone.key,
        month=now.astimezone(zone).strftime("%Y-%m"),
        year=now.astimezone(zone).strftime("%Y"),
        is_operator=scope_of(request).is_all,
        counts=[
            ("Not released", money(standing.accrued_minor)),
            ("Released", money(standing.payable_minor)),
            ("On its way", money(standing.paying_minor)),
            ("Paid out", money(standing.paid_minor)),
            ("You owe", money(standing.receivable_minor)),
        ],
        missing=missing_words(reported_seller(payee=payee)),
        details=details_address(payee),
        has_report=own_payees(request).filter(pk=payee.pk).exists(),
        write_off=write_off_form(request, payee, owed_minor=standing.receivable_minor),
        waiting=_waiting(payee, zone),
        paid=[
            {"row": row, "amount": money(row.amount_minor), "kept": money(row.set_off_minor)}
            for row in Payout.objects.filter(payee=payee).select_related("run").order_by("-pk")[:PAYOUTS_SHOWN]
        ],
        most=ORDERS_SHOWN,
    )


def download(request: HttpRequest, what: str) -> HttpResponse:
    """Hand over a payee's statement, or a yearly report: of one payee, or of all of one's own."""
    period, form = request.GET.get("period", ""), request.GET.get("format", "csv")
    if form not in ("csv", "xlsx"):
        raise Http404("There is no such format.")
    try:
        if what == "statement":
            payee = seen_payee_or_404(request, request.GET.get("payee", ""))
            zone = zone_of(payee)
            name = f"statement-{payee.pk}-{period}"
            statement = statement_of(
                payee=payee, currency=payee.currency, period=period_of(name=period, zone=zone), zone=zone
            )
            data = statement_csv(statement=statement) if form == "csv" else statement_xlsx(statement=statement)
        else:
            if not scope_of(request).may_anywhere(Work.MONEY):
                raise PermissionDenied  # what an order's other payees were paid is nothing for a partner
            year = period[:4]
            payees = (
                [payee_or_404(request, request.GET["payee"])] if request.GET.get("payee") else list(own_payees(request))
            )
            reports = [
                yearly_report(payee=payee, year=year, currency=payee.currency, zone=zone_of(payee)) for payee in payees
            ]
            name = f"yearly-report-{year}"
            data = report_csv(reports=reports) if form == "csv" else report_xlsx(reports=reports)
    except ShopError as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(reverse("admin:drops_payout_changelist"))
    answer = HttpResponse(data, content_type=CSV_TYPE if form == "csv" else XLSX_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def _waiting(payee: Payee, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return the orders whose part is not released, the oldest first: how much, from when on, and why not yet."""
    mine = Entry.objects.filter(payee=payee, account__in=[Account.ACCRUED, Account.POSTAGE])
    orders = Order.objects.filter(released_at=None, ref__in=mine.values("transaction__order_ref")).order_by("pk")
    shown = list(with_release_facts(orders)[:ORDERS_SHOWN])
    amounts: dict[str, int] = {}
    entries = mine.filter(transaction__order_ref__in=[order.ref for order in shown])
    for ref, amount in entries.values_list("transaction__order_ref", "amount_minor"):
        amounts[ref] = amounts.get(ref, 0) - amount
    now, found = database_now(), []
    for order in shown:
        verdict = verdict_on(order=order, now=now)
        found.append(
            {
                "order": order,
                "amount": format_minor(amounts[order.ref], order.currency),
                "due_at": verdict.due_at.astimezone(zone) if verdict.due_at else None,
                "reasons": [reason.sentence for reason in verdict.reasons],
            }
        )
    return found
