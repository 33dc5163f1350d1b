"""
The money of a return: the plan of its refund, confirmed with its hash, on the same card as any other refund.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from creatorshop.office.brakes import LONGEST_REASON
from creatorshop.office.pages import office_page, refuse_unless_may, row_or_404
from creatorshop.office.refunding import shown_plan
from creatorshop.office.scope import ScopedAdmin
from drops.catalog.creators import Work
from drops.errors import ShopError
from drops.money import format_minor
from drops.returns.models import Return
from drops.returns.refunding import preview_return_refund, refund_return
from drops.sales.refunds import PlanChanged


def return_refund_page(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    """Show what the refund of a return would do, and do exactly that when it is confirmed."""
    returned: Return = row_or_404(admin, request, object_id)
    back = HttpResponseRedirect(reverse("admin:drops_return_change", args=[returned.pk]))
    if refuse_unless_may(request, Work.MONEY, returned.order.creator_id):
        return back
    said = ""
    if request.method == "POST":
        try:
            messages.success(request, _sent(request, returned))
            return back
        except PlanChanged as refusal:
            messages.warning(request, refusal.message)
        except ShopError as refusal:
            said = refusal.message
            messages.error(request, said)
    try:
        plan = preview_return_refund(ref=returned.ref)
    except ShopError as refusal:
        if refusal.message != said:
            messages.error(request, refusal.message)
        return back
    return office_page(
        request,
        admin,
        "admin/office/return_refund.html",
        title=f"Refund of {returned}",
        returned=returned,
        order=returned.order,
        plan=shown_plan(plan, returned.order.currency),
        reason=request.POST.get("reason", str(returned)),
        longest_reason=LONGEST_REASON,
        back=back.url,
    )


def _sent(request: HttpRequest, returned: Return) -> str:
    done = refund_return(
        ref=returned.ref,
        plan_hash=request.POST.get("plan", ""),
        actor=f"office:{request.user}",
        reason=request.POST.get("reason", ""),
    )
    returned.refresh_from_db()
    amount = format_minor(done.amount_minor, returned.order.currency)
    then = "It is still open until the goods were looked at." if returned.is_open else "It is closed."
    return f"{returned}: {amount} {'went' if done.sent_at else 'goes'} back. {then}"
