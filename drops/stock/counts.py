"""
What is left, derived by the same predicates that the claim uses (stock.md, pitfall 16).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from drops.stock.models import NEVER

COUNTS = """
SELECT ds.id, ds.sku_id, sku.code,
       units.total, units.free, units.held, units.sold, units.void, units.next_return_at,
       drops_kept_units(ds.id),
       drops_units_asked(ds.id)
  FROM drops_dropsku AS ds
  JOIN drops_sku AS sku ON sku.id = ds.sku_id
 CROSS JOIN LATERAL drops_units(ds.id) AS units
 WHERE {which}
 ORDER BY ds.position, ds.id
"""
# The same, token by token: what the proof trusts, and nobody who is in a hurry asks.
TALLIES = """
SELECT ds.id, ds.sku_id, sku.code,
       count(t.id),
       count(t.id) FILTER (WHERE t.free_at <= drops_statement_now()),
       count(t.id) FILTER (WHERE t.free_at > drops_statement_now() AND t.free_at < %(never)s),
       count(t.id) FILTER (WHERE t.free_at = %(never)s AND t.status = 'sold'),
       count(t.id) FILTER (WHERE t.free_at = %(never)s AND t.status = 'void'),
       min(t.free_at) FILTER (WHERE t.free_at > drops_statement_now() AND t.free_at < %(never)s),
       drops_kept_units(ds.id),
       drops_units_asked(ds.id)
  FROM drops_dropsku AS ds
  JOIN drops_sku AS sku ON sku.id = ds.sku_id
  LEFT JOIN drops_token AS t ON t.drop_sku_id = ds.id
 WHERE ds.drop_id = ANY(%(id)s)
 GROUP BY ds.id, ds.sku_id, sku.code, ds.position
 ORDER BY ds.position, ds.id
"""


@dataclass(frozen=True)
class SkuCount:
    """
    The units of one SKU in a drop at one instant; free + held + sold + void = total, unless somebody lied.

    Of the free ones those who wait come first: `kept` are theirs, and `available` is what anybody else can have.
    """

    drop_sku_id: int
    sku_id: int
    sku_code: str
    total: int
    free: int
    held: int
    sold: int
    void: int
    next_return_at: datetime | None
    kept: int
    waiting: int  # units that are asked for by those in line, without those who are passed over for now

    @property
    def available(self) -> int:
        """Units that somebody who does not wait can have."""
        return self.free - self.kept

    @property
    def for_sale(self) -> int:
        """Units that this drop sells in all: what was taken out of it does not count."""
        return self.total - self.void


def counts_of(*, drop_id: int) -> list[SkuCount]:
    """Return the counts of a drop's SKUs in their order, all at one instant."""
    return _read(COUNTS.format(which="ds.drop_id = %(id)s"), drop_id)


def count_of(*, drop_sku_id: int) -> SkuCount:
    """Return the counts of one SKU of a drop."""
    return _read(COUNTS.format(which="ds.id = %(id)s"), drop_sku_id)[0]


def tallies_of(*, drop_ids: Collection[int]) -> list[SkuCount]:
    """Return the counts of several drops' SKUs, all at one instant and read from every single token."""
    return _read(TALLIES, list(drop_ids))


def _read(query: str, value: int | list[int]) -> list[SkuCount]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"id": value, "never": NEVER})
        return [SkuCount(*row) for row in cursor.fetchall()]
