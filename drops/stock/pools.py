"""
Where units lie, and how many of each SKU are there. Counted by the same predicate that the claim uses.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from drops.errors import Invalid
from drops.stock.models import NEVER, StockPool

STORE_ROOM = "Store-room"
COUNTS = """
SELECT t.drop_sku_id, pool.id, pool.name, pool.is_store_room,
       count(*) FILTER (WHERE t.free_at <= drops_statement_now()),
       count(*) FILTER (WHERE t.free_at > drops_statement_now() AND t.free_at < %(never)s),
       count(*) FILTER (WHERE t.free_at = %(never)s AND t.status = 'sold'),
       count(*) FILTER (WHERE t.free_at = %(never)s AND t.status = 'void'),
       min(t.free_at) FILTER (WHERE t.free_at > drops_statement_now() AND t.free_at < %(never)s),
       drops_waiting_units(t.drop_sku_id, pool.id)
  FROM drops_token AS t
  JOIN drops_stockpool AS pool ON pool.id = t.pool_id
  JOIN drops_dropsku AS ds ON ds.id = t.drop_sku_id
 WHERE {which}
 GROUP BY t.drop_sku_id, pool.id
 ORDER BY t.drop_sku_id, pool.is_store_room DESC, pool.name
"""


class ForeignPool(Invalid):
    """A pool of another creator."""

    code = "foreign_pool"


@dataclass(frozen=True)
class PoolCount:
    """The units of one SKU of a drop in one pool at one instant, and how many units people wait for there."""

    drop_sku_id: int
    pool_id: int
    name: str
    is_store_room: bool
    free: int
    held: int
    sold: int
    void: int
    next_return_at: datetime | None
    waiting: int

    @property
    def kept(self) -> int:
        """Free units that people who wait come first for."""
        return min(self.free, self.waiting)

    @property
    def available(self) -> int:
        """Units that somebody who does not wait can have."""
        return self.free - self.kept

    @property
    def total(self) -> int:
        return self.free + self.held + self.sold + self.void

    @property
    def for_sale(self) -> int:
        """Units that this drop sells from here in all."""
        return self.total - self.void


def store_room_of(*, creator_id: int) -> StockPool:
    """Return where a creator's parcels are packed, made at the first question."""
    pool, _ = StockPool.objects.get_or_create(creator_id=creator_id, is_store_room=True, defaults={"name": STORE_ROOM})
    return pool


def refuse_foreign(*, pool: StockPool, creator_id: int) -> None:
    """
    Let pass only a creator's own pool.

    :raises ForeignPool: if it is another's.
    """
    if pool.creator_id != creator_id:
        raise ForeignPool(f"{pool} is another creator's.", pool=pool.name)


def none_here(*, pool: StockPool, method: str, left: int = 0) -> str:
    """Say that a pool has too few units for a wish that comes from it by a delivery method."""
    where = "to send" if pool.is_store_room and method != "pickup" else pool.where
    return f"Only {left} left {where}." if left else f"None left {where}."


def pool_counts_of(*, drop_sku_id: int) -> list[PoolCount]:
    """Return the counts of a SKU in each pool that has units of it, the store-room first."""
    return _read("ds.id = %(id)s", {"id": drop_sku_id})


def pool_counts_of_drops(*, drop_ids: list[int]) -> list[PoolCount]:
    """Return those of every SKU of several drops."""
    return _read("ds.drop_id = ANY(%(id)s)", {"id": drop_ids})


def pool_count_of(*, drop_sku_id: int, pool_id: int) -> PoolCount:
    """Return the counts of a SKU in one pool, which may have none of it."""
    found = _read("ds.id = %(id)s AND pool.id = %(pool)s", {"id": drop_sku_id, "pool": pool_id})
    pool = StockPool.objects.get(pk=pool_id)
    return found[0] if found else PoolCount(drop_sku_id, pool_id, pool.name, pool.is_store_room, 0, 0, 0, 0, None, 0)


def _read(which: str, values: dict[str, Any]) -> list[PoolCount]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTS.format(which=which), values | {"never": NEVER})
        return [PoolCount(*row) for row in cursor.fetchall()]
