"""
The end of a drop's selling: closed, and nobody may pay any more (stock.md R12).
"""

from django.db import transaction

from drops.clock import database_now
from drops.events import announce, drop_changed
from drops.sales.models import Payment, PaymentState
from drops.schedule.models import Drop, DropState
from drops.stock.models import LIVE_STATES, Hold


def drain_closed_drops() -> int:
    """Mark closed drops as drained where no hold lives and no payment is on its way; return how many were."""
    drained = 0
    for drop_id in list(Drop.objects.filter(state=DropState.CLOSED).values_list("pk", flat=True)):
        with transaction.atomic():
            if _has_unfinished_business(drop_id):
                continue
            moved = Drop.objects.filter(pk=drop_id, state=DropState.CLOSED).update(state=DropState.DRAINED)
            if moved == 1:
                announce(drop_changed, drop_id=drop_id)
            drained += moved
    return drained


def _has_unfinished_business(drop_id: int) -> bool:
    # A lapsed hold needs no sweep to be over; a payment whose answer is missing may still bring money.
    live = Hold.objects.filter(drop_sku__drop=drop_id, state__in=LIVE_STATES, expires_at__gt=database_now())
    paying = Payment.objects.filter(
        hold__drop_sku__drop=drop_id, state__in=[PaymentState.STARTED, PaymentState.AUTHORISED]
    )
    return live.exists() or paying.exists()
