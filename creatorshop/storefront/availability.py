"""
Whether a thing can be had, in the words that programs know: schema.org, Open Graph and product feeds. States, never numbers.
"""

from __future__ import annotations

from enum import StrEnum

from drops.stock.counts import SkuCount

_OPEN_GRAPH = {"LimitedAvailability": "in stock", "PreOrder": "preorder"}
_FEED = {"LimitedAvailability": "in_stock", "PreOrder": "preorder"}


class Availability(StrEnum):
    """The members of https://schema.org/ItemAvailability that a drop has."""

    LIMITED = "LimitedAvailability"
    BEFORE = "PreOrder"  # announced; it opens at availabilityStarts
    HELD = "OutOfStock"  # on hold, paused or closed: none to be had right now
    SOLD_OUT = "SoldOut"

    @property
    def schema(self) -> str:
        return f"https://schema.org/{self.value}"

    @property
    def open_graph(self) -> str:
        """The value of product:availability (Open Graph, product object type)."""
        return _OPEN_GRAPH.get(self.value, "out of stock")

    @property
    def feed(self) -> str:
        """The value of a feed's <g:availability> (Google's product data specification)."""
        return _FEED.get(self.value, "out_of_stock")


def availability_of(*, kind: str, counts: list[SkuCount]) -> Availability:
    """Return what is true of the units of one or several SKUs, given the kind of their drop's notice."""
    if kind == "scheduled":
        return Availability.BEFORE
    if counts and all(count.sold >= count.for_sale for count in counts):
        return Availability.SOLD_OUT
    if kind == "open" and any(count.available for count in counts):
        return Availability.LIMITED
    return Availability.HELD
