"""
How many prices one process makes in a second, by the pure function alone and with the hash that makes it a quote.

    python -m bench.quotes --seconds 5
"""

import argparse
import time
from collections.abc import Callable
from datetime import date

from bench import report
from drops.idempotency import hash_of
from drops.ledger.splits import AgreementTerms, SplitLine
from drops.sales import pricing
from drops.sales.delivery import DeliveryOption, Destination
from drops.sales.taxes import Taxes

_DAY = date(2026, 11, 30)
_THREE = (SplitLine(1, "Ana", 3334), SplitLine(2, "Ben", 3333), SplitLine(3, "Cem", 3333))


def simple(number: int) -> dict[str, object]:
    """Return the price of one thing of one creator; no two that follow each other are the same."""
    return _price(
        number, extras=(), agreement=AgreementTerms("", 0, (SplitLine(None, "Kiln & Tide", 10_000),), 300, 25)
    )


def rich(number: int) -> dict[str, object]:
    """Return the price of three things of two classes, split among three creators."""
    extras = (
        pricing.ExtraItem("book", "extra", "Glaze book", 1060, 1, "reduced"),
        pricing.ExtraItem("wrap", "packaging", "Gift wrap", 200, 1),
    )
    return _price(number, extras=extras, agreement=AgreementTerms("trio", 2, _THREE, 300, 25))


def per_second(make: Callable[[int], object], *, seconds: float) -> float:
    """Return how often something is made in a second, of the best of five equal spans."""
    best = 0.0
    for _ in range(5):
        count, begun = 0, time.perf_counter()
        while (passed := time.perf_counter() - begun) < seconds / 5:
            for _ in range(100):
                make(count)
                count += 1
        best = max(best, count / passed)
    return best


def quotes(*, seconds: float) -> dict[str, float]:
    return {
        "one thing/s": round(per_second(simple, seconds=seconds)),
        "three things, three creators/s": round(per_second(rich, seconds=seconds)),
        "one thing with its hash/s": round(per_second(lambda number: hash_of(simple(number)), seconds=seconds)),
    }


def _price(number: int, *, extras: tuple[pricing.ExtraItem, ...], agreement: AgreementTerms) -> dict[str, object]:
    return pricing.price(
        rules=pricing.PriceRules("Kiln & Tide", "EUR"),
        goods=pricing.Goods("batch-07", "RM-SAGE", "Ring mug · Sage", 3800 + number % 997, 1 + number % 3),
        extras=extras,
        delivery=DeliveryOption("parcel", "post", "Post to Germany", 490, _DAY, _DAY),
        destination=Destination("DE", "10115"),
        taxes=Taxes("DE", "vat", {"standard": 1900, "reduced": 700}, is_abroad=True),
        agreement=agreement,
        hold_minutes=10,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--seconds", type=float, default=5)
    asked = parser.parse_args()
    report.show("quotes: prices in one process", quotes(seconds=asked.seconds))


if __name__ == "__main__":
    main()
