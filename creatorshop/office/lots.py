"""
The board's units by pool: what lies in the store-room and on each shelf, and carrying it from one to the other.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from drops.schedule.models import Drop, DropState
from drops.stock.models import DropSku, Lot, StockPool
from drops.stock.pools import PoolCount, pool_counts_of_drops, store_room_of
from drops.stock.resync import RUNNING, move_units

MOVABLE = [DropState.DRAFT, DropState.SCHEDULED, *RUNNING]


def pools_of(drop: Drop) -> list[StockPool]:
    """Return a creator's pools, the store-room first; one alone is not worth a word on the board."""
    room = store_room_of(creator_id=drop.creator_id)
    others = StockPool.objects.filter(creator=drop.creator_id, is_store_room=False).order_by("name", "pk")
    return [room, *others]


def lots_by_sku(drop: Drop, pools: list[StockPool]) -> dict[int, list[dict[str, Any]]]:
    """Return a line for each pool of each SKU in the drop, by the SKU's key; none where there is one pool only."""
    if len(pools) < 2:
        return {}
    counts = {(count.drop_sku_id, count.pool_id): count for count in pool_counts_of_drops(drop_ids=[drop.pk])}
    late = {(lot.drop_sku_id, lot.pool_id): lot.shortfall for lot in Lot.objects.filter(drop_sku__drop=drop)}
    return {
        sku_id: [_line(pool, sku_id, counts.get((pk, pool.pk)), late.get((pk, pool.pk), 0)) for pool in pools]
        for pk, sku_id in DropSku.objects.filter(drop=drop).values_list("pk", "sku_id")
    }


def typed_by_pool(
    request: HttpRequest, prefix: str, sku_id: int, pools: list[StockPool]
) -> list[tuple[StockPool, str]]:
    """Return what was typed for a SKU beside each pool; what lies in the store-room has no pool in its name."""
    found = [(pool, request.POST.get(field_name(prefix, sku_id, pool), "").strip()) for pool in pools]
    return [(pool, typed) for pool, typed in found if typed]


def field_name(prefix: str, sku_id: int, pool: StockPool) -> str:
    return f"{prefix}-{sku_id}" if pool.is_store_room else f"{prefix}-{sku_id}-{pool.pk}"


def carry_as_asked(request: HttpRequest, drop: Drop) -> str:
    """
    Carry units as a form asks, and return what was done, or nothing if the form is not one of ours.

    :raises ShopError: whatever the service refuses.
    """
    pools = {str(pool.pk): pool for pool in pools_of(drop)}
    source, target = (pools.get(request.POST.get(name, "")) for name in ("source", "target"))
    sku_id, typed = request.POST.get("sku", ""), request.POST.get("units", "").strip()
    drop_sku = drop.drop_skus.filter(sku=int(sku_id)).first() if sku_id.isascii() and sku_id.isdigit() else None
    if source is None or target is None or drop_sku is None:
        messages.error(request, "Choose what goes from where to where.")
        return ""
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 5):
        messages.error(request, f"{typed[:20]!r} is not a number of units.")
        return ""
    move_units(drop_sku_id=drop_sku.pk, source=source, target=target, units=int(typed), actor=f"office:{request.user}")
    return f"{drop_sku.sku}: {int(typed)} units are {target.where} now."


def _line(pool: StockPool, sku_id: int, count: PoolCount | None, shortfall: int) -> dict[str, Any]:
    return {
        "pool": pool,
        "total": count.for_sale if count else 0,
        **{name: getattr(count, name) if count else 0 for name in ("available", "kept", "held", "sold", "waiting")},
        "shortfall": shortfall,
        "units_name": field_name("units", sku_id, pool),
        "by_name": field_name("by", sku_id, pool),
    }
