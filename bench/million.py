"""
A million shoppers in a minute, on paper: how long they would wait for an answer with so many cores.

    python -m bench.million --answer-ms 0.5 --claim-ms 0.3 --units 500

A simulation, not a load: give it what one answer costs a web core and what one claim costs the database (hold_rush and
hold_limit print both), and it lets a million people arrive, most of them at once, each served by the first core that is
free. Claims go one after the other through one database; a refusal costs it a share of a batch's look and no write.
"""

import argparse
import heapq
import math
import random
from typing import Any

from bench import report

PEOPLE = 1_000_000
WITHIN_S = 60.0
AT_THE_BELL = 0.3  # of all people within the first two seconds; the others come less and less
LOOK_SHARE = 0.1  # of a claim's cost in the database, for one who is refused by a look in a batch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--answer-ms", type=float, required=True, help="of a web core, for one answer over HTTP")
    parser.add_argument("--claim-ms", type=float, required=True, help="of the database, for one claim in a batch")
    parser.add_argument("--units", type=int, default=500)
    parser.add_argument("--cores", type=int, nargs="+", default=[8, 16, 32, 64, 128])
    parser.add_argument("--people", type=int, default=PEOPLE)
    asked = parser.parse_args()
    arrivals = arrive(people=asked.people)
    for cores in asked.cores:
        figures = serve(
            arrivals, cores=cores, answer_s=asked.answer_ms / 1000, claim_s=asked.claim_ms / 1000, units=asked.units
        )
        report.show(f"million {cores} cores: {asked.people:,} in a minute for {asked.units}", figures)


def arrive(*, people: int, seed: int = 7) -> list[float]:
    """Return when each comes, in seconds after the opening and in order: a crowd at the bell, then a falling tail."""
    chance = random.Random(seed)
    early = int(people * AT_THE_BELL)
    crowd = [chance.triangular(0, 2, 0) for _ in range(early)]
    late = [min(WITHIN_S, chance.expovariate(1 / 12)) for _ in range(people - early)]
    return sorted(crowd + late)


def serve(arrivals: list[float], *, cores: int, answer_s: float, claim_s: float, units: int) -> dict[str, Any]:
    """Answer everybody in the order of arrival, and return how long they waited."""
    free_at = [0.0] * cores
    database_free_at, left = 0.0, units
    waits, sold_out_at = [], math.inf
    for came_at in arrivals:
        starts = max(came_at, heapq.heappop(free_at))
        cost = claim_s if left else claim_s * LOOK_SHARE
        asks_at = max(starts + answer_s, database_free_at)
        database_free_at = asks_at + cost
        if left:
            left -= 1
            if not left:
                sold_out_at = database_free_at
        heapq.heappush(free_at, starts + answer_s)
        waits.append(database_free_at - came_at)
    return {
        "people": len(arrivals),
        "sold out after s": round(sold_out_at, 2) if sold_out_at < math.inf else "never",
        "wait p50 s": round(report.percentile(waits, 50), 3),
        "wait p99 s": round(report.percentile(waits, 99), 3),
        "last answer after s": round(max(at + wait for at, wait in zip(arrivals, waits, strict=True)), 1),
        "web busy %": round(100 * len(arrivals) * answer_s / (cores * WITHIN_S), 1),
    }


if __name__ == "__main__":
    main()
