"""
What the buyer of an order says on its page: that it arrived, and how it is. Plain forms, and the chat's own services.

As everywhere on this page the address is the capability, and no cookie is looked at: nobody else's form can be sent here
without knowing it, so the forms carry no token and work inside a frame on the creator's own pages (see checkout.py).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from creatorshop.doors import Knocks
from creatorshop.storefront.follow_ons import follow_ons_of
from creatorshop.storefront.framing import keep_private
from creatorshop.storefront.orders import order_behind, show_order
from creatorshop.storefront.refusals import PAGE_TOO_OLD, found_or_404
from creatorshop.storefront.tickets import order_page
from drops.clock import database_now
from drops.errors import Invalid, Refused, ShopError
from drops.sales import ratings
from drops.sales.gifts import is_with_somebody_else
from drops.sales.models import Order
from fulfillment.parcels import note_arrival_of_order

SOURCE = "order"
_by_order = Knocks("received")


class WithSomebodyElse(Refused):
    """It was given away, and whoever accepted it has it."""

    code = "already_given"


class SaidTooOften(Refused):
    """It was said often enough; the facts say in how many seconds to come back."""

    status = 429
    code = "said_too_often"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@found_or_404
def order_received(request: HttpRequest, ref: str, access: str) -> HttpResponse:
    """Note that an order arrived, or how it is, and lead back to its page."""
    order, now = order_behind(ref, access), database_now()
    if request.method == "POST":
        try:
            _say(request, order, now)
        except ShopError as refusal:
            page = order_page(order=order, now=now)
            page = replace(page, received=replace(page.received, refusal=refusal.message))
            answer = show_order(request, page, follow_ons_of(order=order, now=now), order, status=refusal.status)
            if "wait_s" in refusal.facts:
                answer["Retry-After"] = str(refusal.facts["wait_s"])
            return answer
    return keep_private(redirect(reverse("order", args=[ref, access]) + "#received"))


def _say(request: HttpRequest, order: Order, now: datetime) -> None:
    wait_s = _by_order.wait_of(f"order {order.ref}")
    if wait_s:
        raise SaidTooOften("That was changed often enough for now. Please try again in a few minutes.", wait_s=wait_s)
    if is_with_somebody_else(order=order):
        raise WithSomebodyElse("Whoever accepted the gift has it now.")
    if request.POST.get("do") == "arrived":
        note_arrival_of_order(order_id=order.pk, now=now)
    elif request.POST.get("score", "").isdecimal():
        score = int(request.POST["score"][:9])
        ratings.rate(shopper_id=order.shopper_id, order_ref=order.ref, score=score, source=SOURCE, now=now)
    else:
        raise Invalid(PAGE_TOO_OLD)
