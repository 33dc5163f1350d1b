"""
The page of a gift, at an address that its giver passes on. To look accepts nothing; the form does, once.

The giver knows that address too, so whoever accepts is led to one of their own, and the first one then only says that it
was accepted. The browser that accepted is led on from there, by a cookie that no other page of ours is sent.
"""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from creatorshop.doors import Knocks
from creatorshop.storefront import wording
from creatorshop.storefront.framing import keep_private
from creatorshop.storefront.gift_links import gift_link
from creatorshop.storefront.gift_sheets import ADDRESS, GiftSheet, gift_that_is_over, gift_to_accept, own_gift
from creatorshop.storefront.passes import calendar_of
from creatorshop.storefront.refusals import found_or_404, too_often
from creatorshop.visitors import network_of_visitor
from drops.clock import database_now
from drops.errors import ShopError
from drops.sales import gifts
from drops.sales.delivery import Recipient
from drops.sales.gift_models import GiftClaim
from drops.sales.orders import OrderNotFound
from pickups.queries import pass_of_whoever_collects

_SALT = "creatorshop.storefront.gifts"
_LASTS = timedelta(days=60)
_by_network = Knocks("gifts")
TOO_OFTEN = "That was tried often enough for now. Please try again in a minute."


# The address is the capability, and no authority comes with a cookie: see checkout.py.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@found_or_404
def gift(request: HttpRequest, token: str) -> HttpResponse:
    """Show a gift, or accept it for whoever says their name."""
    wait = _by_network.wait_of(f"network {network_of_visitor(request)}")
    if wait:
        return too_often(request, wait_s=wait, sentence=TOO_OFTEN)
    try:
        mine = gifts.gift_of_recipient(token=token)
    except gifts.GiftUnknown:
        found = gifts.gift_by_link(token=token)
    else:
        return _page(request, own_gift(gift=mine, token=token, url=gift_link(token)))
    if request.method == "POST":
        return _accept(request, found, token)
    return _look(request, found, token)


@require_safe
@found_or_404
def gift_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Hand out an accepted gift's pickup as a calendar entry."""
    order = gifts.gift_of_recipient(token=token).order
    proof = pass_of_whoever_collects(order=order)
    if proof is None:
        raise OrderNotFound("This gift has no pickup pass.")
    body = calendar_of(order=order, proof=proof, now=database_now(), url=gift_link(token))
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="pickup-{order.ref}.ics"'
    return keep_private(response)


def _look(request: HttpRequest, found: GiftClaim, token: str) -> HttpResponse:
    now = database_now()
    try:
        gifts.refuse_unless_open(gift=found, now=now)
    except gifts.GiftTaken:
        own = request.get_signed_cookie(_cookie(found), default="", salt=_SALT, max_age=int(_LASTS.total_seconds()))
        return keep_private(redirect("gift", token=own)) if own else _taken(request, found, token)
    except gifts.GiftOver as refusal:
        return _over(request, found, token, refusal)
    return _page(request, gift_to_accept(gift=found, url=gift_link(token), now=now, values={}))


def _accept(request: HttpRequest, found: GiftClaim, token: str) -> HttpResponse:
    values = {part: request.POST.get(part, "").strip()[:200] for part in ("name", "slot", *ADDRESS)}
    address = {part: values[part] for part in ADDRESS}
    if found.order.delivery_method != "pickup":
        address["country"] = str(found.order.terms.get("destination", {}).get("country", ""))
    now = database_now()
    try:
        to = Recipient(name=values["name"], option=values["slot"], address=address)
        done, own = gifts.claim(token=token, to=to, now=now)
    except gifts.GiftTaken:
        return _taken(request, gifts.gift_by_link(token=token), token)
    except gifts.GiftOver as refusal:
        return _over(request, found, token, refusal)
    except ShopError as refusal:
        sheet = gift_to_accept(gift=found, url=gift_link(token), now=now, values=values, refusal=refusal.message)
        return _page(request, sheet, refusal.status)
    response = redirect("gift", token=own)
    response.set_signed_cookie(
        _cookie(done),
        own,
        salt=_SALT,
        max_age=int(_LASTS.total_seconds()),
        path=reverse("gift", args=[token]),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return keep_private(response)


def _taken(request: HttpRequest, found: GiftClaim, token: str) -> HttpResponse:
    day = wording.day(found.claimed_at.astimezone(found.order.drop.zone).date()) if found.claimed_at else ""
    sentence = f"It was accepted on {day}. Whoever accepted it has a page of their own, with an address of its own."
    return _page(request, gift_that_is_over(gift=found, step="taken", sentence=sentence, url=gift_link(token)), 409)


def _over(request: HttpRequest, found: GiftClaim, token: str, refusal: ShopError) -> HttpResponse:
    sheet = gift_that_is_over(gift=found, step="over", sentence=refusal.message, url=gift_link(token))
    return _page(request, sheet, 410)


def _page(request: HttpRequest, sheet: GiftSheet, status: int = 200) -> HttpResponse:
    context = {"sheet": sheet, "head": sheet.head, "preview": sheet.preview}
    return keep_private(render(request, "storefront/gift.html", context, status=status))


def _cookie(found: GiftClaim) -> str:
    return f"gift-{found.pk}"
