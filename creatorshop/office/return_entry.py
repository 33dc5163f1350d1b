"""
Returns on an order's page, and writing one down for a buyer who asked by mail.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from creatorshop.office.pages import office_page, refuse_unless_may, row_or_404
from creatorshop.office.scope import ScopedAdmin
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.errors import Invalid, ShopError
from drops.returns.models import Return, ReturnReason
from drops.returns.requesting import LONGEST_NOTE, request_return, returnable
from drops.sales.models import Order


class UnitsUnreadable(Invalid):
    code = "return_units_unreadable"


class DayImpossible(Invalid):
    code = "return_day_impossible"


def returns_of(order: Order) -> list[dict[str, Any]]:
    """Return an order's returns, oldest first, each with what comes back and where its page is."""
    rows = Return.objects.filter(order=order).prefetch_related("lines").order_by("created_at", "pk")
    return [
        {
            "row": row,
            "what": ", ".join(row.what),
            "url": reverse("admin:drops_return_change", args=[row.pk]),
        }
        for row in rows
    ]


def enter_return_page(request: HttpRequest, admin: ScopedAdmin, object_id: str) -> HttpResponse:
    """Ask what of an order comes back and why, and write it down as if its buyer had."""
    order: Order = row_or_404(admin, request, object_id)
    back = reverse("admin:drops_order_change", args=[order.pk])
    if refuse_unless_may(request, Work.ORDERS, order.creator_id):
        return HttpResponseRedirect(back)
    said = ""
    if request.method == "POST":
        try:
            returned = _entered(request, order)
        except ShopError as refusal:
            said = refusal.message
            messages.error(request, said)
        else:
            then = "It may come back." if returned.is_withdrawal else "It waits for your answer."
            messages.success(request, f"{returned} is written down. {then}")
            return HttpResponseRedirect(reverse("admin:drops_return_change", args=[returned.pk]))
    try:
        there = returnable(order_ref=order.ref)
    except ShopError as refusal:
        if refusal.message != said:
            messages.error(request, refusal.message)
        return HttpResponseRedirect(back)
    # One unit alone can only be meant itself.
    first = "1" if sum(line.quantity for line in there.lines) == 1 else "0"
    return office_page(
        request,
        admin,
        "admin/office/enter_return.html",
        title=f"A return of {order}",
        order=order,
        there=there,
        day=request.POST.get("day", there.now.astimezone(ZoneInfo(order.creator.time_zone)).date().isoformat()),
        lines=[(line, request.POST.get(f"line-{line.row}", first)) for line in there.lines],
        is_any_free=any(line.has_right for line in there.lines),
        reasons=ReturnReason.choices,
        chosen=request.POST.get("reason", ""),
        note=request.POST.get("note", ""),
        longest_note=LONGEST_NOTE,
        back=back,
    )


def _entered(request: HttpRequest, order: Order) -> Return:
    form = request.POST
    try:
        typed = {name.removeprefix("line-"): str(form[name]) for name in form if name.startswith("line-")}
        quantities = {int(row): int(units or 0) for row, units in typed.items()}
    except ValueError:
        raise UnitsUnreadable("Please write units as whole numbers.") from None
    return request_return(
        order_ref=order.ref,
        quantities=quantities,
        reason=form.get("reason", ""),
        note=form.get("note", ""),
        actor=f"office:{request.user}",
        declared_at=_declared_at(form.get("day", ""), order),
    )


def _declared_at(typed: str, order: Order) -> datetime | None:
    """
    Return the end of the day on which they wrote, as the last day counts to its end; None for today.

    :raises DayImpossible: if that is no day, is to come, or was before they bought.
    """
    zone = ZoneInfo(order.creator.time_zone)
    today = database_now().astimezone(zone).date()
    try:
        day = date.fromisoformat(typed) if typed else today
    except ValueError:
        raise DayImpossible("Please write the day on which they wrote to you, like 2026-11-27.") from None
    if not order.paid_at.astimezone(zone).date() <= day <= today:
        raise DayImpossible("They wrote on a day between the purchase and today.")
    return None if day == today else datetime.combine(day, time(23, 59), tzinfo=zone)
