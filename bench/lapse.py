"""
Everybody forgets: so many holds are due at once, and the sweep books them.

    python -m bench.lapse            100,000 holds
    python -m bench.lapse --small    5,000
"""

import argparse
import time
from datetime import timedelta
from typing import Any

from django.db import connection

from bench import ground, report, shop
from drops.stock.holds import MARGIN
from drops.stock.models import Hold, HoldState
from drops.stock.proof import proof_of
from drops.stock.sweep import lapse_due_holds

# Rows as drops_place_holds leaves them, an hour later; all at once, since placing them one by one is not measured here.
DUE = """
WITH pair AS (
    SELECT quote.*, token.id AS token_id, nextval(pg_get_serial_sequence('drops_hold', 'id')) AS hold_id
      FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM drops_quote WHERE drop_sku_id = %(drop_sku)s) AS quote
      JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM drops_token WHERE drop_sku_id = %(drop_sku)s) AS token
        ON token.n = quote.n
), placed AS (
    INSERT INTO drops_hold (
        id, ref, shopper_id, drop_sku_id, quantity, state, source, quote_ref, quote_hash, terms, total_minor, currency,
        delivery_method, delivery_option, created_at, base_expires_at, expires_at, hard_deadline, extensions,
        has_used_grace, is_late, close_reason, version
    )
    SELECT hold_id, ref, shopper_id, drop_sku_id, 1, 'held', 'direct', ref, hash, terms, total_minor, currency,
           delivery_method, delivery_option, %(ended)s, %(ended)s, %(ended)s, %(ended)s, 0, false, false, '', 1
      FROM pair
), claimed AS (
    UPDATE drops_token AS token
       SET hold_id = pair.hold_id, free_at = %(free_at)s, status = 'held', fence = 1
      FROM pair WHERE token.id = pair.token_id
)
INSERT INTO drops_holdtoken (hold_id, token_id, fence) SELECT hold_id, token_id, 1 FROM pair
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--holds", type=int, default=100_000)
    parser.add_argument("--small", action="store_const", dest="holds", const=5_000)
    asked = parser.parse_args()
    with ground.own_database():
        figures = lapse(count=asked.holds)
    report.show(f"lapse {asked.holds}: by the sweep", figures)


def lapse(*, count: int) -> dict[str, Any]:
    """Make so many holds that are due, and sweep until none is left."""
    drop_sku = shop.make_drop(units=count)
    buyers = shop.make_buyers(drop_sku=drop_sku, count=count)
    ended = buyers[0].quote.created_at - timedelta(hours=1)
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"drop_sku": drop_sku.pk, "ended": ended, "free_at": ended + MARGIN})
    shop.settle_down()
    turns, began = [], time.perf_counter()
    while True:
        turn = time.perf_counter()
        if not lapse_due_holds():
            break
        turns.append(time.perf_counter() - turn)
    took = time.perf_counter() - began
    return {
        "holds": count,
        "booked": Hold.objects.filter(drop_sku=drop_sku, state=HoldState.EXPIRED).count(),
        "took s": round(took, 2),
        "lapses/s": round(count / took, 1),
        "turns": len(turns),
        "longest turn ms": round(max(turns, default=0.0) * 1000, 1),
        "proof": [str(problem) for line in proof_of(drop=drop_sku.drop) for problem in line.problems] or "adds up",
    }


if __name__ == "__main__":
    main()
