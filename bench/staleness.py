"""
How old a shown count is while a drop is rushed: what some of many sockets show, against what was committed and lapsed.

    python -m bench.staleness --sockets 2000 --seconds 20

A shown count is as old as the first change that it lacks: 0 as long as nothing has changed since it was counted. Holds come
and go as fast as a few hands can place and release them, and a third of them lapse within the run, which no commit tells of.
Both clocks are the machine's: the database counts by the one by which the sockets hear.
"""

import argparse
import random
import threading
import time
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from bench import ground, report, shop
from bench.stock_fanout import audience
from drops.sales.holding import place_hold, release_hold
from drops.stock.counts import count_of
from drops.stock.models import DropSku, Token

HANDS = 4
EACH_SECOND = 60  # buyers made ready for a second of rush: more than this machine serves
LOOK_EVERY_S = 0.02
SETTLES_WITHIN_S = 3.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--sockets", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args()
    with ground.own_database() as database, ground.running("sockets", database=database) as there:
        figures = staleness(there=there, sockets=asked.sockets, seconds=asked.seconds)
    report.show(f"staleness {asked.sockets}: age of a shown count", figures)


def staleness(*, there: dict[str, int], sockets: int, seconds: float) -> dict[str, Any]:
    """Rush a drop that so many sockets watch, and return how old the counts were that they showed."""
    count = int(seconds * EACH_SECOND) + 1
    drop_sku = shop.make_drop(units=count)
    buyers = shop.make_buyers(drop_sku=drop_sku, count=count)
    shop.settle_down()
    with audience(there=there, drop_sku=drop_sku, count=sockets) as crowd:
        crowd.say({"watch": seconds + SETTLES_WITHIN_S})
        began = time.time()
        changes = sorted(_rush(drop_sku, buyers, until=time.monotonic() + seconds))
        shown = crowd.hear()["shown"]
    frames = [[(at, datetime.fromisoformat(counted).timestamp(), units) for at, counted, units in one] for one in shown]
    ages = [age for one in frames for age in _ages(one, changes, began=began + 1, ended=began + seconds)]
    truth = count_of(drop_sku_id=drop_sku.pk).available
    return {
        "sockets": sockets,
        "sampled": len(frames),
        "changes/s": round(len(changes) / seconds, 1),
        "snapshots shown to each /s": round(sum(map(len, frames)) / len(frames) / seconds, 1),
        "age p50 ms": _ms(report.percentile(ages, 50)),
        "age p99 ms": _ms(report.percentile(ages, 99)),
        "age worst ms": _ms(max(ages)),
        "in the end show what is true": sum(bool(one) and one[-1][2] == truth for one in frames),
    }


def _rush(drop_sku: DropSku, buyers: list[shop.Buyer], *, until: float) -> list[float]:
    """Place holds until a moment, release most and let the rest lapse; return when the counts changed."""
    changes: list[float] = []
    waiting = iter(buyers)
    turn = threading.Lock()

    def buy() -> None:
        while time.monotonic() < until:
            with turn:
                buyer = next(waiting, None)
            if buyer is None:
                break
            hold = place_hold(
                shopper=buyer.shopper, quote_ref=buyer.quote.ref, quote_hash=buyer.quote.hash, idempotency_key="one"
            )
            changes.append(time.time())
            if random.random() < 1 / 3:
                lapses_at = datetime.now(tz=UTC) + timedelta(seconds=random.uniform(0.2, 2.0))
                Token.objects.filter(hold=hold).update(free_at=lapses_at)
                changes.extend([time.time(), lapses_at.timestamp()])
            else:
                release_hold(hold_ref=hold.ref, shopper=buyer.shopper)
                changes.append(time.time())
        connection.close()

    hands = [threading.Thread(target=buy) for _ in range(HANDS)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    return changes


def _ages(frames: list[tuple[float, float, int]], changes: list[float], *, began: float, ended: float) -> list[float]:
    """Return the age of what one socket showed, looked at so and so often."""
    heard = [at for at, _, _ in frames]
    ages = []
    moment = began
    while moment < ended:
        newest = bisect_right(heard, moment) - 1
        # The first look comes before the first frame of the watch; what it showed is as old as the first change.
        counted_at = frames[newest][1] if newest >= 0 else 0.0
        missed = bisect_right(changes, counted_at)
        is_old = missed < len(changes) and changes[missed] <= moment
        ages.append(moment - changes[missed] if is_old else 0.0)
        moment += LOOK_EVERY_S
    return ages


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


if __name__ == "__main__":
    main()
