"""
Book-keeping of lapsed holds. Nothing waits for it: a lapsed hold gives way whether or not this ever runs (stock.md R5).
"""

from django.db import transaction

from drops.clock import database_now
from drops.stock import holds
from drops.stock.models import Hold, HoldState

AT_ONCE = 500


def lapse_due_holds() -> list[str]:
    """Write "expired" on holds whose time and margin are over, at most 500 a call; return their refs."""
    with transaction.atomic():
        now = database_now()
        due = (
            Hold.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
            .select_related("drop_sku")
            .filter(state=HoldState.HELD, expires_at__lte=now - holds.MARGIN)
            .order_by("expires_at", "pk")[:AT_ONCE]
        )
        lapsed = list(due)
        for hold in lapsed:
            holds.close(hold=hold, state=HoldState.EXPIRED, now=now, actor="clock", reason="time ran out")
    return [hold.ref for hold in lapsed]
