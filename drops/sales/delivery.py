"""
The delivery port: two rooms above implement it (parcels, pickups), and sales asks it without knowing either.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, ClassVar

from drops.catalog.models import Creator
from drops.errors import Refused
from drops.ledger.partner_agreements import PartnerTerms
from drops.ports import implementation, implementations
from drops.sales.models import Order
from drops.stock.models import Hold


class DeliveryGone(Refused):
    """The chosen way is no longer to be had: a slot filled up, a rate was withdrawn."""

    code = "delivery_gone"


class CannotDeliver(Refused):
    """Nothing reaches this destination, for a reason that is said; `why` and its facts are for other languages."""

    code = "cannot_deliver"


@dataclass(frozen=True)
class Destination:
    """Where a shopper is: all that is asked for before the hold."""

    country: str = ""  # ISO 3166-1 alpha-2, upper case
    postcode: str = ""


@dataclass(frozen=True)
class Basket:
    """What has to be delivered."""

    creator: Creator
    drop_id: int
    sku_id: int
    quantity: int
    weight_g: int  # of all units together
    goods_minor: int  # of all units together, tax included where the creator's prices are
    currency: str


@dataclass(frozen=True)
class ImportCharge:
    """What a border costs and the shopper pays in advance; passed on whole, and never a tax of ours."""

    kind: str  # "duty", "import_tax" or "import_fee"
    label: str
    amount_minor: int
    detail: Mapping[str, Any] = field(
        default_factory=dict
    )  # of what it was computed, by which rule; goes into the terms


@dataclass(frozen=True)
class Beside:
    """What was bought along with the goods and travels with them, as a border has to be told of it."""

    ref: str
    is_packaging: bool
    title: str
    quantity: int
    value_minor: int  # of all of it together, tax included where the creator's prices are
    hs_code: str = ""  # empty with the two others where the creator said nothing of it
    origin_country: str = ""
    description: str = ""


@dataclass(frozen=True)
class AtBorder:
    """What is due at a customs border: in advance, in words, and as facts for the terms."""

    charges: tuple[ImportCharge, ...] = ()
    note: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DeliveryOption:
    """One way to get the goods, with its price and its dates."""

    method: str  # the port implementation's name: "parcel" or "pickup"
    key: str  # stable within the method, at most 80 characters
    label: str  # "Standard post to Germany", "Café Mira, Lisbon"
    price_minor: int  # tax included, where the creator's prices are
    earliest_date: date
    latest_date: date
    # Of a pickup only: the slot's instants, and how many more people it takes.
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    time_zone: str = ""
    places_left: int | None = None
    place: str = ""  # the location's address in one line
    partner_fee_minor: int = 0  # of the goods' price, for whoever hands over
    partner_terms: PartnerTerms | None = None  # by which version of what was agreed with them
    detail: str = ""
    name: str = ""  # of the label what needs no translation: the rate's own name, or the place's
    pool_id: int | None = None  # where the units are to come from; None is the creator's store-room
    units_left: int | None = None  # free there right now; said by sales, and only where units lie in several pools
    import_charges: tuple[ImportCharge, ...] = ()  # only where duties are paid in advance (DDP)
    # What is due at a customs border, in words and as facts for the terms; empty where none is crossed.
    import_note: str = ""
    import_facts: Mapping[str, Any] = field(default_factory=dict)
    # Says the same of goods with something beside them, from what was read for the goods: it asks no more questions.
    at_border: Callable[[Sequence[Beside]], AtBorder] | None = field(default=None, compare=False, repr=False)
    tax_minor: int = 0  # to be added where prices are given without tax; said by sales

    @property
    def shown_minor(self) -> int:
        """What people read as its price."""
        return self.price_minor + self.tax_minor

    @property
    def charged_minor(self) -> int:
        """What the delivery adds to a total, with what is paid in advance at the border."""
        return self.shown_minor + sum(charge.amount_minor for charge in self.import_charges)

    def with_beside(self, beside: Sequence[Beside]) -> DeliveryOption:
        """
        Return the same way for goods with something beside them, which a border counts as well.

        :raises CannotDeliver: if they cannot go there that way together, with the reason.
        """
        if self.at_border is None or not beside:
            return self
        found = self.at_border(beside)
        return replace(self, import_charges=found.charges, import_note=found.note, import_facts=found.facts)


@dataclass(frozen=True)
class Share:
    """What somebody besides creator and platform earns on an order."""

    payee_id: int
    amount_minor: int
    memo: str


@dataclass(frozen=True)
class Recipient:
    """Who gets an order instead of its buyer, and what they said about how."""

    name: str
    option: str = ""  # the key of another pickup slot; "" keeps the one there is
    address: Mapping[str, str] = field(default_factory=dict)  # of a parcel: street, city, postcode, region, country


class DeliveryMethod(ABC):
    """A way goods reach people. Each method runs inside the caller's transaction and calls no network."""

    name: ClassVar[str]
    # Whether a hold keeps something of it that others then cannot have. Such holds are admitted one by one.
    is_scarce: ClassVar[bool] = True

    @abstractmethod
    def options(self, *, basket: Basket, destination: Destination, now: datetime) -> list[DeliveryOption]:
        """
        Return what is on offer for a basket, cheapest or soonest first.

        :raises CannotDeliver: if this method serves the creator but not this destination, with the reason.
        """

    @abstractmethod
    def reserve(self, *, hold: Hold, option: str) -> None:
        """
        Keep what is scarce about an option (a slot's places) for a hold until `hold.expires_at`.

        Called again for the same hold it moves the end, and takes places anew if they were lost meanwhile.

        :raises DeliveryGone: if it is no longer to be had; nothing is kept then.
        """

    def reserve_all(self, *, holds: Sequence[Hold]) -> None:
        """
        Reserve for holds that were placed together.

        :raises DeliveryGone: if one of them cannot be served; nothing is kept for any of them then.
        """
        for hold in holds:
            self.reserve(hold=hold, option=hold.delivery_option)

    @abstractmethod
    def release(self, *, hold: Hold) -> None:
        """
        Give back whatever a hold had reserved; harmless when there is nothing.

        If an order was begun from it, call its delivery off as far as nothing was handed over or sent yet.
        """

    @abstractmethod
    def start(self, *, order: Order) -> None:
        """
        Begin the delivery of a paid order: make its reservation permanent and its pickup or parcel exist.

        Harmless when it was begun before.
        """

    def units_gone(self, *, order: Order) -> frozenset[int]:
        """
        Return which of an order's units somebody has already, or the carrier; no more may go until the transaction ends.

        They are named by the primary keys of `OrderUnit`. Nothing of an order that was not begun is gone.
        """
        return frozenset()

    @abstractmethod
    def take_out(self, *, order: Order, unit_ids: Collection[int]) -> None:
        """
        Call off some of an order's units, none of which is gone, while others still go.

        For all that are left `release` is the word.
        """

    @abstractmethod
    def why_settled(self, *, order: Order, now: datetime) -> str:
        """Return "" while an order can still go to somebody else, or why not: "packed", "handed_over" or "too_late"."""

    def given_until(self, *, order: Order) -> datetime | None:
        """Return the instant after which nobody could have it any more, if that is known already."""
        return None

    @abstractmethod
    def redirect(self, *, order: Order, to: Recipient, now: datetime) -> None:
        """
        Let an order go to somebody else than its buyer, who can then no longer collect it. `units_gone` has locked it.

        :raises DeliveryGone: if the slot they chose cannot be booked; nothing is changed then.
        :raises CannotDeliver: if what was paid does not reach the address they gave.
        """

    def conflicts(self, *, order: Order) -> list[str]:
        """
        Return a sentence for each thing that people still disagree about, such as two who both say that they handed it over.

        While there is one, nobody is paid for the order.
        """
        return []

    @abstractmethod
    def shares(self, *, order: Order) -> list[Share]:
        """Return who else earns on an order, out of the creator's part."""


def delivery_methods() -> dict[str, DeliveryMethod]:
    return implementations("DELIVERY_METHODS", DeliveryMethod)  # type: ignore[type-abstract]


def delivery_method(name: str) -> DeliveryMethod:
    """
    Return a delivery method by name.

    :raises UnknownImplementation: if settings list none of that name.
    """
    return implementation("DELIVERY_METHODS", DeliveryMethod, name)  # type: ignore[type-abstract]
