"""
"18 bought in this drop since 12:00" for a page: a count that is told with its window and with what was left out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from creatorshop.storefront import wording
from creatorshop.storefront.states import DropNotice
from drops.sales.claims import bought_in
from drops.schedule.models import Drop

COUNTED = "Paid orders alone. What was sent back and what the team bought is not counted."


@dataclass(frozen=True)
class BoughtLine:
    text: str
    counted: str = COUNTED


def bought_line(*, drop: Drop | None, notice: DropNotice, now: datetime) -> BoughtLine | None:
    """Return what may be told of a drop that is open; None if there is nothing."""
    bought = bought_in(drop=drop, now=now) if drop is not None and notice.is_open else None
    if drop is None or bought is None:
        return None
    since = f"{wording.day_or_clock(bought.since, drop.zone, now)} {wording.zone_name(drop.zone)}"
    return BoughtLine(f"{bought.units} bought in this drop since {since}.")
