"""
Sending something of an order back, by whoever holds its page: two steps, then the order's page shows it.

The address is the capability, and no cookie is looked at, so the forms are exempt from CSRF tokens and work inside a frame
on the creator's own pages (see checkout.py). Whoever accepted a gift has another address, and no such page.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from creatorshop.doors import Knocks
from creatorshop.storefront import return_sheets
from creatorshop.storefront.follow_ons import follow_ons_of
from creatorshop.storefront.framing import allow_frames, keep_private
from creatorshop.storefront.orders import order_behind, show_order
from creatorshop.storefront.refusals import PAGE_TOO_OLD, found_or_404, too_often
from creatorshop.storefront.return_cards import returns_card
from creatorshop.storefront.return_sheets import ReturnSheet, Typed
from creatorshop.storefront.tickets import order_page
from drops.clock import database_now
from drops.errors import Invalid, Refused, ShopError
from drops.returns.handling import note_sent
from drops.returns.models import Return
from drops.returns.requesting import request_return, returnable, take_return_back
from drops.returns.steps import ReturnNotFound
from drops.sales.models import Order
from drops.sales.refunds import OrderNotRefundable, PaymentMissing

ACTOR = "shopper:order page"
_by_order = Knocks("returns_of_order")
_TOO_OFTEN = "That was changed often enough for now. Please try again in a few minutes."
_NOTHING_LEFT = "All the money of this order went back already, so there is nothing to send back."
_NOTHING_PAID = "Your payment is not settled yet, so nothing can be sent back. Please look again in a few minutes."
_TRACKING = 60


class ChangedSince(Refused):
    """The page was pressed twice, or is an old one."""

    code = "return_changed_since"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@found_or_404
def order_return(request: HttpRequest, ref: str, access: str) -> HttpResponse:
    """Ask what comes back, say what that means, and take it in. To look changes nothing."""
    order, now = order_behind(ref, access), database_now()
    if wait := _wait_of(request, order):
        return too_often(request, wait_s=wait, sentence=_TOO_OFTEN)
    typed = return_sheets.read(request.POST.dict()) if request.method == "POST" else None
    try:
        there = returnable(order_ref=order.ref)
    except (OrderNotRefundable, PaymentMissing) as refusal:
        sentence = _NOTHING_LEFT if isinstance(refusal, OrderNotRefundable) else _NOTHING_PAID
        return _show(request, order, return_sheets.sheet_of_nothing(order=order, sentence=sentence))
    if typed is None or request.POST.get("do") == "change":
        return _show(request, order, return_sheets.sheet_to_choose(order=order, there=there, typed=typed, now=now))
    try:
        return_sheets.refuse_unless_whole(there=there, typed=typed)
        if request.POST.get("do") != "confirm":
            sheet = return_sheets.sheet_to_confirm(order=order, there=there, typed=typed, now=now)
            return _show(request, order, sheet)
        _send_back(order, typed)
    except ShopError as refusal:
        again = return_sheets.sheet_to_choose(order=order, there=there, typed=typed, refusal=refusal.message, now=now)
        return _show(request, order, again, status=refusal.status)
    return keep_private(redirect(reverse("order", args=[ref, access]) + "#returns"))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@found_or_404
def order_return_step(request: HttpRequest, ref: str, access: str, return_ref: str) -> HttpResponse:
    """Note that a return was sent, or that its goods are kept after all."""
    order, now = order_behind(ref, access), database_now()
    home = keep_private(redirect(reverse("order", args=[ref, access]) + "#returns"))
    if request.method != "POST":
        return home
    if wait := _wait_of(request, order):
        return too_often(request, wait_s=wait, sentence=_TOO_OFTEN)
    tracking = " ".join(request.POST.get("tracking", "").split())[:_TRACKING]
    try:
        _go_on(order, return_ref, request.POST.get("do", ""), tracking, now)
    except ShopError as refusal:
        card = returns_card(order=order, now=now, refusal=refusal.message, typed=tracking, about=return_ref)
        page = replace(order_page(order=order, now=now), returns=card)
        return show_order(request, page, follow_ons_of(order=order, now=now), order, status=refusal.status)
    return home


def _send_back(order: Order, typed: Typed) -> None:
    """
    Write a return down, if the page still stood for what is so.

    :raises ChangedSince: if something was said about these units since, or the last day ended; nothing is written then.
    """
    # One transaction, so that nothing comes between the look and the word: the order stays locked from one to the other.
    with transaction.atomic():
        if return_sheets.stamp(returnable(order_ref=order.ref)) != typed.seen:
            raise ChangedSince("Something has changed since you looked at this. Please look at it again.")
        request_return(
            order_ref=order.ref,
            quantities=typed.quantities,
            reason=typed.kept_reason,
            note=typed.note,
            actor=ACTOR,
        )


def _go_on(order: Order, return_ref: str, deed: str, tracking: str, now: datetime) -> None:
    if not Return.objects.filter(order=order, ref=return_ref).exists():
        raise ReturnNotFound("There is no such return.")
    if deed == "sent":
        note_sent(ref=return_ref, actor=ACTOR, now=now, words=tracking)
    elif deed == "keep":
        take_return_back(ref=return_ref, actor=ACTOR, now=now)
    else:
        raise Invalid(PAGE_TOO_OLD)


def _wait_of(request: HttpRequest, order: Order) -> int:
    return _by_order.wait_of(f"order {order.ref}") if request.method == "POST" else 0


def _show(request: HttpRequest, order: Order, sheet: ReturnSheet, *, status: int = 200) -> HttpResponse:
    context = {"sheet": sheet, "head": sheet.head}
    answer = render(request, "storefront/return.html", context, status=status)
    return keep_private(allow_frames(answer, order.creator))
