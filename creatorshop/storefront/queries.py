"""
What pages read besides the catalogue: which drop a thing is sold in, and how its stock stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from drops.catalog.models import Capsule, Creator, Product
from drops.schedule.models import Drop
from drops.schedule.queries import leading_drop
from drops.stock.counts import SkuCount, counts_of
from drops.stock.models import DropSku
from fulfillment.borders import borders_of
from fulfillment.models import Zone


def leading_drops(*, creators: Iterable[Creator], now: datetime) -> dict[int, Drop]:
    """Return for each creator the drop to talk about, if there is one, by the creator's id."""
    drops: dict[int, list[Drop]] = defaultdict(list)
    for drop in Drop.objects.visible().filter(creator__in=list(creators)).select_related("creator", "capsule"):
        drops[drop.creator_id].append(drop)
    chosen = {creator_id: leading_drop(drops=found, now=now) for creator_id, found in drops.items()}
    return {creator_id: drop for creator_id, drop in chosen.items() if drop is not None}


def drops_of_capsules(*, capsules: Iterable[Capsule], now: datetime) -> dict[int, Drop]:
    """Return for each capsule the drop that sells it, if there is one, by the capsule's id."""
    drops: dict[int, list[Drop]] = defaultdict(list)
    for drop in Drop.objects.visible().filter(capsule__in=list(capsules)).select_related("creator", "capsule"):
        drops[drop.capsule_id].append(drop)
    chosen = {capsule_id: leading_drop(drops=found, now=now) for capsule_id, found in drops.items()}
    return {capsule_id: drop for capsule_id, drop in chosen.items() if drop is not None}


def drops_of_products(*, products: Iterable[Product], now: datetime) -> dict[int, Drop]:
    """Return for each product what `drop_of_product` does, all with two questions, by the product's id."""
    rows = DropSku.objects.filter(sku__product__in=list(products))
    pairs = list(rows.values_list("sku__product_id", "drop_id").distinct())
    drops = Drop.objects.visible().select_related("creator", "capsule").in_bulk({drop_id for _, drop_id in pairs})
    selling: dict[int, list[Drop]] = defaultdict(list)
    for product_id, drop_id in pairs:
        if drop_id in drops:
            selling[product_id].append(drops[drop_id])
    chosen = {product_id: leading_drop(drops=found, now=now) for product_id, found in selling.items()}
    return {product_id: drop for product_id, drop in chosen.items() if drop is not None}


def drop_of_product(*, product: Product, now: datetime) -> Drop | None:
    """Return the drop that sells a product: the open one, else the next, else the last."""
    selling = Drop.objects.visible().filter(drop_skus__sku__product=product).distinct()
    return leading_drop(drops=list(selling.select_related("creator", "capsule")), now=now)


def sku_ids_by_drop(*, drops: Iterable[Drop]) -> dict[int, set[int]]:
    """Return the SKUs that each of several drops sells, by the drop's id."""
    sold: dict[int, set[int]] = defaultdict(set)
    for drop_id, sku_id in DropSku.objects.filter(drop__in=list(drops)).values_list("drop_id", "sku_id"):
        sold[drop_id].add(sku_id)
    return sold


def counts_by_sku(*, drop: Drop | None) -> dict[int, SkuCount]:
    """Return the counts of everything a drop sells by SKU id; nothing without a drop."""
    return {} if drop is None else {count.sku_id: count for count in counts_of(drop_id=drop.pk)}


def countries_of(*, creator: Creator) -> list[str]:
    """Return the countries a creator sends parcels to."""
    return sorted(country for alike in countries_alike(creator=creator) for country in alike)


def countries_alike(*, creator: Creator) -> list[list[str]]:
    """
    Return the countries a creator sends parcels to, those together that lie in the same zones and behind the same border: what
    is true of one is of all.
    """
    zones = Zone.objects.filter(creator=creator, rates__withdrawn_at=None).distinct()
    zones_of: dict[str, set[int]] = defaultdict(set)
    for zone in zones:
        for country in zone.countries:
            zones_of[country].add(zone.pk)
    borders = borders_of(home=creator.country, countries=zones_of)
    alike: dict[tuple[frozenset[int], str], list[str]] = defaultdict(list)
    for country in sorted(zones_of):
        alike[frozenset(zones_of[country]), borders[country]].append(country)
    return list(alike.values())
