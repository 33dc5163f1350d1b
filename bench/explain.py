"""
What PostgreSQL does to claim one unit, and to count a SKU's, among a thousand tokens and among a million.

    python -m bench.explain --tokens 1000 1000000
"""

import argparse

from django.db import connection

from bench import ground, shop
from drops.sales.holding import place_hold
from drops.stock.counts import COUNTS

MINT = """
INSERT INTO drops_token (drop_sku_id, pool_id, ordinal, free_at, fence, status)
SELECT %(drop_sku)s, %(pool)s, ordinal, '1970-01-01Z', 0, 'free' FROM generate_series(2, %(units)s) AS ordinal
"""
# The statement inside drops_claim_tokens, with its parameters written out.
CLAIM = """
EXPLAIN (ANALYZE, BUFFERS, COSTS OFF)
WITH claimable AS MATERIALIZED (
    SELECT id, hold_id AS previous_id
      FROM drops_token
     WHERE drop_sku_id = %(drop_sku)s AND pool_id = %(pool)s AND free_at <= drops_statement_now()
     ORDER BY free_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE drops_token AS token
   SET free_at = drops_now() + interval '605 seconds', status = 'held', fence = token.fence + 1
  FROM claimable WHERE token.id = claimable.id
RETURNING token.id, token.fence, claimable.previous_id
"""
COUNT = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) " + COUNTS.format(which="ds.id = %(id)s")
SELL = """
UPDATE drops_token SET free_at = '9000-01-01Z', status = 'sold', hold_id = %(hold)s
 WHERE drop_sku_id = %(drop_sku)s AND ordinal <= %(units)s
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--tokens", type=int, nargs="+", default=[1_000])
    asked = parser.parse_args()
    with ground.own_database():
        for count in asked.tokens:
            drop_sku = shop.make_drop(units=1)
            [buyer] = shop.make_buyers(drop_sku=drop_sku, count=1)
            hold = place_hold(
                shopper=buyer.shopper, quote_ref=buyer.quote.ref, quote_hash=buyer.quote.hash, idempotency_key="one"
            )
            known = {"drop_sku": drop_sku.pk, "pool": hold.pool_id, "hold": hold.pk, "id": drop_sku.pk}
            with connection.cursor() as cursor:
                cursor.execute(MINT, known | {"units": count})
                cursor.execute("VACUUM ANALYZE drops_token")
                print(f"\nClaim one of {count:,} tokens", *_second(CLAIM, known), sep="\n")
                for sold in (0, count // 2, count):
                    cursor.execute(SELL, known | {"units": sold})
                    cursor.execute("VACUUM drops_token")
                    print(f"\nCount {count:,} tokens of which {sold:,} are sold", *_second(COUNT, known), sep="\n")


def _second(statement: str, known: dict[str, int]) -> list[str]:
    """Return what the statement did the second time, with everything in memory."""
    with connection.cursor() as cursor:
        for _ in range(2):
            cursor.execute(statement, known)
            lines = [row[0] for row in cursor.fetchall()]
    return lines


if __name__ == "__main__":
    main()
