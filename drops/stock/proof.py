"""
The proof that stock does not lie: every token is somewhere, and every sold one is a unit that somebody owns.
"""

from dataclasses import dataclass

from django.db import connection

from drops.schedule.models import Drop
from drops.stock.counts import counts_of

ORDERED = """
SELECT t.drop_sku_id, count(*)
  FROM drops_orderunit AS unit
  JOIN drops_token AS t ON t.id = unit.token_id
  JOIN drops_dropsku AS ds ON ds.id = t.drop_sku_id
 WHERE ds.drop_id = %s
 GROUP BY t.drop_sku_id
"""
REFUNDED = """
SELECT t.drop_sku_id, count(*)
  FROM drops_orderunit AS unit
  JOIN drops_orderline AS line ON line.id = unit.line_id
  JOIN drops_order AS bought ON bought.id = line.order_id
  JOIN drops_token AS t ON t.id = unit.token_id
  JOIN drops_dropsku AS ds ON ds.id = t.drop_sku_id
 WHERE ds.drop_id = %s AND bought.state = 'refunded' AND t.status = 'void'
 GROUP BY t.drop_sku_id
"""
CONFIRMED = """
SELECT hold.drop_sku_id, sum(hold.quantity)
  FROM drops_hold AS hold
  JOIN drops_dropsku AS ds ON ds.id = hold.drop_sku_id
 WHERE ds.drop_id = %s AND hold.state = 'confirmed'
 GROUP BY hold.drop_sku_id
"""
# A sold token belongs to exactly one confirmed hold, by the fence of its last claim.
OWNED = """
SELECT t.drop_sku_id, count(*)
  FROM drops_token AS t
  JOIN drops_dropsku AS ds ON ds.id = t.drop_sku_id
  JOIN drops_holdtoken AS held ON held.token_id = t.id AND held.fence = t.fence
  JOIN drops_hold AS hold ON hold.id = held.hold_id
 WHERE ds.drop_id = %s AND t.status = 'sold' AND hold.state = 'confirmed'
 GROUP BY t.drop_sku_id
"""


@dataclass(frozen=True)
class ProofLine:
    """
    The sums of one SKU in one drop; `problems` is empty when they add up.

    Refunded units are void and no longer planned, but their order, its hold and what it was to travel in stay on record.
    """

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

    @property
    def problems(self) -> list[str]:
        found = []
        if self.tokens != self.free + self.held + self.sold + self.void:
            found.append(f"{self.tokens} tokens, but {self.free + self.held + self.sold + self.void} accounted for")
        if self.tokens - self.void != self.planned:
            found.append(f"{self.planned} units planned, but {self.tokens - self.void} tokens")
        if self.sold != self.owned:
            found.append(f"{self.sold} sold, but {self.owned} under the fence of a confirmed hold")
        if self.refunded > self.void:
            found.append(f"{self.refunded} refunded, but only {self.void} out of the drop")
        sold = f"{self.sold} sold" + (f" and {self.refunded} refunded" if self.refunded else "")
        if self.sold + self.refunded != self.confirmed:
            found.append(f"{sold}, but {self.confirmed} in confirmed holds")
        if self.sold + self.refunded != self.ordered:
            found.append(f"{sold}, but {self.ordered} units in orders")
        return found


def proof_of(*, drop: Drop) -> list[ProofLine]:
    """Return a line of sums for each SKU of a drop, read from the rows themselves and from nothing derived."""
    ordered, confirmed, owned, refunded = (_sums(query, drop) for query in (ORDERED, CONFIRMED, OWNED, REFUNDED))
    planned = dict(drop.drop_skus.values_list("pk", "planned"))
    return [
        ProofLine(
            drop_sku_id=count.drop_sku_id,
            sku_code=count.sku_code,
            tokens=count.total,
            free=count.available,
            held=count.held,
            sold=count.sold,
            void=count.void,
            owned=owned.get(count.drop_sku_id, 0),
            confirmed=confirmed.get(count.drop_sku_id, 0),
            ordered=ordered.get(count.drop_sku_id, 0),
            refunded=refunded.get(count.drop_sku_id, 0),
            planned=planned[count.drop_sku_id],
        )
        for count in counts_of(drop_id=drop.pk)
    ]


def _sums(query: str, drop: Drop) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(query, [drop.pk])
        return {drop_sku_id: int(total) for drop_sku_id, total in cursor.fetchall()}
