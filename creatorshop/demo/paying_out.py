"""
The demo's first payout: one order is made so old that nobody can send it back any more, and its creator is paid.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from drops.payouts.releases import release_order
from drops.payouts.runs import NobodyToPay, start_run
from drops.payouts.sending import carry_out_run
from drops.sales.models import Order, OrderState
from drops.schedule.models import Drop

LONG_AGO = timedelta(days=30)


def pay_for_the_oldest(*, drop: Drop, now: datetime) -> None:
    """Let a month go by for a drop's first order that was sent, release what was earned on it, and pay it out."""
    order = Order.objects.filter(drop=drop, state=OrderState.FULFILLED).order_by("pk").first()
    if order is None or order.fulfilled_at is None:
        return
    delivery = dict(order.terms["delivery"])
    for name in ("earliest_date", "latest_date"):
        delivery[name] = (date.fromisoformat(delivery[name]) - LONG_AGO).isoformat()
    order.terms = {**order.terms, "delivery": delivery}
    order.paid_at, order.fulfilled_at = order.paid_at - LONG_AGO, order.fulfilled_at - LONG_AGO
    order.save(update_fields=["terms", "paid_at", "fulfilled_at"])
    release_order(order_id=order.pk, now=now)
    try:
        run = start_run(currency=order.currency, created_by="demo", now=now, key=f"demo:{drop.ref}")
    except NobodyToPay:
        return
    carry_out_run(run_id=run.pk)
