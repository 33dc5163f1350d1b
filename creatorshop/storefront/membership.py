"""
A creator's membership page: what it brings, joining, and leaving again; and the personal links to early access.

To look changes nothing: a link's page has a button, because mail programs open links before people do.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from creatorshop.doors import Knocks
from creatorshop.storefront import wording
from creatorshop.storefront.framing import keep_private
from creatorshop.storefront.heads import head_of
from creatorshop.storefront.refusals import found_or_404, too_often
from creatorshop.storefront.sessions import Begun, begin_session, keep_session, shopper_of
from creatorshop.visitors import network_of_visitor
from drops.audience import memberships
from drops.audience.models import Shopper
from drops.catalog.models import Creator
from drops.catalog.queries import creator_of_slug
from drops.clock import database_now
from drops.errors import NotFound, ShopError
from drops.schedule import early

_at_the_door = Knocks("memberships")
TOO_OFTEN = "That was often. Please try again in a little while."


@require_http_methods(["GET", "HEAD", "POST"])
@found_or_404
def membership(request: HttpRequest, creator: str) -> HttpResponse:
    """
    Show the tier that can be joined, or the one that somebody has; a POST joins or leaves.

    :raises NotFound: if there is nothing to join and nothing to leave.
    """
    found, begun, refusal = creator_of_slug(creator), None, ""
    shopper = shopper_of(request, found)
    if request.method == "POST":
        if wait := _at_the_door.wait_of(network_of_visitor(request)):
            return too_often(request, wait_s=wait, sentence=TOO_OFTEN)
        if request.POST.get("do") == "leave":
            if shopper is not None:
                memberships.end(shopper=shopper, now=database_now())
        else:
            shopper, begun = _shopper(request, found, shopper)
            try:
                memberships.join(shopper=shopper, source="page", now=database_now())
            except ShopError as no:
                refusal = no.message
    mine = memberships.membership_of(shopper=shopper) if shopper else None
    tier = mine.tier if mine else memberships.open_tier(creator=found)
    if tier is None and request.method != "POST":
        raise NotFound(f"{found.name} has no membership.")
    context = {
        "head": head_of(found),
        "tier": tier,
        "membership": mine,
        "refusal": refusal,
        "has_left": request.POST.get("do") == "leave" and mine is None,
    }
    answer = keep_private(render(request, "storefront/membership.html", context))
    return _kept(answer, request, begun)


@require_http_methods(["GET", "HEAD", "POST"])
@found_or_404
def early_access(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a personal link gives, and give it to whoever presses the button, once."""
    if wait := _at_the_door.wait_of(network_of_visitor(request)):
        return too_often(request, wait_s=wait, sentence=TOO_OFTEN)
    now, begun, step, refusal = database_now(), None, "ask", ""
    try:
        link = early.link_of(token=token, now=now)
    except early.EarlyLinkSpent as no:
        return keep_private(render(request, "storefront/early_spent.html", {"refusal": no.message}, status=no.status))
    if request.method == "POST":
        shopper, begun = _shopper(request, link.creator, shopper_of(request, link.creator))
        try:
            early.use_link(token=token, shopper=shopper, now=now)
            step = "given"
        except ShopError as no:
            step, refusal = "late", no.message
    drop = link.drop
    context = {"head": head_of(link.creator), "drop": drop, "step": step, "refusal": refusal}
    if drop is not None:
        context["opens"] = f"{wording.day_and_clock(drop.opens_at, drop.zone)} {wording.zone_name(drop.zone)}"
    return _kept(keep_private(render(request, "storefront/early.html", context)), request, begun)


def _shopper(request: HttpRequest, creator: Creator, shopper: Shopper | None) -> tuple[Shopper, Begun | None]:
    if shopper is not None:
        return shopper, None
    begun = begin_session(request, creator)
    return begun.shopper, begun


def _kept(answer: HttpResponse, request: HttpRequest, begun: Begun | None) -> HttpResponse:
    if begun is not None:
        keep_session(answer, request, begun)
    return answer
