"""
What may follow a purchase, on the order's page: early access, the creator's letter, membership. Plain forms, none filled in
for anybody but with the order's own address.

As on the checkout sheet the address of the page is the capability, and no cookie is looked at: so the forms carry no token,
and work inside a frame on the creator's own pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from creatorshop.storefront.letters import ask_for_letter, refuse_too_many
from creatorshop.storefront.refusals import PAGE_TOO_OLD
from drops.audience import memberships
from drops.errors import Invalid
from drops.letters import stopping
from drops.letters.models import Source
from drops.letters.promises import how_often
from drops.letters.subscribing import standing_of
from drops.sales.access import order_access
from drops.sales.models import Order, OrderState
from drops.schedule import early

SOURCE = "order"
# What was done, as the page says it once.
_SAID = {
    "early": "You have early access to the next drop.",
    "undo-early": "Your early access is given back.",
    "letter": "We ask that mailbox by mail, unless it was asked before. The letter comes once it says yes.",
    "undo-letter": "No letter comes.",
    "member": "You are a member.",
    "undo-member": "You are no member any more.",
}


@dataclass(frozen=True)
class FollowOns:
    """What a shopper may choose after an order, and what they have of it."""

    url: str
    creator: str
    promise: str
    email: str
    has_early: bool
    has_letter: bool
    is_member: bool
    tier: str = ""
    benefits: tuple[str, ...] = ()
    said: str = ""
    refusal: str = ""


def follow_ons_of(
    *, order: Order, now: datetime, said: str = "", email: str = "", refusal: str = ""
) -> FollowOns | None:
    """Return the choices of an order's page; none for one that was sent back."""
    if order.state == OrderState.REFUNDED:
        return None
    shopper = order.shopper
    membership = memberships.membership_of(shopper=shopper)
    tier = membership.tier if membership else memberships.open_tier(creator=order.creator)
    return FollowOns(
        url=reverse("order-follow", args=[order.ref, order_access(order.ref)]),
        creator=order.creator.name,
        promise=how_often(),
        email=email or order.email,
        has_early=early.has_next(shopper=shopper, now=now),
        has_letter=standing_of(shopper=shopper) is not None,
        is_member=membership is not None,
        tier=tier.name if tier else "",
        benefits=tuple(tier.benefits) if tier else (),
        said=_SAID.get(said, ""),
        refusal=refusal,
    )


def do(request: HttpRequest, order: Order, now: datetime) -> HttpResponse:
    """
    Do what a form of the page asks for, and lead back to it.

    :raises ShopError: if it cannot be done; nothing has changed then.
    """
    wish = request.POST.get("do", "")
    deed = _DEEDS.get(wish)
    if deed is None:
        raise Invalid(PAGE_TOO_OLD)
    if order.state == OrderState.REFUNDED and not wish.startswith("undo-"):
        raise Invalid("This order was sent back.")
    deed(request, order, now)
    page = reverse("order", args=[order.ref, order_access(order.ref)])
    return HttpResponseRedirect(f"{page}?did={wish}#follow")


def _letter(request: HttpRequest, order: Order, _now: datetime) -> None:
    refuse_too_many(request)
    email = request.POST.get("email", "").strip()[:254]
    ask_for_letter(request, shopper=order.shopper, email=email, source=Source.ORDER)


_DEEDS: dict[str, Callable[[HttpRequest, Order, datetime], object]] = {
    "early": lambda _request, order, now: early.grant_next(shopper=order.shopper, source=SOURCE, now=now),
    "undo-early": lambda _request, order, now: early.withdraw_next(shopper=order.shopper, now=now),
    "letter": _letter,
    "undo-letter": lambda _request, order, now: stopping.stop_all_of(shopper=order.shopper, now=now),
    "member": lambda _request, order, now: memberships.join(shopper=order.shopper, source=SOURCE, now=now),
    "undo-member": lambda _request, order, now: memberships.end(shopper=order.shopper, now=now),
}
