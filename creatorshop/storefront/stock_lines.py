"""
The stock line. It says what is counted, never rounds and never hurries anyone (static/storefront/stock.js says the same).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from creatorshop.storefront import wording


class Count(Protocol):
    @property
    def for_sale(self) -> int: ...
    @property
    def available(self) -> int: ...
    @property
    def held(self) -> int: ...
    @property
    def kept(self) -> int: ...
    @property
    def next_return_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class StockLine:
    kind: str  # left, held, out or none
    text: str
    total: int = 0
    available: int = 0
    held: int = 0

    @property
    def is_available(self) -> bool:
        return self.available > 0


NOT_COUNTED = StockLine(kind="none", text="Not in this drop")


def stock_line(*, counts: Iterable[Count], zone: ZoneInfo) -> StockLine:
    """Return what is left of one SKU, or of several together."""
    rows = list(counts)
    total = sum(row.for_sale for row in rows)
    # What is kept for people who wait is promised to somebody, like what they hold.
    available, held = sum(row.available for row in rows), sum(row.held + row.kept for row in rows)
    if not rows or total == 0:
        return NOT_COUNTED
    if available:
        text = f"{available} of {total} left" + (f" · {held} on hold right now" if held else "")
        return StockLine("left", text, total, available, held)
    if held:
        returns = [row.next_return_at for row in rows if row.next_return_at is not None]
        ends = f" The next hold ends at {wording.clock_to_the_second(min(returns), zone)}." if returns else ""
        return StockLine("held", f"{_all(total)} on hold or sold.{ends}", total, available, held)
    return StockLine("out", f"{_all(total)} sold.", total, available, held)


def _all(total: int) -> str:
    return "The only one is" if total == 1 else f"All {total} are"
