"""
The product page, holding a unit from it, and waiting for one.

The choices are a plain GET form, so every wish has an address. Accepting the price is a POST that carries its hash.
"""

from __future__ import annotations

from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from creatorshop.storefront.notes import Note, note_of
from creatorshop.storefront.packing import packed_page
from creatorshop.storefront.products import Wish, product_page
from creatorshop.storefront.queries import drop_of_product
from creatorshop.storefront.references import path_of_product
from creatorshop.storefront.refusals import found_or_404
from creatorshop.storefront.sessions import begin_session, keep_session, shopper_of
from creatorshop.storefront.shown import shown_at
from creatorshop.visitors import origin_traits
from drops.audience.memberships import open_tier
from drops.audience.models import Shopper
from drops.catalog.models import Product
from drops.catalog.queries import creator_of_slug, product_of_handle
from drops.clock import database_now
from drops.errors import ShopError
from drops.reminders.push import push_key
from drops.risk.models import Trait
from drops.sales.assessing import note_traits
from drops.sales.delivery import Destination
from drops.sales.extras import MOST_BESIDE
from drops.sales.holding import place_hold
from drops.sales.quotes import Approach, SkuNotInDrop, make_quote
from drops.sales.refusals import AlreadyHolding, QuoteChanged
from drops.sales.waiting import AlreadyWaiting, join_waitlist, leave_waitlist
from drops.schedule import early
from drops.schedule.models import Drop
from drops.stock.models import Hold

KEY_LENGTH = 120


@require_http_methods(["GET", "HEAD", "POST"])
@packed_page
@found_or_404
def product(request: HttpRequest, creator: str, handle: str) -> HttpResponse:
    """Show a product, or hold a unit of it at the price that was shown."""
    found = product_of_handle(creator=creator_of_slug(creator), handle=handle)
    if request.method != "POST":
        return _page(request, found, _wish(request.GET), shopper_of(request, found.creator))
    wish = _wish(request.POST)
    shopper, begun = shopper_of(request, found.creator), None
    if shopper is None:
        begun = begin_session(request, found.creator)
        shopper = begun.shopper
    try:
        seen = origin_traits(request) | ({Trait.DEVICE: begun.device} if begun else {})
        note_traits(shopper=shopper, seen=seen, at=database_now())
        hold = _hold(shopper, found, wish, request.POST.get("hash", ""), request.POST.get("shown", ""))
        response: HttpResponse = redirect(_checkout(hold.ref))
    except AlreadyHolding as refusal:
        held = Hold.objects.get(ref=refusal.facts["hold"])
        if held.quote_hash == request.POST.get("hash"):
            # The same form sent twice: the first one was heard.
            return redirect(_checkout(held.ref))
        note = Note(refusal.message, "It is kept for you until its time ends.", _checkout(held.ref), "Go to your hold")
        response = _page(request, found, wish, shopper, note, refusal.status)
    except ShopError as refusal:
        response = _refused(request, found, wish, shopper, refusal)
    if begun is not None:
        keep_session(response, request, begun)
    return response


@require_POST
@found_or_404
def line(request: HttpRequest, creator: str, handle: str) -> HttpResponse:
    """Join the line for a product that is gone, or leave it."""
    found = product_of_handle(creator=creator_of_slug(creator), handle=handle)
    wish = _wish(request.POST)
    shopper, begun = shopper_of(request, found.creator), None
    if shopper is None:
        begun = begin_session(request, found.creator)
        shopper = begun.shopper
    query = {"sku": wish.sku_code, "quantity": wish.quantity, "delivery": wish.delivery}
    here = f"{reverse('product', args=[creator, handle])}?{urlencode(query)}#line"
    try:
        if request.POST.get("do") == "leave":
            leave_waitlist(ref=request.POST.get("entry", ""), shopper=shopper)
        else:
            _join(shopper, found, wish, request.POST.get("key", "")[:KEY_LENGTH])
        response: HttpResponse = redirect(here)
    except AlreadyWaiting:
        # Their place is on the page already.
        response = redirect(here)
    except ShopError as refusal:
        response = _refused(request, found, wish, shopper, refusal)
    if begun is not None:
        keep_session(response, request, begun)
    return response


def _join(shopper: Shopper, found: Product, wish: Wish, key: str) -> None:
    drop = drop_of_product(product=found, now=database_now())
    if drop is None:
        raise SkuNotInDrop(f"{found.title} is not in a drop right now.")
    method, _, option = wish.delivery.partition(":")
    join_waitlist(
        shopper=shopper,
        drop=drop,
        sku_code=wish.sku_code,
        quantity=wish.quantity,
        destination=wish.destination,
        method=method,
        option=option,
        idempotency_key=key,
    )


def _refused(request: HttpRequest, found: Product, wish: Wish, shopper: Shopper, refusal: ShopError) -> HttpResponse:
    note = note_of(refusal, zone=ZoneInfo(found.creator.time_zone))
    return _page(request, found, wish, shopper, note, refusal.status)


def _hold(shopper: Shopper, found: Product, wish: Wish, accepted_hash: str, shown: str) -> Hold:
    drop = drop_of_product(product=found, now=database_now())
    if drop is None:
        raise SkuNotInDrop(f"{found.title} is not in a drop right now.")
    method, _, option = wish.delivery.partition(":")
    quote = make_quote(
        shopper=shopper,
        drop=drop,
        sku_code=wish.sku_code,
        quantity=wish.quantity,
        destination=wish.destination,
        method=method,
        option=option,
        approach=Approach(shown_at=shown_at(shown)),
        extras=wish.extras,
    )
    if quote.hash != accepted_hash:
        raise QuoteChanged("The price or the delivery changed while you looked. Please check the new total.")
    # The quote was made for this very request, so its ref is as good a key as any.
    return place_hold(shopper=shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=quote.ref)


def _page(
    request: HttpRequest,
    found: Product,
    wish: Wish,
    shopper: Shopper | None,
    note: Note | None = None,
    status: int = 200,
) -> HttpResponse:
    page = product_page(product=found, wish=wish, shopper=shopper, now=database_now())
    context = {
        "page": page,
        "head": page.head,
        "notice": page.notice,
        "drop_ref": page.drop_ref,
        "drop_zone": page.zone,
        "note": note,
        "canonical": path_of_product(found),
        "preview": page.preview,
        "structured": page.structured,
        "push_key": push_key() if page.notice.kind == "scheduled" else "",
    }
    if page.notice.is_members_first:
        context |= _who_is_first(found, page.drop_ref, shopper)
    return render(request, "storefront/product.html", context, status=status)


def _who_is_first(found: Product, drop_ref: str, shopper: Shopper | None) -> dict[str, object]:
    """Say whether this visitor may hold while members are first, and what they could join."""
    drop = Drop.objects.get(ref=drop_ref)
    if shopper is not None and early.is_entitled(shopper=shopper, drop=drop):
        return {"is_entitled": True}
    tier = open_tier(creator=found.creator)
    return {"tier_name": tier.name if tier else ""}


def _wish(given: QueryDict) -> Wish:
    quantity = given.get("quantity", "1")
    named = [given.get("packaging", ""), *given.getlist("extra")]
    return Wish(
        sku_code=given.get("sku", "")[:80],
        quantity=int(quantity) if quantity.isascii() and quantity.isdigit() and len(quantity) < 4 else 1,
        destination=Destination(
            country=given.get("country", "").strip().upper()[:2], postcode=given.get("postcode", "").strip()[:16]
        ),
        delivery=given.get("delivery", "")[:120],
        extras=tuple(dict.fromkeys(ref[:80] for ref in named if ref))[:MOST_BESIDE],
    )


def _checkout(hold_ref: str) -> str:
    return reverse("checkout", args=[hold_ref])
