"""
The brake for one: end one hold. For owners, with a reason, after the numbers were seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format

from creatorshop.office.brakes import LONGEST_REASON
from creatorshop.office.pages import office_page, refuse_unless_may, row_or_404
from creatorshop.office.scope import ScopedAdmin
from drops.catalog.creators import Work
from drops.errors import ShopError
from drops.sales.revoking import revoke_hold
from drops.stock.models import Hold, HoldState

REVOKE = (
    "The hold ends at once and its units are free again. A payment on its way is cancelled; money that comes anyway goes"
    " back."
)


def revoke_page(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    """Show what ending a hold would do, and do it when it is confirmed with a reason."""
    hold: Hold = row_or_404(admin, request, object_id)

    def revoke(reason: str, actor: str) -> str:
        closed = revoke_hold(hold_ref=hold.ref, actor=actor, reason=reason)
        if closed.state == HoldState.REVOKED:
            return f"{hold} has ended."
        return f"{hold} is {closed.get_state_display().lower()}; nothing was changed."

    return _confirmed(
        request,
        admin,
        creator_id=hold.drop_sku.drop.creator_id,
        deed=revoke,
        back=reverse("admin:drops_hold_change", args=[hold.pk]),
        label="End the hold",
        subject=f"{hold.drop_sku.sku}, {hold.shopper}",
        warning=REVOKE,
        numbers=[
            ("Units", str(hold.quantity)),
            ("State", hold.get_state_display()),
            ("Ends by itself", date_format(hold.expires_at.astimezone(hold.drop_sku.drop.zone), "TIME_FORMAT")),
        ],
    )


def _confirmed(
    request: HttpRequest,
    admin: ScopedAdmin,
    *,
    creator_id: int,
    deed: Callable[[str, str], str],
    back: str,
    label: str,
    **shown: Any,
) -> HttpResponse:
    if refuse_unless_may(request, Work.MONEY, creator_id):
        return HttpResponseRedirect(back)
    if request.method == "POST":
        try:
            messages.success(request, deed(request.POST.get("reason", ""), f"office:{request.user}"))
            return HttpResponseRedirect(back)
        except ShopError as refusal:
            messages.error(request, refusal.message)
    return office_page(
        request,
        admin,
        "admin/office/brake.html",
        title=label,
        label=label,
        action=request.path,
        back=back,
        longest_reason=LONGEST_REASON,
        **shown,
    )
