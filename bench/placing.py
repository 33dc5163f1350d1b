"""
Shoppers who come one after the other, at a steady rate, from a process of their own: what something else costs them.

Started by a benchmark. It reads `{"rate": 50, "quotes": [[shopper id, ref, hash], ...]}` from its input, places holds by
the service until another line comes or the quotes are used up, and writes how long each took, in seconds. Times run from the
instant at which a hold was due to be placed, so that waiting for the one before is part of them.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from bench import shop
from drops.audience.models import Shopper
from drops.errors import ShopError
from drops.sales.holding import place_hold


@contextmanager
def shoppers_coming(*, database: str, buyers: list[shop.Buyer], rate: float) -> Iterator[list[float]]:
    """Let shoppers hold at so many a second for the length of a block; the list has their times afterwards."""
    env = os.environ | {"DATABASE_URL": database, "REDIS_URL": settings.REDIS_URL}
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.placing"], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin and process.stdout
    quotes = [(buyer.shopper.pk, buyer.quote.ref, buyer.quote.hash) for buyer in buyers]
    process.stdin.write(json.dumps({"rate": rate, "quotes": quotes}) + "\n")
    process.stdin.flush()
    process.stdout.readline()
    times: list[float] = []
    try:
        yield times
    finally:
        answer, _ = process.communicate("stop\n", timeout=60)
    times.extend(json.loads(answer))


def main() -> None:
    wish = json.loads(sys.stdin.readline())
    shoppers = Shopper.objects.in_bulk([pk for pk, _, _ in wish["quotes"]])
    connection.ensure_connection()
    is_over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), is_over.set()), daemon=True).start()
    print("ready", flush=True)
    times, began = [], time.perf_counter()
    for number, (pk, ref, quote_hash) in enumerate(wish["quotes"]):
        due = began + number / wish["rate"]
        if is_over.wait(max(0.0, due - time.perf_counter())):
            break
        try:
            place_hold(shopper=shoppers[pk], quote_ref=ref, quote_hash=quote_hash, idempotency_key=ref)
        except ShopError as refusal:
            sys.exit(f"A hold was refused: {refusal.code}")
        times.append(time.perf_counter() - due)
    print(json.dumps(times), flush=True)


if __name__ == "__main__":
    main()
