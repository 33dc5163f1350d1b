"""
Book-keeping of lapsed holds. Nothing waits for it: a lapsed hold gives way whether or not this ever runs (stock.md R5).
"""

import time
from datetime import timedelta

from django.db import transaction

from drops.clock import database_now
from drops.events import announce, stock_changed
from drops.stock import holds, lapses

# So many that a call is mostly work and not ways, and so few that claims find their tokens locked for an instant only.
AT_ONCE = 500


def lapse_due_holds() -> list[str]:
    """Write "expired" on holds whose time and margin are over, at most 500 a call; return their refs."""
    with transaction.atomic():
        booked = lapses.lapse_due(at=database_now(), margin=holds.MARGIN, at_once=AT_ONCE)
        for drop_id in sorted({lapse.drop_id for lapse in booked}):
            announce(stock_changed, drop_id=drop_id)
    return [lapse.hold_ref for lapse in booked]


def lapse_all_due_holds(*, within: timedelta) -> int:
    """
    Do so until none is due or the time is up, in a short transaction each; return how many were booked.

    A hold that is locked is left for the next run.
    """
    ends = time.monotonic() + within.total_seconds()
    booked = 0
    while True:
        found = len(lapse_due_holds())
        booked += found
        if found < AT_ONCE or time.monotonic() >= ends:
            return booked
