"""
The proof that stock does not lie: every token is somewhere, and every sold one is a unit that somebody owns.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from drops.schedule.models import Drop
from drops.stock.counts import tallies_of
from drops.stock.models import DropSku, Lot
from drops.stock.pools import PoolCount, pool_counts_of_drops

ORDERED = """
SELECT t.drop_sku_id, count(*)
  FROM drops_orderunit AS unit
  JOIN drops_token AS t ON t.id = unit.token_id
  JOIN drops_dropsku AS ds ON ds.id = t.drop_sku_id
 WHERE ds.drop_id = ANY(%s)
 GROUP BY t.drop_sku_id
"""
REFUNDED = """
SELECT t.drop_sku_id, count(*)
  FROM drops_orderunit AS unit
  JOIN drops_token AS t ON t.id = unit.token_id
  JOIN drops_dropsku AS ds ON ds.id = t.drop_sku_id
 WHERE ds.drop_id = ANY(%s) AND unit.refund_id IS NOT NULL AND t.status = 'void'
 GROUP BY t.drop_sku_id
"""
CONFIRMED = """
SELECT hold.drop_sku_id, sum(hold.quantity)
  FROM drops_hold AS hold
  JOIN drops_dropsku AS ds ON ds.id = hold.drop_sku_id
 WHERE ds.drop_id = ANY(%s) AND hold.state = 'confirmed'
 GROUP BY hold.drop_sku_id
"""
# Whoever holds or bought a unit was promised it from one pool, and it lies in that one.
ASTRAY = """
SELECT t.drop_sku_id, count(*)
  FROM drops_token AS t
  JOIN drops_dropsku AS ds ON ds.id = t.drop_sku_id
  JOIN drops_holdtoken AS held ON held.token_id = t.id AND held.fence = t.fence
  JOIN drops_hold AS hold ON hold.id = held.hold_id
 WHERE ds.drop_id = ANY(%s) AND t.status IN ('held', 'sold') AND t.pool_id <> hold.pool_id
 GROUP BY t.drop_sku_id
"""
# A sold token belongs to exactly one confirmed hold, by the fence of its last claim.
OWNED = """
SELECT t.drop_sku_id, count(*)
  FROM drops_token AS t
  JOIN drops_dropsku AS ds ON ds.id = t.drop_sku_id
  JOIN drops_holdtoken AS held ON held.token_id = t.id AND held.fence = t.fence
  JOIN drops_hold AS hold ON hold.id = held.hold_id
 WHERE ds.drop_id = ANY(%s) AND t.status = 'sold' AND hold.state = 'confirmed'
 GROUP BY t.drop_sku_id
"""


@dataclass(frozen=True)
class Problem:
    """A sum that does not add up: `code` names the sum and stays the same while the numbers in the sentence change."""

    code: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class LotLine:
    """The sums of one SKU in one pool."""

    count: PoolCount
    planned: int
    shortfall: int

    @property
    def problem(self) -> str:
        """What does not add up here, in words, or nothing."""
        if self.count.for_sale == self.planned + self.shortfall:
            return ""
        return f"{self.count.name}: {self.planned} units planned, but {self.count.for_sale} tokens"


@dataclass(frozen=True)
class ProofLine:
    """
    The sums of one SKU in one drop; `problems` is empty when they add up. `lots` are its pools, where it has several.

    Refunded units are void and no longer planned, but their order, its hold and what it was to travel in stay on record.
    """

    drop_id: int
    drop_sku_id: int
    sku_code: str
    tokens: int
    free: int
    held: int
    sold: int
    void: int
    owned: int
    confirmed: int
    ordered: int
    refunded: int
    planned: int
    shortfall: int = 0
    astray: int = 0
    lots: tuple[LotLine, ...] = ()

    @property
    def problems(self) -> list[Problem]:
        known = self.free + self.held + self.sold + self.void
        gone = self.sold + self.refunded
        words = f"{self.sold} sold" + (f" and {self.refunded} refunded" if self.refunded else "")
        units = self.tokens - self.void
        late = f" and {self.shortfall} still to leave" if self.shortfall else ""
        found = [
            (self.tokens == known, "tokens", f"{self.tokens} tokens, but {known} accounted for"),
            (
                units == self.planned + self.shortfall,
                "planned",
                f"{self.planned} units planned{late}, but {units} tokens",
            ),
            (
                self.sold == self.owned,
                "fence",
                f"{self.sold} sold, but {self.owned} under the fence of a confirmed hold",
            ),
            (self.refunded <= self.void, "refunded", f"{self.refunded} refunded, but only {self.void} out of the drop"),
            (gone == self.confirmed, "confirmed", f"{words}, but {self.confirmed} in confirmed holds"),
            (gone == self.ordered, "ordered", f"{words}, but {self.ordered} units in orders"),
            (self.astray == 0, "astray", f"{self.astray} held or sold from another pool than was promised"),
            *((not lot.problem, f"lot:{lot.count.pool_id}", lot.problem) for lot in self.lots),
        ]
        return [Problem(code, text) for is_right, code, text in found if not is_right]


def proof_of(*, drop: Drop) -> list[ProofLine]:
    """Return a line of sums for each SKU of a drop, read from the rows themselves and from nothing derived."""
    return proofs_of(drops=[drop])


def proofs_of(*, drops: Iterable[Drop]) -> list[ProofLine]:
    """Return the lines of several drops, asking as often as for one."""
    ids = [drop.pk for drop in drops]
    ordered, confirmed, owned, refunded, astray = (
        _sums(query, ids) for query in (ORDERED, CONFIRMED, OWNED, REFUNDED, ASTRAY)
    )
    lots = _lots(ids)
    planned = {pk: (drop_id, units, late) for pk, drop_id, units, late in _plans(ids)}
    return [
        ProofLine(
            drop_id=planned[count.drop_sku_id][0],
            drop_sku_id=count.drop_sku_id,
            sku_code=count.sku_code,
            tokens=count.total,
            free=count.free,
            held=count.held,
            sold=count.sold,
            void=count.void,
            owned=owned.get(count.drop_sku_id, 0),
            confirmed=confirmed.get(count.drop_sku_id, 0),
            ordered=ordered.get(count.drop_sku_id, 0),
            refunded=refunded.get(count.drop_sku_id, 0),
            planned=planned[count.drop_sku_id][1],
            shortfall=planned[count.drop_sku_id][2],
            astray=astray.get(count.drop_sku_id, 0),
            lots=lots.get(count.drop_sku_id, ()),
        )
        for count in tallies_of(drop_ids=ids)
    ]


def _plans(drop_ids: list[int]) -> Iterable[tuple[int, int, int, int]]:
    return DropSku.objects.filter(drop__in=drop_ids).values_list("pk", "drop_id", "planned", "shortfall")


def _lots(drop_ids: list[int]) -> dict[int, tuple[LotLine, ...]]:
    """Return the lots of each SKU that lies in several pools; of one pool the SKU's own sums say it all."""
    planned = {
        (lot.drop_sku_id, lot.pool_id): (lot.planned, lot.shortfall)
        for lot in Lot.objects.filter(drop_sku__drop__in=drop_ids)
    }
    found: dict[int, list[LotLine]] = {}
    for count in pool_counts_of_drops(drop_ids=drop_ids):
        plan = planned.get((count.drop_sku_id, count.pool_id), (0, 0))
        found.setdefault(count.drop_sku_id, []).append(LotLine(count, *plan))
    return {drop_sku_id: tuple(lines) for drop_sku_id, lines in found.items() if len(lines) > 1}


def _sums(query: str, drop_ids: list[int]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(query, [drop_ids])
        return {drop_sku_id: int(total) for drop_sku_id, total in cursor.fetchall()}
