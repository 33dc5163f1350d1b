"""
Gifts as the shop sees them: a list, and a card on the order's page with who gets the goods.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from creatorshop.office.scope import LogAdmin
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.sales.gift_models import GiftClaim, GiftState
from drops.sales.gifts import gift_of
from drops.sales.models import Order
from fulfillment.addresses import address_lines
from fulfillment.queries import address_of_parcel


@admin.register(GiftClaim)
class GiftClaimAdmin(LogAdmin):
    """No link is shown: nobody here could read one, and none is needed to see how a gift stands."""

    creator_path = "order__creator_id"
    see = Work.ORDERS
    row_relations = ("order",)
    list_display = ["order", "state", "recipient_name", "created_at", "expires_at", "claimed_at"]
    list_filter = ["state"]
    search_fields = ["order__ref", "order__name", "recipient_name"]
    exclude = ["token_hash", "own_hash"]


def gift_on_order_page(order: Order) -> dict[str, Any] | None:
    """Return an order's gift: how it stands, the giver's words, and to whom the goods go since somebody accepted it."""
    gift = gift_of(order=order)
    if gift is None:
        return None
    parcel_to = address_of_parcel(order=order) if gift.state == GiftState.CLAIMED else None
    return {
        "row": gift,
        "state": gift.state_at(database_now()).label,
        "address": address_lines(address=parcel_to) if parcel_to else [],
    }
