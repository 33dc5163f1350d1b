"""
What the giver of an order does on its page. The address is the capability, and no cookie is looked at, so the form is
exempt from CSRF tokens and works inside a frame on the creator's own pages (see checkout.py).
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from creatorshop.doors import Knocks
from creatorshop.storefront.follow_ons import follow_ons_of
from creatorshop.storefront.framing import keep_private
from creatorshop.storefront.gift_links import gift_link
from creatorshop.storefront.orders import order_behind, show_order
from creatorshop.storefront.refusals import found_or_404
from creatorshop.storefront.tickets import order_page
from drops.clock import database_now
from drops.errors import ShopError
from drops.sales import gifts

_by_order = Knocks("gifts_of_order")
TOO_OFTEN = "That was changed often enough for now. Please try again in a few minutes."


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@found_or_404
def order_gift(request: HttpRequest, ref: str, access: str) -> HttpResponse:
    """Make a gift of an order, give it another link or take it back. The link is in this answer and in no other."""
    order = order_behind(ref, access)
    if request.method != "POST":
        return keep_private(redirect(reverse("order", args=[ref, access]) + "#gift"))
    now, link, refusal, status = database_now(), "", "", 200
    typed = request.POST.get("message", "")
    wait = _by_order.wait_of(f"order {order.ref}")
    try:
        if wait:
            refusal, status = TOO_OFTEN, 429
        elif request.POST.get("do") == "revoke":
            gifts.revoke(order=order, now=now)
        elif request.POST.get("do") == "link":
            link = gift_link(gifts.new_link(order=order, now=now)[1])
        else:
            link = gift_link(gifts.give(order=order, message=typed, now=now)[1])
    except ShopError as no:
        refusal, status = no.message, no.status
    page = order_page(order=order, now=now, link=link, refusal=refusal, typed=typed if refusal else "")
    response = show_order(request, page, follow_ons_of(order=order, now=now), order, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response
