"""
The ways to get a thing, as one group of choices: pickup slots by place and day, then parcels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from creatorshop.storefront import wording
from drops.money import format_minor
from drops.sales.delivery import DeliveryOption
from fulfillment.addresses import country_name

FIRST_DAYS, MOST_DAYS = 3, 14


@dataclass(frozen=True)
class Way:
    """One choice."""

    value: str
    label: str
    note: str
    price: str
    is_chosen: bool


@dataclass(frozen=True)
class PickupDay:
    label: str
    slots: list[Way]


@dataclass
class PickupPlace:
    label: str
    place: str
    units: str = ""  # how many are to be had here, where units lie in several places
    days: list[PickupDay] = field(default_factory=list)
    later: list[PickupDay] = field(default_factory=list)

    @property
    def is_later_chosen(self) -> bool:
        return any(slot.is_chosen for day in self.later for slot in day.slots)


@dataclass(frozen=True)
class Country:
    code: str
    name: str
    is_chosen: bool


@dataclass(frozen=True)
class DeliveryForm:
    pickups: list[PickupPlace]
    parcels: list[Way]
    refusals: list[str]
    countries: list[Country]
    postcode: str

    @property
    def is_empty(self) -> bool:
        return not self.pickups and not self.parcels


def value_of(option: DeliveryOption) -> str:
    """Return an option's name in a form."""
    return f"{option.method}:{option.key}"


def chosen_option(*, options: Sequence[DeliveryOption], wanted: str) -> DeliveryOption | None:
    """Return the wanted option, or the cheapest when nothing was wanted; None if the wanted one is gone."""
    if wanted:
        return next((option for option in options if value_of(option) == wanted), None)
    return min(options, key=lambda option: option.charged_minor, default=None)


def delivery_form(
    *,
    options: Sequence[DeliveryOption],
    refusals: Sequence[str],
    chosen: DeliveryOption | None,
    currency: str,
    countries: Sequence[str],
    country: str,
    postcode: str,
) -> DeliveryForm:
    """Return the choices for a page, the chosen one marked."""

    def way(option: DeliveryOption, label: str, note: str) -> Way:
        price = format_minor(option.shown_minor, currency) if option.shown_minor else "Free"
        return Way(value_of(option), label, note, price, option == chosen)

    parcels = [way(option, option.label, _arrives(option)) for option in options if option.starts_at is None]
    return DeliveryForm(
        pickups=_places([option for option in options if option.starts_at is not None], chosen, way),
        parcels=parcels,
        refusals=list(refusals),
        countries=_countries(countries, country),
        postcode=postcode,
    )


def _places(
    options: Sequence[DeliveryOption], chosen: DeliveryOption | None, way: Callable[[DeliveryOption, str, str], Way]
) -> list[PickupPlace]:
    places: dict[tuple[str, str, str], dict[date, list[Way]]] = {}
    for option in options:
        if option.starts_at is None or option.ends_at is None:
            continue
        zone = ZoneInfo(option.time_zone)
        units = "" if option.units_left is None else f"{option.units_left} left here"
        days = places.setdefault((option.label, option.place, units), {})
        local_date = option.starts_at.astimezone(zone).date()
        if local_date not in days and len(days) >= MOST_DAYS and option != chosen:
            continue
        left = option.places_left
        note = "" if left is None else "1 place left" if left == 1 else f"{left} places left"
        days.setdefault(local_date, []).append(way(option, wording.span(option.starts_at, option.ends_at, zone), note))
    found = []
    for (label, place, units), days in places.items():
        shown = [PickupDay(wording.day(when), slots) for when, slots in days.items()]
        found.append(PickupPlace(label, place, units, shown[:FIRST_DAYS], shown[FIRST_DAYS:]))
    return found


def _arrives(option: DeliveryOption) -> str:
    when = f"Arrives {wording.days(option.earliest_date, option.latest_date)}"
    if option.import_facts:
        paid = bool(option.import_facts.get("incoterm") == "DDP")
        when += ", import charges are paid with the order" if paid else ", import charges are not included"
    return when if option.units_left is None else f"{when}, {option.units_left} left to send"


def _countries(codes: Sequence[str], chosen: str) -> list[Country]:
    named = [
        Country(code, country_name(code, wording.LOCALE), code == chosen)
        for code in {*codes, *([chosen] if chosen else [])}
    ]
    return sorted(named, key=lambda country: country.name)
