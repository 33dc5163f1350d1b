"""
The limit: the same database work as a hold, from a bare loop without HTTP, Django or anything to decide.

    python -m bench.hold_limit --connections 16 --holds 2000
    python -m bench.hold_limit --connections 2 --holds 20000 --batch 50
"""

import argparse
import threading
import time
from typing import Any

import psycopg

from bench import ground, report, shop
from drops.sales.accepting import PLACE, Wish, arguments
from drops.stock.models import Hold


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--connections", type=int, default=16, help="as many as the web processes have threads")
    parser.add_argument("--holds", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=1, help="wishes that share a round trip and a commit")
    asked = parser.parse_args()
    with ground.own_database() as database:
        figures = limit_of(database=database, connections=asked.connections, count=asked.holds, batch=asked.batch)
    report.show(f"hold_limit {asked.holds} by {asked.batch}: bare psycopg", figures)


def limit_of(*, database: str, connections: int, count: int, batch: int = 1) -> dict[str, Any]:
    """Place so many holds over so many connections as fast as they go."""
    drop_sku = shop.make_drop(units=count)
    wishes = [_wish(buyer) for buyer in shop.make_buyers(drop_sku=drop_sku, count=count)]
    batches = [arguments(wishes[first : first + batch]) for first in range(0, count, batch)]
    shop.settle_down()
    barrier, times = threading.Barrier(connections + 1), []

    def work(part: list[dict[str, Any]]) -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("SELECT 1")
            barrier.wait()
            for values in part:
                began = time.perf_counter()
                connection.execute(PLACE, values, prepare=True)
                times.append(time.perf_counter() - began)

    threads = [threading.Thread(target=work, args=(batches[number::connections],)) for number in range(connections)]
    for thread in threads:
        thread.start()
    barrier.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    return {
        "connections": connections,
        "batch": batch,
        "holds": Hold.objects.filter(drop_sku=drop_sku).count(),
        "holds/s": round(count / took, 1),
        "p50 ms": round(report.percentile(times, 50) * 1000, 2),
        "p99 ms": round(report.percentile(times, 99) * 1000, 2),
    }


def _wish(buyer: shop.Buyer) -> Wish:
    return Wish(buyer.shopper.ref, buyer.quote.ref, buyer.quote.hash, buyer.quote.ref)


if __name__ == "__main__":
    main()
