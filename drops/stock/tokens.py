"""
Claiming, moving and giving back the rights to single units. Plain SQL, because every word of it matters.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max

from drops.errors import Invalid
from drops.stock.models import FREE, NEVER, DropSku, Hold, HoldToken, Lot, StockPool, Token
from drops.stock.pools import store_room_of

# The statement is in drops/migrations/place_holds.sql, where the claim uses it too.
CLAIM = """
SELECT token_id, token_fence, previous_hold_id
  FROM drops_claim_tokens(
    %(drop_sku)s, %(pool)s, ARRAY[ROW(1, %(hold)s, %(quantity)s, %(free_at)s)]::drops_wanted[], %(kept)s
  )
"""
VOID = """
WITH claimable AS MATERIALIZED (
    SELECT id
      FROM drops_token
     WHERE drop_sku_id = %(drop_sku)s AND pool_id = %(pool)s AND free_at <= drops_statement_now()
     ORDER BY free_at
     LIMIT %(quantity)s
       FOR UPDATE SKIP LOCKED
)
UPDATE drops_token AS token
   SET free_at = %(free_at)s, hold_id = NULL, status = 'void', fence = token.fence + 1
  FROM claimable
 WHERE token.id = claimable.id
"""
# A new fence here too: a late payment for the unit as it lay before would otherwise sell it where it lies now.
CARRY = """
WITH claimable AS MATERIALIZED (
    SELECT id
      FROM drops_token
     WHERE drop_sku_id = %(drop_sku)s AND pool_id = %(pool)s AND free_at <= drops_statement_now()
     ORDER BY free_at
     LIMIT %(quantity)s
       FOR UPDATE SKIP LOCKED
)
UPDATE drops_token AS token
   SET pool_id = %(target)s, free_at = %(free_at)s, hold_id = NULL, status = 'free', fence = token.fence + 1
  FROM claimable
 WHERE token.id = claimable.id
"""

# Fences, not clocks: a token is still ours if nobody has claimed it since, however late it is (stock.md, decision 2).
_OURS = """
  FROM drops_holdtoken AS held
 WHERE held.hold_id = %(hold)s AND token.id = held.token_id AND token.fence = held.fence
   AND token.status IN ('free', 'held')
"""
MOVE = "UPDATE drops_token AS token SET free_at = %(free_at)s, status = 'held'" + _OURS
FREE_AGAIN = "UPDATE drops_token AS token SET free_at = %(free_at)s, status = 'free'" + _OURS
SELL = "UPDATE drops_token AS token SET free_at = %(free_at)s, status = 'sold'" + _OURS + " RETURNING token.id"
# A unit that was sold and refunded is not sold again by itself: it leaves the drop.
RETIRE = """
UPDATE drops_token AS token SET status = 'void', hold_id = NULL
  FROM drops_holdtoken AS held
 WHERE held.hold_id = %(hold)s AND token.id = held.token_id AND token.fence = held.fence AND token.status = 'sold'
   AND token.id = ANY(%(tokens)s)
"""
# The book-keeping of a lapse: the words for people. Whoever claims the token does not wait for it.
MARK_FREE = "UPDATE drops_token AS token SET status = 'free'" + _OURS + " AND token.free_at <= drops_statement_now()"


class NoMoreUnits(Invalid):
    """Fewer units than were asked to leave are free."""

    code = "no_more_units"


@dataclass(frozen=True)
class Claim:
    token_id: int
    fence: int
    previous_hold_id: int | None


def mint(*, drop_sku: DropSku, units: int, pool: StockPool | None = None) -> list[Token]:
    """Add tokens for so many more units, in the store-room unless told otherwise, and plan them there."""
    pool = pool or store_room_of(creator_id=drop_sku.drop.creator_id)
    last = Token.objects.filter(drop_sku=drop_sku).aggregate(last=Max("ordinal"))["last"] or 0
    plan(drop_sku_id=drop_sku.pk, pool_id=pool.pk, by=units)
    return Token.objects.bulk_create(
        [Token(drop_sku=drop_sku, pool=pool, ordinal=last + number) for number in range(1, units + 1)], batch_size=1000
    )


def plan(*, drop_sku_id: int, pool_id: int, by: int) -> None:
    """Plan so many units more or fewer of a SKU in one pool. Whoever calls keeps the SKU's own sum."""
    Lot.objects.get_or_create(drop_sku_id=drop_sku_id, pool_id=pool_id)
    Lot.objects.filter(drop_sku=drop_sku_id, pool=pool_id).update(planned=F("planned") + by)


def claim(*, hold: Hold, quantity: int, free_at: datetime, kept: int = 0) -> list[Claim]:
    """Take so many more free tokens of a hold's pool for it, or none; `kept` of the free ones are left for others."""
    values: dict[str, Any] = {
        "drop_sku": hold.drop_sku_id,
        "pool": hold.pool_id,
        "hold": hold.pk,
        "quantity": quantity,
        "free_at": free_at,
        "kept": kept,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        return [Claim(*row) for row in cursor.fetchall()]


def record_claims(*, hold_id: int, claims: list[Claim]) -> None:
    """Write down which tokens a hold claimed, under which fence."""
    HoldToken.objects.bulk_create(
        [HoldToken(hold_id=hold_id, token_id=claim.token_id, fence=claim.fence) for claim in claims]
    )


def keep_until(*, hold: Hold, free_at: datetime) -> int:
    """Move the end of a hold's tokens, and return how many are still its own."""
    return _run(MOVE, hold.pk, free_at)


def give_back(*, hold: Hold) -> int:
    """Free a hold's tokens at once, and return how many were still its own."""
    return _run(FREE_AGAIN, hold.pk, FREE)


def mark_lapsed(*, hold: Hold) -> int:
    """Write "free" on tokens whose time is over. They were free to claim already."""
    return _run(MARK_FREE, hold.pk, NEVER)


def sell(*, hold: Hold) -> list[int]:
    """Make a hold's tokens its own for good, by fence and without a clock; return those that still were its own."""
    with connection.cursor() as cursor:
        cursor.execute(SELL, {"hold": hold.pk, "free_at": NEVER})
        return [row[0] for row in cursor.fetchall()]


def retire(*, hold: Hold, token_ids: Collection[int]) -> int:
    """Take these of a hold's sold units out of the drop, and return how many they were."""
    with connection.cursor() as cursor:
        cursor.execute(RETIRE, {"hold": hold.pk, "tokens": list(token_ids)})
        return int(cursor.rowcount)


def void(*, drop_sku: DropSku, units: int, pool: StockPool | None = None) -> None:
    """
    Take free units out of the drop and its plan, in the store-room unless told otherwise.

    :raises NoMoreUnits: if fewer are free there; nothing is voided then. Held and sold units are never touched.
    """
    pool = pool or store_room_of(creator_id=drop_sku.drop.creator_id)
    with transaction.atomic():
        _refuse_unless_all(void_free(drop_sku_id=drop_sku.pk, pool_id=pool.pk, units=units), units)
        plan(drop_sku_id=drop_sku.pk, pool_id=pool.pk, by=-units)


def void_free(*, drop_sku_id: int, pool_id: int, units: int) -> int:
    """Take up to so many free units of a pool out of the drop, and return how many were. One being claimed is skipped."""
    values: dict[str, Any] = {"drop_sku": drop_sku_id, "pool": pool_id, "quantity": units, "free_at": NEVER}
    with connection.cursor() as cursor:
        cursor.execute(VOID, values)
        return int(cursor.rowcount)


def carry(*, drop_sku_id: int, source: StockPool, target: StockPool, units: int) -> None:
    """
    Move free units of a SKU from one pool to another, with their plan.

    :raises NoMoreUnits: if fewer are free; the caller's transaction has to roll back.
    """
    values: dict[str, Any] = {"drop_sku": drop_sku_id, "pool": source.pk, "target": target.pk}
    with connection.cursor() as cursor:
        cursor.execute(CARRY, values | {"quantity": units, "free_at": FREE})
        _refuse_unless_all(int(cursor.rowcount), units)
    plan(drop_sku_id=drop_sku_id, pool_id=source.pk, by=-units)
    plan(drop_sku_id=drop_sku_id, pool_id=target.pk, by=units)


def _refuse_unless_all(moved: int, asked: int) -> None:
    if moved != asked:
        raise NoMoreUnits(f"Only {moved} of {asked} units are free.", asked=asked, free=moved)


def _run(sql: str, hold_id: int, free_at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"hold": hold_id, "free_at": free_at})
        return int(cursor.rowcount)
