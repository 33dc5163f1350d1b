"""
Until when an order may be sent back: one rule for the shopper, for the payout, and for whoever asks. Pure.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from drops.sales.models import Order
from drops.sales.return_terms import return_days_of


def last_return_day(*, fulfilled_at: datetime, latest_date: date | None, return_days: int, zone: ZoneInfo) -> date:
    """
    Return the last day, to its end where the creator lives, on which something may be sent back.

    The days count from the hand-over, or from the day on which a parcel left; one that was promised for later counts from
    that day, since nobody may have told us when it arrived (Directive 2011/83/EU, art. 9: from the day it is received).
    """
    return max(fulfilled_at.astimezone(zone).date(), latest_date or date.min) + timedelta(days=return_days)


def is_return_over(*, order: Order, now: datetime) -> bool:
    """Tell whether that day has ended for an order with its creator loaded; it cannot before it has begun."""
    last_day = returns_until(order=order)
    return last_day is not None and now.astimezone(ZoneInfo(order.creator.time_zone)).date() > last_day


def returns_until(*, order: Order) -> date | None:
    """Return that day for an order with its creator loaded, or None while it is not handed over or sent."""
    if order.fulfilled_at is None:
        return None
    latest = order.terms.get("delivery", {}).get("latest_date")
    return last_return_day(
        fulfilled_at=order.fulfilled_at,
        latest_date=date.fromisoformat(latest) if latest else None,
        return_days=return_days_of(order.terms),
        zone=ZoneInfo(order.creator.time_zone),
    )
