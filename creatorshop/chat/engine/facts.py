"""
What the engine may know: a small read-only view that `creatorshop.chat.facts` prepares, true at `now`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

LIVE = ("held", "paying")


@dataclass(frozen=True)
class PhotoFacts:
    url: str
    alt: str
    width: int
    height: int
    srcset_avif: str = ""
    srcset_webp: str = ""
    placeholder: str = ""
    focal: tuple[float, float] = (0.5, 0.5)


@dataclass(frozen=True)
class VariantFacts:
    """One SKU of the drop in view, with its count at this moment."""

    sku: str
    label: str  # empty for a product of one kind
    title: str  # "Ring mug · Sage"
    from_minor: int  # the cheapest way to have one, all fees included
    total: int
    left: int  # what anybody can have: units that are kept for people in line are counted as held
    held: int
    next_return_at: datetime | None = None
    swatch: str = ""
    words: tuple[str, ...] = ()  # option values, for free text

    @property
    def name(self) -> str:
        return self.label or self.title

    @property
    def is_free(self) -> bool:
        return self.left > 0

    @property
    def is_sold_out(self) -> bool:
        return self.left == 0 and self.held == 0


@dataclass(frozen=True)
class ProductFacts:
    handle: str
    title: str
    url: str
    variants: tuple[VariantFacts, ...]
    benefits: tuple[str, ...] = ()
    option_name: str = ""  # "Glaze"
    photo: PhotoFacts | None = None
    # What the cheapest cost at the lowest in the 30 days before, where a reduction of it may be announced.
    lowest_before_minor: int | None = None
    adds_tax: bool = False  # to its prices, by destination
    return_rule: str = ""


@dataclass(frozen=True)
class DropFacts:
    ref: str
    title: str
    state: str  # scheduled, open, paused, closed
    opens_at: datetime
    closes_at: datetime
    zone: str
    hold_minutes: int
    offer_minutes: int
    limit: int
    url: str
    pause_reason: str = ""
    paused_at: datetime | None = None
    closed_at: datetime | None = None
    bought: BoughtFacts | None = None
    closed_to_them_until: datetime | None = None  # members are first, and this shopper is none and was not invited
    tier: str = ""  # of membership that they could join then

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def has_line(self) -> bool:
        """Tell whether one may wait: also while it is paused, for it may go on."""
        return self.state in ("open", "paused")


@dataclass(frozen=True)
class BoughtFacts:
    """So many units of the drop were bought since it opened: paid, not sent back, and not by the team."""

    units: int
    since: datetime


@dataclass(frozen=True)
class NextDropFacts:
    title: str
    opens_at: datetime
    zone: str
    url: str
    ref: str = ""


@dataclass(frozen=True)
class CreatorFacts:
    slug: str
    name: str
    greeting: str
    currency: str
    country: str
    url: str
    tier: str = ""  # of membership, if one is open; read when an order is new to the thread
    tier_benefits: tuple[str, ...] = ()


@dataclass(frozen=True)
class HoldFacts:
    """A hold of this shopper; `state` is the one that is true at `now`, whatever the row says."""

    ref: str
    drop: str
    sku: str
    title: str
    quantity: int
    state: str  # held, paying, confirmed, released, expired, revoked, late_refund
    created_at: datetime
    expires_at: datetime
    total_minor: int
    currency: str
    checkout_url: str
    can_extend: bool = False
    is_extended: bool = False
    is_late: bool = False
    is_offer: bool = False  # made to somebody who waited for it
    is_charged: bool = False  # its late payment was taken, and has to go back; else it was only let go
    refunded_at: datetime | None = None  # when the last refund of it was sent

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


@dataclass(frozen=True)
class EntryFacts:
    """A place in the line for a SKU; `state` is the one that is true at `now`."""

    ref: str
    sku: str
    title: str
    quantity: int
    state: str  # waiting, passed, offered, taken, declined, lapsed, left, removed, over
    place: int = 0  # from 1, while in line
    reason: str = ""  # why the turn was missed the last time
    hold: str = ""  # the offer

    @property
    def is_in_line(self) -> bool:
        return self.state in ("waiting", "passed")


@dataclass(frozen=True)
class GiftFacts:
    """An order's gift; `state` is the one that is true at `now`. Its link is known nowhere, and its recipient not here."""

    key: str  # tells it from an earlier one of the same order
    state: str  # open, claimed, expired, revoked
    until: datetime


@dataclass(frozen=True)
class OrderFacts:
    ref: str
    hold: str
    title: str
    terms: dict[str, Any]  # the accepted quote
    total_minor: int
    currency: str
    url: str
    paid_at: datetime
    progress: str = ""  # "", "packed", "sent", "delivered", "ready", "handed_over", "refunded"
    pass_code: str = ""
    qr_url: str = ""
    track_url: str = ""
    email: str = ""
    score: int | None = None  # what its buyer thinks of it, from 1 to 5
    # The last day on which it may be sent back; None while they do not have it, and of what is made for them.
    returns_until: date | None = None
    is_return_late: bool = False  # that day is over where the creator lives
    return_url: str = ""
    why_not_give: str = "already_given"  # a word for why it cannot be given to somebody, or "" if it can
    gift: GiftFacts | None = None  # the last one

    @property
    def is_giveable(self) -> bool:
        return not self.why_not_give

    @property
    def delivery(self) -> dict[str, Any]:
        return dict(self.terms["delivery"])


@dataclass(frozen=True)
class ShopperFacts:
    name: str = ""
    country: str = ""
    postcode: str = ""
    zone: str = ""
    taken: int = 0  # units of this drop that count against the limit: held or bought
    holds: tuple[HoldFacts, ...] = ()
    orders: tuple[OrderFacts, ...] = ()  # newest first
    entries: tuple[EntryFacts, ...] = ()
    reminded: tuple[str, ...] = ()  # drops of whose opening they will be told in the chat
    # What they have of what is offered after an order; read when one is new to the thread.
    has_early: bool = False
    has_letter: bool = False
    is_member: bool = False


@dataclass(frozen=True)
class Facts:
    now: datetime
    locale: str
    creator: CreatorFacts
    shopper: ShopperFacts = field(default_factory=ShopperFacts)
    drop: DropFacts | None = None
    products: tuple[ProductFacts, ...] = ()
    next_drop: NextDropFacts | None = None
    provider: str = ""  # the payment provider that the checkout sheet uses
    is_test_payment: bool = False
    return_days: int = 14

    @property
    def zone(self) -> str:
        return self.shopper.zone or (self.drop.zone if self.drop else "UTC")

    def variants(self) -> tuple[VariantFacts, ...]:
        return tuple(variant for product in self.products for variant in product.variants)

    def variant(self, sku: str) -> VariantFacts | None:
        return next((variant for variant in self.variants() if variant.sku == sku), None)

    def product_of(self, sku: str) -> ProductFacts | None:
        return next(
            (product for product in self.products if any(variant.sku == sku for variant in product.variants)), None
        )

    def hold(self, ref: str) -> HoldFacts | None:
        return next((hold for hold in self.shopper.holds if hold.ref == ref), None)

    def live_hold_of(self, sku: str) -> HoldFacts | None:
        return next((hold for hold in self.shopper.holds if hold.sku == sku and hold.is_live), None)

    def entry(self, ref: str) -> EntryFacts | None:
        return next((entry for entry in self.shopper.entries if entry.ref == ref), None)

    def entry_in_line(self, sku: str) -> EntryFacts | None:
        return next((entry for entry in self.shopper.entries if entry.sku == sku and entry.is_in_line), None)

    def order(self, ref: str) -> OrderFacts | None:
        return next((order for order in self.shopper.orders if order.ref == ref), None)

    def order_of_hold(self, ref: str) -> OrderFacts | None:
        return next((order for order in self.shopper.orders if order.hold == ref), None)
