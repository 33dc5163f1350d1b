"""
What PostgreSQL does to claim one unit, among a thousand tokens and among a million.

    python -m bench.explain --tokens 1000 1000000
"""

import argparse

from django.db import connection

from bench import ground, shop

MINT = """
INSERT INTO drops_token (drop_sku_id, ordinal, free_at, fence, status)
SELECT %s, ordinal, '1970-01-01Z', 0, 'free' FROM generate_series(2, %s) AS ordinal
"""
# The statement inside drops_claim_tokens, with its parameters written out.
CLAIM = """
EXPLAIN (ANALYZE, BUFFERS, COSTS OFF)
WITH claimable AS MATERIALIZED (
    SELECT id, hold_id AS previous_id
      FROM drops_token
     WHERE drop_sku_id = %s AND free_at <= drops_statement_now()
     ORDER BY free_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE drops_token AS token
   SET free_at = drops_now() + interval '605 seconds', status = 'held', fence = token.fence + 1
  FROM claimable WHERE token.id = claimable.id
RETURNING token.id, token.fence, claimable.previous_id
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--tokens", type=int, nargs="+", default=[1_000])
    asked = parser.parse_args()
    with ground.own_database():
        for count in asked.tokens:
            drop_sku = shop.make_drop(units=1)
            with connection.cursor() as cursor:
                cursor.execute(MINT, [drop_sku.pk, count])
                cursor.execute("VACUUM ANALYZE drops_token")
                for _ in range(2):  # the second time everything is in memory
                    cursor.execute(CLAIM, [drop_sku.pk])
                    lines = [row[0] for row in cursor.fetchall()]
            print(f"\n{count:,} tokens", *lines, sep="\n")


if __name__ == "__main__":
    main()
