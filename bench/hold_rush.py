"""
Everybody at once: so many shoppers send their hold in the same instant to the real shop, over HTTP or open sockets.

    python -m bench.hold_rush --shoppers 5000 --units 500
    python -m bench.hold_rush --shoppers 5000 --units 5000 --door sockets

A hold here is whole: the shopper is authenticated by a bearer token, has a quote and a place under the limit of one, and
the hold expires. Times count from the common instant, so waiting in any queue is part of them.
"""

import argparse
import json
import subprocess
import sys
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

from bench import ground, report, shop
from bench.transactions import Watched
from creatorshop.desk.stack import HOST
from drops.stock.models import LIVE_STATES, DropSku, Hold
from drops.stock.proof import proof_of
from tests.races.history import check
from tests.races.recording import history_of_rush

OVER = {"web": "over HTTP", "sockets": "over open sockets"}
_SAYS_NONE_LEFT = {"sold_out", "held_by_others", "only_some_left"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--shoppers", type=int, default=1000)
    parser.add_argument("--units", type=int, default=200)
    parser.add_argument("--door", choices=["web", "sockets"], default="web")
    asked = parser.parse_args()
    with ground.own_database() as database, ground.running(asked.door, database=database) as there:
        rush(there=there, database=database, shoppers=256, units=256, door=asked.door)  # wakes threads and connections
        figures = rush(there=there, database=database, shoppers=asked.shoppers, units=asked.units, door=asked.door)
    report.show(f"hold_rush {asked.shoppers} for {asked.units} {asked.door}: {OVER[asked.door]}", figures)


def rush(*, there: dict[str, int], database: str, shoppers: int, units: int, door: str = "web") -> dict[str, Any]:
    """Send a crowd for fresh units and return what came of it."""
    drop_sku = shop.make_drop(units=units)
    buyers = shop.make_buyers(drop_sku=drop_sku, count=shoppers)
    shop.settle_down()
    ask = _request if door == "web" else _frame
    crowd = {"host": HOST, "port": there[f"{door} port"], "requests": [ask(buyer) for buyer in buyers]}
    if door == "sockets":
        crowd["upgrades"] = [_upgrade(buyer) for buyer in buyers]
    busy_before = ground.connection_ms(database)
    script = Path(__file__).parent / "crowd.py"
    with Watched(database) as transactions:
        done = subprocess.run(
            [sys.executable, str(script)],
            input=json.dumps(crowd).encode(),
            stdout=subprocess.PIPE,
            check=True,
            timeout=180,
        )
    busy = ground.connection_ms(database) - busy_before
    told = json.loads(done.stdout)
    answers = [(buyer.quote.ref, code, ended) for buyer, (_, code, ended) in zip(buyers, told["answers"], strict=True)]
    lies = check(history_of_rush(drop_sku=drop_sku, began=told["began"], answers=answers))
    return _figures(drop_sku, units, told["began"], told["answers"], busy) | {
        "connection held p99 ms": transactions.percentile_ms(99),
        "history": [str(lie) for lie in lies] or "no lies",
    }


def _request(buyer: shop.Buyer) -> str:
    body = json.dumps({"quote": buyer.quote.ref, "hash": buyer.quote.hash})
    return (
        f"POST /api/v1/holds HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {buyer.token}\r\n"
        f"Idempotency-Key: {buyer.quote.ref}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"Connection: close\r\n\r\n{body}"
    )


def _upgrade(buyer: shop.Buyer) -> str:
    return (
        "GET /ws/v1/thread HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: creatorshop.v1, bearer.{buyer.token}\r\n\r\n"
    )


def _frame(buyer: shop.Buyer) -> str:
    quote = buyer.quote
    return json.dumps({"id": str(uuid.uuid4()), "kind": "hold", "quote": quote.ref, "hash": quote.hash})


def _figures(drop_sku: DropSku, units: int, began: float, answers: list[Any], busy_ms: float) -> dict[str, Any]:
    held = [ended - began for _, code, ended in answers if code == "held"]
    refused = [ended - began for _, code, ended in answers if code != "held"]
    live = Hold.objects.filter(drop_sku=drop_sku, state__in=LIVE_STATES)
    last = max(held, default=0.0)
    return {
        "shoppers": len(answers),
        "units": units,
        "answers": dict(Counter(code for _, code, _ in answers)),
        "last hold after s": round(last, 3),
        "last answer after s": round(max(held + refused), 3),
        "holds/s": round(len(held) / last, 1) if held else 0.0,
        "answers/s": round(len(answers) / max(held + refused), 1),
        "hold p50 ms": round(report.percentile(held, 50) * 1000, 1),
        "hold p99 ms": round(report.percentile(held, 99) * 1000, 1),
        "refusal p50 ms": round(report.percentile(refused, 50) * 1000, 1),
        "refusal p99 ms": round(report.percentile(refused, 99) * 1000, 1),
        "connection ms per answer": round(busy_ms / len(answers), 2),
        "false answers": _false_answers(drop_sku, units, answers),
        "oversold": max(0, sum(live.values_list("quantity", flat=True)) - units),
        "proof": [str(problem) for line in proof_of(drop=drop_sku.drop) for problem in line.problems] or "adds up",
    }


def _false_answers(drop_sku: DropSku, units: int, answers: list[Any]) -> int:
    """
    Count refusals that said "none left" although a unit was free when they were read.

    Nothing comes back during a rush, so a hold that began (by the database's clock, the same machine's) after the refusal
    had arrived proves that its unit was free until then. A refusal for the limit is false here in any case.
    """
    begun = sorted(
        began.timestamp() for began in Hold.objects.filter(drop_sku=drop_sku).values_list("created_at", flat=True)
    )
    return sum(
        code == "limit_reached" or (code in _SAYS_NONE_LEFT and sum(at <= ended for at in begun[-units:]) < units)
        for _, code, ended in answers
    )


if __name__ == "__main__":
    main()
