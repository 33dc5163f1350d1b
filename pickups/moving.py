"""
A pickup that comes at another time: a place of the new slot for the one of the old, or neither.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from drops.sales.delivery import DeliveryGone
from drops.stock.models import NEVER
from pickups import places
from pickups.models import Pickup, Slot
from pickups.slots import bookable_slots


def slots_instead(*, pickup: Pickup, now: datetime) -> list[Slot]:
    """Return the slots at the same location that one more person can still book, without the one there is."""
    return [slot for slot in bookable_slots(location=pickup.slot.location, now=now) if slot.pk != pickup.slot_id]


def move_to_slot(*, pickup: Pickup, hold_id: int, slot_ref: str, now: datetime) -> None:
    """
    Book a place in another slot at the same location and give back the one that was booked.

    :raises DeliveryGone: if it cannot be booked or has just filled up; the old place stays booked then.
    """
    with transaction.atomic():
        offered = slots_instead(pickup=pickup, now=now)
        slot = next((slot for slot in offered if slot.ref == slot_ref), None)
        # A hold keeps one place at most, so the old one goes first; if the new one is gone, all of this never happened.
        places.unbook_place(hold_id=hold_id)
        if slot is None or not places.claim_place(slot_id=slot.pk, hold_id=hold_id, until=NEVER):
            raise DeliveryGone("That pickup slot has filled up. Please choose another one.", slot=slot_ref)
        pickup.slot = slot
        pickup.save(update_fields=["slot"])
