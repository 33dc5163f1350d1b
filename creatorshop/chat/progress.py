"""
How an order goes on, as the two rooms tell it: a parcel's steps, or a pickup's.
"""

from __future__ import annotations

import logging
from datetime import datetime

from creatorshop.chat import addresses
from creatorshop.chat.engine.facts import GiftFacts, OrderFacts
from drops.catalog.return_rules import ReturnRule
from drops.sales.gifts import gift_of, is_with_somebody_else, may_give
from drops.sales.models import Order, OrderState
from drops.sales.ratings import Rating
from drops.sales.return_terms import return_rule_of
from drops.sales.return_window import is_return_over, returns_until
from fulfillment.models import ParcelState
from fulfillment.queries import parcel_of
from pickups.models import UnitState
from pickups.passes import UnknownCode
from pickups.queries import Pass, pass_of

logger = logging.getLogger(__name__)

_OF_PARCELS = {ParcelState.PACKED: "packed", ParcelState.SHIPPED: "sent"}
_OF_PICKUPS = {UnitState.READY: "ready", UnitState.HANDED_OVER: "handed_over"}


def order_facts(order: Order, *, now: datetime) -> OrderFacts:
    """Return what a thread may say of an order with its gifts loaded."""
    progress, pass_code, track_url = "", "", ""
    # The giver of a gift hears that it was accepted, and nothing of what came after.
    parcel = None if is_with_somebody_else(order=order) else parcel_of(order=order)
    pickup = _pass_of(order)
    if parcel is not None:
        progress = _OF_PARCELS.get(ParcelState(parcel.state), "")
        if parcel.arrived_at is not None:
            progress = "delivered"
        # Typed by hand at the packing table: what is no address becomes no button.
        track_url = parcel.tracking_url if parcel.tracking_url.startswith(("https://", "http://")) else ""
    elif pickup is not None:
        progress, pass_code = _OF_PICKUPS.get(pickup.state, ""), pickup.code_text
    if order.state == OrderState.REFUNDED:
        progress = "refunded"
    is_made_for_buyer = return_rule_of(order.terms) == ReturnRule.MADE_FOR_BUYER
    return OrderFacts(
        ref=order.ref,
        hold=order.hold.ref,
        title=order.terms["title"],
        terms=order.terms,
        total_minor=order.total_minor,
        currency=order.currency,
        url=addresses.order_url(order.ref),
        paid_at=order.paid_at,
        progress=progress,
        pass_code=pass_code,
        qr_url=addresses.pass_qr_url(order.ref) if pass_code else "",
        track_url=track_url,
        email=order.email,
        returns_until=None if is_made_for_buyer else returns_until(order=order),
        is_return_late=is_return_over(order=order, now=now),
        return_url=addresses.return_url(order.ref),
        score=_score_of(order),
        why_not_give=may_give(order=order, now=now),
        gift=_gift_of(order, now),
    )


def _score_of(order: Order) -> int | None:
    try:
        return order.rating.score
    except Rating.DoesNotExist:
        return None


def _gift_of(order: Order, now: datetime) -> GiftFacts | None:
    gift = gift_of(order=order)
    return GiftFacts(key=str(gift.pk), state=str(gift.state_at(now)), until=gift.expires_at) if gift else None


def _pass_of(order: Order) -> Pass | None:
    """Return an order's pickup pass; one whose key is gone is left to the order page, which says what to do."""
    try:
        return pass_of(order=order)
    except UnknownCode:
        logger.warning("The pass of order %s cannot be shown", order.ref)
        return None
