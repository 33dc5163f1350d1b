"""
What has to be true of a drop before its parcels may be packed (stock.md R12).
"""

from datetime import datetime, timedelta

from django.db.models import Count, F, Q

from drops.errors import Refused
from drops.sales.models import AttemptKind, Order, OrderState, OrderUnit, Payment, PaymentState
from drops.schedule.models import Drop, DropState
from drops.stock.models import LIVE_STATES, Hold, Token, TokenStatus
from fulfillment.models import ParcelUnit

# How long after a hold's last deadline a payment that never answered still counts as on its way. Money that comes
# even later makes an order whose parcel waits for the next batch.
PAYMENT_MAY_STILL_COME = timedelta(minutes=10)


class NotDrained(Refused):
    """Somebody may still buy or pay."""

    code = "drop_not_drained"


class CountsDisagree(Refused):
    """Tokens, orders and parcels do not tell the same story, so nothing may leave the house."""

    code = "counts_disagree"


def refuse_unless_drained(*, drop: Drop, now: datetime) -> None:
    """
    Let pass only a drop that is over, with no live hold and no payment on its way.

    :raises NotDrained: with what is still going on.
    """
    if drop.state_at(now) not in (DropState.CLOSED, DropState.DRAINED, DropState.SETTLED):
        raise NotDrained(f"{drop.title} is not over yet.", state=drop.state)
    holds = Hold.objects.filter(drop_sku__drop=drop, state__in=LIVE_STATES, expires_at__gt=now).count()
    if holds:
        raise NotDrained(f"{holds} holds of {drop.title} are still running.", holds=holds)
    payments = Payment.objects.filter(
        hold__drop_sku__drop=drop, state=PaymentState.STARTED, hold__hard_deadline__gt=now - PAYMENT_MAY_STILL_COME
    ).count()
    payments += Payment.objects.filter(
        hold__drop_sku__drop=drop, state=PaymentState.AUTHORISED, attempts__kind=AttemptKind.CAPTURE
    ).count()
    if payments:
        raise NotDrained(f"{payments} payments for {drop.title} are still on their way.", payments=payments)


def refuse_unless_counts_agree(*, drop: Drop) -> None:
    """
    Let pass only a drop whose sold tokens are exactly its confirmed units, and whose parcels hold each of theirs once.

    :raises CountsDisagree: with the counts.
    """
    confirmed = Q(line__order__state__in=[OrderState.PAID, OrderState.FULFILLED])
    units = OrderUnit.objects.filter(confirmed, line__order__drop=drop)
    facts = {
        "sold_tokens": Token.objects.filter(drop_sku__drop=drop, status=TokenStatus.SOLD).count(),
        "confirmed_units": units.count(),
        "confirmed_units_of_sold_tokens": units.filter(token__status=TokenStatus.SOLD).count(),
        "parcel_units_ordered": units.filter(line__order__delivery_method="parcel").count(),
        "units_in_parcels": ParcelUnit.objects.filter(
            unit__in=units.filter(line__order__delivery_method="parcel"),
            parcel__order=F("unit__line__order"),
        ).count(),
    }
    short = _orders_with_other_quantities(drop)
    if (
        facts["sold_tokens"] == facts["confirmed_units"] == facts["confirmed_units_of_sold_tokens"]
        and facts["parcel_units_ordered"] == facts["units_in_parcels"]
        and not short
    ):
        return
    counts = ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in facts.items())
    raise CountsDisagree(f"The counts of {drop.title} do not add up: {counts}.", **facts, orders=short)


def _orders_with_other_quantities(drop: Drop) -> list[str]:
    """Return the orders with a line whose units are more or fewer than the quantity that was paid for."""
    lines = (
        Order.objects.filter(drop=drop, state__in=[OrderState.PAID, OrderState.FULFILLED])
        .values("ref", "lines__pk", "lines__quantity")
        .annotate(units=Count("lines__units"))
        .exclude(units=F("lines__quantity"))
    )
    return sorted({line["ref"] for line in lines})
