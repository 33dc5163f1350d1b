"""
A refund that came back: send it once more, or say by which other way it was paid. For owners, on the refund's page.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from creatorshop.office.pages import refuse_unless_may, row_or_404
from creatorshop.office.scope import ScopedAdmin, scope_of
from drops.catalog.creators import Work
from drops.errors import Invalid, ShopError
from drops.money import format_minor
from drops.sales.failed_refunds import pay_by_hand, send_again
from drops.sales.models import Refund, RefundState

LONGEST_WAY = 80


class UnknownDeed(Invalid):
    code = "invalid"


def came_back_card(request: HttpRequest, refund: Refund) -> dict[str, Any] | None:
    """Return what the card above a refund that came back says; None for any other refund."""
    if refund.state != RefundState.FAILED:
        return None
    hold = refund.payment.hold
    return {
        "amount": format_minor(refund.amount_minor, refund.payment.currency),
        "name": refund.payment.name,
        "email": refund.payment.email,
        "order": refund.order,
        "failure": refund.failure,
        "times": refund.failures,
        "may_decide": scope_of(request).may(Work.MONEY, hold.shopper.creator_id),
        "url": reverse("admin:office_came_back", args=[refund.pk]),
        "longest_way": LONGEST_WAY,
    }


def decide(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    """Do what was chosen for a refund that came back, and lead back to it."""
    refund: Refund = row_or_404(admin, request, object_id)
    back = HttpResponseRedirect(reverse("admin:drops_refund_change", args=[refund.pk]))
    if refuse_unless_may(request, Work.MONEY, refund.payment.hold.shopper.creator_id):
        return back
    amount = format_minor(refund.amount_minor, refund.payment.currency)
    try:
        match request.POST.get("deed"):
            case "again":
                done = send_again(refund_id=refund.pk)
                said = (
                    "was sent again"
                    if done.state == RefundState.SENT
                    else "is sent again as soon as the provider answers"
                )
                messages.success(request, f"{amount} {said}.")
            case "by_hand":
                pay_by_hand(refund_id=refund.pk, how=request.POST.get("how", ""))
                messages.success(request, f"{amount} counts as paid. The provider keeps that much for the platform.")
            case _:
                raise UnknownDeed("This page is too old. Please load it again.")
    except ShopError as refusal:
        messages.error(request, refusal.message)
    return back
