"""
How an order goes on, as the two rooms tell it: a parcel's steps, or a pickup's.
"""

from __future__ import annotations

from creatorshop.chat import addresses
from creatorshop.chat.engine.facts import OrderFacts
from drops.sales.models import Order, OrderState
from fulfillment.models import ParcelState
from fulfillment.queries import parcel_of

_OF_PARCELS = {ParcelState.PACKED: "packed", ParcelState.SHIPPED: "sent"}


def order_facts(order: Order) -> OrderFacts:
    """Return what a thread may say of an order."""
    progress, track_url = "", ""
    parcel = parcel_of(order=order)
    if parcel is not None:
        progress = _OF_PARCELS.get(ParcelState(parcel.state), "")
        track_url = parcel.tracking_url
    if order.state == OrderState.REFUNDED:
        progress = "refunded"
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
        track_url=track_url,
    )
