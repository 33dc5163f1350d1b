"""
Where a thing is sent, for how much and within which days, asked of the same service that quotes ask; pickups stay on the page.

It is asked once a minute and process for each weight and price in a drop, of one country of each zone: it is the same for everybody who
reads it, and does not depend on what is left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import caches

from creatorshop.storefront.queries import countries_alike
from drops.catalog.models import Creator, Sku
from drops.sales.delivery import Destination
from drops.sales.quotes import drop_sku_of, offered_choices
from drops.schedule.models import Drop

FRESH_S = 60


@dataclass(frozen=True)
class Shipping:
    """One postage, and the countries that it is offered to on equal terms."""

    countries: tuple[str, ...]
    price_minor: int
    earliest_days: int  # from now
    latest_days: int


def shipping_of(*, creator: Creator, drop: Drop, sku: Sku, now: datetime) -> list[Shipping]:
    """Return every postage of one unit to every country it is sent to, the cheapest first."""
    # Behind a customs border it also depends on what customs is told, and on the value.
    told = f"{sku.hs_code}:{sku.origin_country}:{bool(sku.customs_description)}:{sku.price_minor}"
    key = f"shipping:{drop.ref}:{sku.weight_g}:{sku.product.tax_class}:{told}"
    known: list[Shipping] | None = caches["process"].get(key)
    if known is None:
        known = _asked(creator, drop, sku.code, now)
        caches["process"].set(key, known, FRESH_S)
    return known


def cheapest_by_country(shipping: Sequence[Shipping]) -> dict[str, int]:
    """Return the lowest postage to each country, in minor units."""
    lowest: dict[str, int] = {}
    for terms in shipping:
        for country in terms.countries:
            lowest[country] = min(terms.price_minor, lowest.get(country, terms.price_minor))
    return dict(sorted(lowest.items()))


def _asked(creator: Creator, drop: Drop, sku_code: str, now: datetime) -> list[Shipping]:
    drop_sku = drop_sku_of(drop=drop, sku_code=sku_code)
    today = now.astimezone(drop.zone).date()
    together: dict[tuple[int, int, int, str], list[str]] = defaultdict(list)
    for countries in countries_alike(creator=creator):
        choices = offered_choices(drop_sku=drop_sku, quantity=1, destination=Destination(country=countries[0]))
        for option in choices.options:
            if option.starts_at is None:
                days = (option.earliest_date - today).days, (option.latest_date - today).days
                together[option.shown_minor, *days, option.key] += countries
    return [
        Shipping(tuple(sorted(countries)), price_minor, earliest, latest)
        for (price_minor, earliest, latest, _), countries in sorted(together.items())
    ]
