"""
When a thread reminds somebody that the days for sending something back end.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from creatorshop.chat.engine.facts import Facts, OrderFacts
from creatorshop.chat.engine.states import State

if TYPE_CHECKING:
    from creatorshop.chat.engine.turns import Pen

MARK = "returns"
DAYS_BEFORE = 3
AT, UNTIL = time(10), time(20)  # where the shopper is: no times at which anybody sleeps


def is_to_tell(pen: Pen, order: OrderFacts) -> bool:
    """Tell whether it is time to say it: from three days before on, and never at night."""
    at = moment_of(pen.state, pen.facts, order)
    return at is not None and at <= pen.facts.now


def moment_of(state: State, facts: Facts, order: OrderFacts) -> datetime | None:
    """Return when a shopper is to be reminded of an order's last day for returns; None if they are not, or were."""
    if order.returns_until is None or order.progress in ("", "refunded") or state.is_quiet or state.human:
        return None
    if f"{order.ref}:paid" not in state.told or f"{order.ref}:{MARK}" in state.told:
        return None
    zone, local = ZoneInfo(facts.zone), facts.now.astimezone(ZoneInfo(facts.zone))
    day = max(order.returns_until - timedelta(days=DAYS_BEFORE), local.date())
    if day == local.date() and local.time() >= UNTIL:
        day += timedelta(days=1)
    return datetime.combine(day, AT, tzinfo=zone) if day <= order.returns_until else None
