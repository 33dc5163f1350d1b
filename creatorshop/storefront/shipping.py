"""
Where a thing is sent, for how much and within which days, asked of the same service that quotes ask; pickups stay on the page.

It is asked once a minute and process for each weight in a drop: it is the same for everybody who reads it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import caches

from creatorshop.storefront.queries import countries_of
from drops.catalog.models import Creator, Sku
from drops.sales.delivery import Destination
from drops.sales.quotes import delivery_choices
from drops.schedule.models import Drop

FRESH_S = 60


@dataclass(frozen=True)
class Shipping:
    """One postage, and the countries that it is the cheapest one to."""

    countries: tuple[str, ...]
    price_minor: int
    earliest_days: int  # from now
    latest_days: int


def shipping_of(*, creator: Creator, drop: Drop, sku: Sku, now: datetime) -> list[Shipping]:
    """Return the cheapest postage of one unit to each country it is sent to, countries of equal terms together."""
    key = f"shipping:{drop.ref}:{sku.weight_g}"
    known: list[Shipping] | None = caches["process"].get(key)
    if known is None:
        known = _asked(creator, drop, sku.code, now)
        caches["process"].set(key, known, FRESH_S)
    return known


def _asked(creator: Creator, drop: Drop, sku_code: str, now: datetime) -> list[Shipping]:
    together: dict[tuple[int, int, int], list[str]] = defaultdict(list)
    today = now.astimezone(drop.zone).date()
    for country in countries_of(creator=creator):
        choices = delivery_choices(drop=drop, sku_code=sku_code, quantity=1, destination=Destination(country=country))
        parcels = [option for option in choices.options if option.starts_at is None]
        if parcels:
            best = min(parcels, key=lambda option: (option.price_minor, option.latest_date))
            days = (best.earliest_date - today).days, (best.latest_date - today).days
            together[best.price_minor, *days].append(country)
    return [Shipping(tuple(countries), *terms) for terms, countries in together.items()]
