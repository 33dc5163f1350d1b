"""
Refunds that came back from the shopper's bank: what happened, and the two things that can be done about each.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from creatorshop.office.pages import office_page
from creatorshop.office.scope import Scope, ScopedAdmin, scope_of
from drops.catalog.creators import Work
from drops.errors import ShopError
from drops.money import format_minor
from drops.sales.models import Refund, RefundState
from drops.sales.refund_failures import pay_by_hand
from drops.sales.refunds import send_again

LONGEST_WAY = 40


def failed_refunds(scope: Scope) -> QuerySet[Refund]:
    """Return the refunds that came back and that somebody with this scope can see to."""
    rows = Refund.objects.filter(state=RefundState.FAILED)
    if scope.is_all:
        return rows
    return rows.filter(payment__hold__drop_sku__drop__creator_id__in=scope.creator_ids(Work.MONEY))


def failed_refunds_page(request: HttpRequest, admin: ScopedAdmin) -> HttpResponse:
    """List what came back; a POST sends one of them again, or writes down how it was paid instead. For those who keep books."""
    scope = scope_of(request)
    if not scope.may_anywhere(Work.MONEY):
        raise PermissionDenied
    if request.method == "POST":
        _see_to(request, scope)
        return HttpResponseRedirect(reverse("admin:office_failed_refunds"))
    rows = failed_refunds(scope).select_related("payment__hold__drop_sku__drop__creator", "order")
    return office_page(
        request,
        admin,
        "admin/office/failed_refunds.html",
        title="Refunds that came back",
        refunds=[_shown(refund) for refund in rows.order_by("failed_at", "pk")[:200]],
        longest_way=LONGEST_WAY,
    )


def _shown(refund: Refund) -> dict[str, Any]:
    payment = refund.payment
    return {
        "row": refund,
        "amount": format_minor(refund.amount_minor, payment.currency),
        "payment": payment,
        "drop": payment.hold.drop_sku.drop,
    }


def _see_to(request: HttpRequest, scope: Scope) -> None:
    asked = request.POST.get("refund", "")[:18]
    theirs = failed_refunds(scope).select_related("payment")
    refund = theirs.filter(pk=int(asked) if asked.isdecimal() else 0).first()
    if refund is None:
        messages.error(request, "Somebody has seen to this refund already.")
        return
    amount = format_minor(refund.amount_minor, refund.payment.currency)
    try:
        if request.POST.get("deed") == "by_hand":
            way = request.POST.get("way", "")[:LONGEST_WAY]
            pay_by_hand(refund_id=refund.pk, way=way, actor=str(request.user))
            messages.success(request, f"{amount}: written down as paid by you.")
        else:
            sent = send_again(refund_id=refund.pk)
            messages.success(request, f"{amount} {'went' if sent.sent_at else 'goes'} back once more.")
    except ShopError as refusal:
        messages.error(request, refusal.message)
