"""
The upward road: announcements that lower floors make after a commit and upper floors may listen to.

Nothing that must not be lost travels here. A listener that fails is logged and forgotten.
"""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

# Each line names the facts an announcement carries.
stock_changed = Signal()  # drop_id: int
drop_changed = Signal()  # drop_id: int
hold_changed = Signal()  # hold_id: int, state: str, reason: str
holds_lapsed = Signal()  # hold_ids: list[int]  (their time ran out; many at once, so no hold_changed for each)
units_awaited = Signal()  # drop_sku_id: int  (units are free, and somebody may be waiting for them)
waitlist_changed = Signal()  # entry_id: int
order_paid = Signal()  # order_id: int
payment_failed = Signal()  # payment_id: int, reason: str
order_refunded = Signal()  # order_id: int, refund_id: int  (decided; it may not be sent yet)
refund_failed = Signal()  # refund_id: int
payment_refunded = Signal()  # payment_id: int, refund_id: int, reason: str  (sent)
unit_moved = Signal()  # order_id: int, state: str  (a pickup or parcel went on)
step_up_passed = Signal()  # shopper_id: int, step_up_id: int
mailbox_to_ask = Signal()  # ref: str  (somebody typed an address; its owner has to be asked)
return_changed = Signal()  # order_id: int, return_id: int, state: str
order_rated = Signal()  # order_id: int, source: str  (a number that was not there before; by which door)
gift_changed = Signal()  # order_id: int, state: str  (given, accepted, taken back or expired)
photo_added = Signal()  # photo_id: int


def announce(signal: Signal, **facts: object) -> None:
    """Tell whoever listens, once the surrounding transaction has committed."""
    transaction.on_commit(partial(signal.send_robust, sender=None, **facts), robust=True)
