"""
Giving money of one order back: choose, see who pays how much and from where, confirm what was seen.

Two steps without a script. The second carries the hash of the plan that was shown; if the order has changed since, the
new plan is shown instead and nothing happens.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse

from creatorshop.office.brakes import LONGEST_REASON
from creatorshop.office.pages import office_page, refuse_unless_may, row_or_404
from creatorshop.office.scope import ScopedAdmin
from drops.catalog.creators import Work
from drops.errors import Invalid, ShopError
from drops.money import format_minor, minor_from_decimal
from drops.sales.models import Order, Refund
from drops.sales.refund_plans import RefundPlan
from drops.sales.refund_selections import Doing, Kind, Selection
from drops.sales.refunds import PlanChanged, preview_refund, refund, refundable_lines

SOURCES = {
    "accrued": "earned, not released yet",
    "released": "released, not paid out yet",
    "receivable": "owed, kept back from later payouts",
    "cost": "the platform’s loss",
    "postage": "postage, not released yet",
}


class BadAmount(Invalid):
    code = "bad_amount"


def refund_page(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    """Let an owner choose what goes back, show the plan, and carry it out when it is confirmed with its hash."""
    order: Order = row_or_404(admin, request, object_id)
    back = reverse("admin:drops_order_change", args=[order.pk])
    if refuse_unless_may(request, Work.MONEY, order.creator_id):
        return HttpResponseRedirect(back)
    plan = None
    try:
        lines = refundable_lines(order_ref=order.ref)
    except ShopError as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(back)
    if request.method == "POST":
        try:
            selection = selection_of(request.POST, order.currency)
            if request.POST.get("plan"):
                done = refund(
                    order_ref=order.ref,
                    plan_hash=request.POST["plan"],
                    selection=selection,
                    actor=f"office:{request.user}",
                    reason=request.POST.get("reason", ""),
                )
                amount = format_minor(done.amount_minor, order.currency)
                messages.success(request, f"{order}: {amount} {'went' if done.sent_at else 'goes'} back.")
                return HttpResponseRedirect(back)
            plan = preview_refund(order_ref=order.ref, selection=selection)
        except PlanChanged as refusal:
            messages.warning(request, refusal.message)
            plan = _anew(request, order, selection)
        except ShopError as refusal:
            messages.error(request, refusal.message)
    return office_page(
        request,
        admin,
        "admin/office/refund.html",
        title="Refund",
        order=order,
        back=back,
        lines=[line | {"left": format_minor(line["left_minor"], order.currency)} for line in lines],
        left=format_minor(sum(line["left_minor"] for line in lines), order.currency),
        chosen=request.POST,
        kept=[(name, value) for name, value in request.POST.items() if name not in _OWN],
        plan=shown_plan(plan, order.currency) if plan else None,
        reason=request.POST.get("reason", ""),
        longest_reason=LONGEST_REASON,
    )


_OWN = ("csrfmiddlewaretoken", "plan", "reason")


def selection_of(form: QueryDict, currency: str) -> Selection:
    """
    Return what was chosen in the form.

    :raises BadAmount: if what was typed is no amount, or no number of units.
    """
    try:
        kind = Kind(form.get("kind", Kind.WHOLE))
        doing = Doing(form.get("doing", Doing.SHOP))
        typed = {name.removeprefix("line-"): str(form[name]) for name in form if name.startswith("line-")}
        quantities = tuple((int(row), int(units)) for row, units in sorted(typed.items()) if int(units or 0))
        amount = minor_from_decimal(Decimal(form.get("amount", "").strip().replace(",", ".") or "0"), currency)
    except (ValueError, InvalidOperation, OverflowError):
        raise BadAmount("Please write amounts like 12.40 and units as whole numbers.") from None
    return Selection(
        kind=kind,
        quantities=quantities if kind == Kind.LINES else (),
        with_delivery=kind == Kind.LINES and "with_delivery" in form,
        amount_minor=amount if kind == Kind.AMOUNT else 0,
        doing=doing,
    )


def shown_plan(plan: RefundPlan, currency: str) -> dict[str, Any]:
    """Return a plan in words and amounts: what the shopper gets, who pays how much and from where, what stays."""
    data = plan.data

    def written(amount: int) -> str:
        return format_minor(amount, currency)

    payees = [
        {
            "name": payee["name"] or payee["role"],
            "amount": written(payee["amount_minor"]),
            "sources": [f"{written(part)} {SOURCES[source]}" for source, part in payee["from"].items()],
        }
        for payee in data["payees"]
    ]
    if data["postage_minor"]:
        sources = [f"{written(part)} {SOURCES[source]}" for source, part in data["postage_from"].items()]
        payees.append({"name": "Postage", "amount": written(data["postage_minor"]), "sources": sources})
    payees += [
        {
            "name": f"Tax {tax['country']} {tax['rate_bp'] / 100:g} %",
            "amount": written(tax["amount_minor"]),
            "sources": [],
        }
        for tax in data["tax"]
    ]
    if data["duties_minor"]:
        payees.append({"name": "Duties", "amount": written(data["duties_minor"]), "sources": []})
    stays = [f"{written(data['left_minor'])} of the order"]
    if data["provider_keeps_minor"]:
        stays.append(f"{written(data['provider_keeps_minor'])} with the payment provider, at the platform’s cost")
    if data["partner_keeps_minor"]:
        stays.append(f"{written(data['partner_keeps_minor'])} with the partner who handed over, borne by the creators")
    return {
        "hash": plan.hash,
        "amount": written(plan.amount_minor),
        "lines": [
            {"label": line["label"], "quantity": line["quantity"], "amount": written(line["amount_minor"])}
            for line in data["lines"]
        ],
        "payees": payees,
        "stays": stays,
        "units_back": data["units_back"],
        "units_kept": data["units_asked"] - data["units_back"],
    }


def refunds_of(order: Order) -> list[dict[str, Any]]:
    """Return an order's refunds with their amounts, oldest first."""
    rows = Refund.objects.filter(order=order).order_by("number")
    return [
        {"row": row, "amount": format_minor(row.amount_minor, order.currency), "by": row.actor.removeprefix("office:")}
        for row in rows
    ]


def _anew(request: HttpRequest, order: Order, selection: Selection) -> RefundPlan | None:
    """Return the plan as it would be by now, to be looked at again."""
    try:
        return preview_refund(order_ref=order.ref, selection=selection)
    except ShopError as refusal:
        messages.error(request, refusal.message)
        return None
