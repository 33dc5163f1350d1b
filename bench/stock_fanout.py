"""
How soon everybody knows: from the commit of one hold, and from the publisher's message about it, to the last of so many
sockets that watch the drop; and what each of them costs in memory.

    python -m bench.stock_fanout --sockets 1000 5000 10000

A socket counts as told when the first frame with a count reaches it after the commit. The publisher's message is what the
first process that counts anew spreads through Redis; the moment it arrives there is taken from a listener of our own.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import redis
from django.conf import settings

from bench import ground, report, shop
from creatorshop.chat import news
from creatorshop.desk.stack import HOST
from drops.sales.holding import place_hold
from drops.stock.models import DropSku

ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--sockets", type=int, nargs="+", default=[500])
    asked = parser.parse_args()
    with ground.own_database() as database:
        for count in asked.sockets:
            with ground.running("sockets", database=database) as there:
                figures = fan_out(there=there, count=count)
            report.show(f"stock_fanout {count}: commit to client", figures)


def fan_out(*, there: dict[str, int], count: int) -> dict[str, Any]:
    """Let so many sockets watch a drop, place a hold a few times, and return when they knew."""
    drop_sku = shop.make_drop(units=2 * ROUNDS)
    buyers = shop.make_buyers(drop_sku=drop_sku, count=ROUNDS)
    with listening(drop_sku) as published, audience(there=there, drop_sku=drop_sku, count=count) as crowd:
        commit, message = [], []
        for buyer in buyers:
            crowd.say("now")
            time.sleep(0.6)
            published.clear()
            place_hold(
                shopper=buyer.shopper, quote_ref=buyer.quote.ref, quote_hash=buyer.quote.hash, idempotency_key="one"
            )
            committed = time.time()
            heard = crowd.ask("heard")["heard"]
            commit.append([at - committed for at in heard])
            message.append([at - published[0] for at in heard])
        per_socket = crowd.memory / count
    told = min(len(times) for times in commit)
    slowest = max(range(ROUNDS), key=lambda number: max(message[number], default=0.0))
    return {
        "sockets": count,
        "rounds": ROUNDS,
        "told": told,
        "message to the last, median ms": _ms(report.percentile([max(times) for times in message], 50)),
        "message to the last, worst ms": _ms(max(message[slowest])),
        "message to p50, worst ms": _ms(report.percentile(message[slowest], 50)),
        "commit to the last, median ms": _ms(report.percentile([max(times) for times in commit], 50)),
        "commit to the last, worst ms": _ms(max(max(times) for times in commit)),
        "KiB per socket": round(per_socket / 1024, 1),
    }


class Crowd:
    """The audience process, and what the socket server has grown by since it came."""

    def __init__(self, process: subprocess.Popen[bytes], server: psutil.Process, before: int) -> None:
        self._process = process
        self._server = server
        self._before = before

    @property
    def memory(self) -> int:
        return memory_of(self._server) - self._before

    def say(self, word: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(word).encode() + b"\n")
        self._process.stdin.flush()

    def hear(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def ask(self, word: object) -> Any:
        self.say(word)
        return self.hear()


@contextmanager
def audience(*, there: dict[str, int], drop_sku: DropSku, count: int) -> Iterator[Crowd]:
    """Let so many sockets watch a drop inside the block, from when each has had its first snapshot."""
    server = psutil.Process(there["sockets"])
    before = memory_of(server)
    command = [sys.executable, str(Path(__file__).parent / "audience.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        crowd = Crowd(process, server, before)
        path = f"/ws/v1/drops/{drop_sku.drop.ref}/stock"
        crowd.ask({"host": HOST, "port": there["sockets port"], "path": path, "sockets": count})
        try:
            yield crowd
        finally:
            process.kill()


@contextmanager
def listening(drop_sku: DropSku) -> Iterator[list[float]]:
    """Note when a publisher's message about a drop arrives at Redis."""
    published: list[float] = []
    with redis.Redis.from_url(settings.REDIS_URL, decode_responses=True) as client, client.pubsub() as ear:
        ear.subscribe(news.drop_topic(drop_sku.drop_id))
        is_over = threading.Event()

        def hear() -> None:
            while not is_over.is_set():
                word = ear.get_message(ignore_subscribe_messages=True, timeout=0.1)
                if word is not None and word["data"] != news.MOVED:
                    published.append(time.time())

        listener = threading.Thread(target=hear)
        listener.start()
        try:
            yield published
        finally:
            is_over.set()
            listener.join()


def memory_of(process: psutil.Process) -> int:
    return sum(each.memory_info().rss for each in (process, *process.children(recursive=True)))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


if __name__ == "__main__":
    main()
