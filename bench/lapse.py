"""
Everybody forgets: so many holds are due at once, and the sweep books them while other shoppers place holds.

    python -m bench.lapse            100,000 holds
    python -m bench.lapse --small    5,000
"""

import argparse
import time
from typing import Any

from django.db import connection

from bench import ground, report, shop
from bench.placing import shoppers_coming
from creatorshop.chat.models import Thread
from drops.stock import audit
from drops.stock.holds import MARGIN
from drops.stock.models import DropSku, Hold, HoldEvent, HoldState
from drops.stock.proof import proof_of
from drops.stock.sweep import lapse_due_holds

# Rows as drops_place_holds leaves them, an hour later; all at once, since placing them one by one is not measured here. They
# end a millisecond after each other.
DUE = """
WITH pair AS (
    SELECT quote.*, token.id AS token_id, nextval(pg_get_serial_sequence('drops_hold', 'id')) AS hold_id,
           %(ended)s + quote.n * interval '1 millisecond' AS ended
      FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM drops_quote WHERE drop_sku_id = %(drop_sku)s) AS quote
      JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM drops_token WHERE drop_sku_id = %(drop_sku)s) AS token
        ON token.n = quote.n
), placed AS (
    INSERT INTO drops_hold (
        id, ref, shopper_id, drop_sku_id, quantity, state, source, quote_ref, quote_hash, terms, total_minor, currency,
        delivery_method, delivery_option, created_at, base_expires_at, expires_at, hard_deadline, extensions,
        has_used_grace, is_late, close_reason, version, pool_id, risk
    )
    SELECT hold_id, ref, shopper_id, drop_sku_id, 1, 'held', 'direct', ref, hash, terms, total_minor, currency,
           delivery_method, delivery_option, ended, ended, ended, ended, 0, false, false, '', 1, pool_id, '{}'
      FROM pair
), claimed AS (
    UPDATE drops_token AS token
       SET hold_id = pair.hold_id, free_at = pair.ended + %(margin)s, status = 'held', fence = 1
      FROM pair WHERE token.id = pair.token_id
), told AS (
    INSERT INTO drops_holdevent (hold_id, from_state, to_state, actor, reason, at)
    SELECT hold_id, '', 'held', 'shopper', 'accepted', ended FROM pair
)
INSERT INTO drops_holdtoken (hold_id, token_id, fence) SELECT hold_id, token_id, 1 FROM pair
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--holds", type=int, default=100_000)
    parser.add_argument("--small", action="store_const", dest="holds", const=5_000)
    parser.add_argument("--rate", type=float, default=20, help="holds placed a second meanwhile")
    parser.add_argument("--before", type=float, default=15, help="seconds for which they are placed without a sweep")
    asked = parser.parse_args()
    with ground.own_database() as database:
        figures = lapse(database=database, count=asked.holds, rate=asked.rate, before_s=asked.before)
    report.show(f"lapse {asked.holds}: by the sweep", figures)


def lapse(*, database: str, count: int, rate: float, before_s: float) -> dict[str, Any]:
    """Make so many holds that are due, and sweep until none is left while shoppers take over what is free."""
    drop_sku = shop.make_drop(units=count)
    coming_before = int(rate * before_s)
    coming_meanwhile = int(rate * (10 + count / 1000))
    buyers = shop.make_buyers(drop_sku=drop_sku, count=count + coming_before + coming_meanwhile)
    _let_them_forget(drop_sku, [buyer.shopper.pk for buyer in buyers[:count]])
    shop.settle_down()
    with shoppers_coming(database=database, buyers=buyers[count : count + coming_before], rate=rate) as quiet:
        time.sleep(before_s)
    with shoppers_coming(database=database, buyers=buyers[count + coming_before :], rate=rate) as meanwhile:
        turns = _sweep()
    took = sum(turns)
    taken_over = Hold.objects.filter(drop_sku=drop_sku, state=HoldState.HELD).count()
    booked = HoldEvent.objects.filter(hold__drop_sku=drop_sku, to_state="expired", reason="time ran out").count()
    began = time.perf_counter()
    linked = audit.chain_new_events()
    chaining = time.perf_counter() - began
    return {
        "holds": count,
        "booked": booked,
        "took s": round(took, 2),
        "lapses/s": round(count / took, 1),
        "turns": len(turns),
        "median turn ms": round(report.percentile(turns, 50) * 1000, 1),
        "p99 turn ms": round(report.percentile(turns, 99) * 1000, 1),
        "longest turn ms": round(max(turns) * 1000, 1),
        "placed before": len(quiet),
        "placed meanwhile": len(meanwhile),
        "p50 of a hold before ms": round(report.percentile(quiet, 50) * 1000, 1),
        "p50 of a hold meanwhile ms": round(report.percentile(meanwhile, 50) * 1000, 1),
        "p99 of a hold before ms": round(report.percentile(quiet, 99) * 1000, 1),
        "p99 of a hold meanwhile ms": round(report.percentile(meanwhile, 99) * 1000, 1),
        "steps chained/s": round(linked / chaining, 1),
        "proof": _proof(drop_sku, count=count, booked=booked, placed=taken_over),
    }


def _let_them_forget(drop_sku: DropSku, shopper_ids: list[int]) -> None:
    """Make the holds, and the threads in which they were shown."""
    ended = drop_sku.drop.opens_at
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"drop_sku": drop_sku.pk, "ended": ended, "margin": MARGIN})
    creator_id = drop_sku.drop.creator_id
    Thread.objects.bulk_create(
        (Thread(shopper_id=pk, creator_id=creator_id, seq=1, wakes_at=ended) for pk in shopper_ids),
        batch_size=shop.AT_ONCE,
    )


def _sweep() -> list[float]:
    """Book until none is due, and return how long each call took."""
    turns = []
    while True:
        began = time.perf_counter()
        if not lapse_due_holds():
            return turns or [time.perf_counter() - began]
        turns.append(time.perf_counter() - began)


def _proof(drop_sku: DropSku, *, count: int, booked: int, placed: int) -> str | list[str]:
    """Return what is wrong, or that everything adds up: each lapse once, and every unit somewhere."""
    lines = proof_of(drop=drop_sku.drop)
    problems = [str(problem) for line in lines for problem in line.problems]
    if booked != count or Hold.objects.filter(drop_sku=drop_sku, state=HoldState.EXPIRED).count() != count:
        problems.append(f"{booked} lapses booked of {count}")
    if [(line.free, line.held) for line in lines] != [(count - placed, placed)]:
        problems.append(f"{placed} holds live, but the tokens say {lines}")
    problems += audit.verify_chain(drop_id=drop_sku.drop_id)
    return problems or "adds up"


if __name__ == "__main__":
    main()
