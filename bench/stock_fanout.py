"""
How soon everybody knows: from the commit of one hold to the last of so many sockets that watch the drop.

    python -m bench.stock_fanout --sockets 1000 5000 10000

A socket counts as told when the first frame with a count reaches it after the commit.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from bench import ground, report, shop
from creatorshop.desk.stack import HOST
from drops.sales.holding import place_hold


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
    """Let so many sockets watch a drop, place one hold, and return when they knew."""
    drop_sku = shop.make_drop(units=10)
    [buyer] = shop.make_buyers(drop_sku=drop_sku, count=1)
    server = psutil.Process(there["sockets"])
    before = _memory(server)
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "audience.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as audience:
        assert audience.stdin is not None and audience.stdout is not None
        asked = {"host": HOST, "port": there["sockets port"], "path": f"/ws/v1/drops/{drop_sku.drop.ref}/stock"}
        _say(audience.stdin, asked | {"sockets": count})
        audience.stdout.readline()
        watched = _memory(server)
        _say(audience.stdin, "now")
        time.sleep(0.3)
        place_hold(
            shopper=buyer.shopper, quote_ref=buyer.quote.ref, quote_hash=buyer.quote.hash, idempotency_key="one"
        )  # fmt: skip
        committed = time.time()
        heard = [at - committed for at in json.loads(audience.stdout.readline())["heard"]]
        audience.stdin.close()
    return {
        "sockets": count,
        "told": len(heard),
        "first ms": round(min(heard, default=0.0) * 1000, 1),
        "p50 ms": round(report.percentile(heard, 50) * 1000, 1),
        "p99 ms": round(report.percentile(heard, 99) * 1000, 1),
        "last ms": round(max(heard, default=0.0) * 1000, 1),
        "KiB per socket": round((watched - before) / count / 1024, 1),
    }


def _memory(process: psutil.Process) -> int:
    return sum(each.memory_info().rss for each in (process, *process.children(recursive=True)))


def _say(pipe: Any, word: object) -> None:
    pipe.write(json.dumps(word).encode() + b"\n")
    pipe.flush()


if __name__ == "__main__":
    main()
