"""
A place in a slot for as long as a hold lasts: taken, moved, lost and given back as tokens are (stock.md, R1 to R6).

No worker frees a place. Everything here runs inside the hold's transaction and decides by the database's clock.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from drops.stock.models import FREE, NEVER
from pickups.models import SlotPlace

# A rival who is about to commit is skipped, not waited for: with places to spare nobody queues.
_CLAIM = """
WITH free AS MATERIALIZED (
    SELECT id FROM pickups_slotplace
    WHERE slot_id = %(slot)s AND free_at <= drops_now()
    ORDER BY ordinal LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE pickups_slotplace place SET hold_id = %(hold)s, free_at = %(until)s
FROM free WHERE place.id = free.id RETURNING place.id
"""
# Skipping everything proves nothing: the rivals may give up. So before saying "full", wait for them once.
_WAIT = """
SELECT id FROM pickups_slotplace
WHERE slot_id = %(slot)s AND free_at <= drops_now() ORDER BY ordinal FOR UPDATE
"""


def claim_place(*, slot_id: int, hold_id: int, until: datetime) -> bool:
    """Take a place of a slot for a hold and tell whether there was one. The hold must keep no other place."""
    facts: dict[str, int | datetime] = {"slot": slot_id, "hold": hold_id, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, facts)
        if cursor.fetchone() is not None:
            return True
        cursor.execute(_WAIT, facts)
        if cursor.fetchone() is None:
            return False
        cursor.execute(_CLAIM, facts)
        return cursor.fetchone() is not None


def place_of(*, hold_id: int) -> SlotPlace | None:
    """
    Return the place that still names a hold, locked, or None if it never had one or somebody took it.

    Lock and judgement are two steps: a rival's commit between them would go unseen in a single statement.
    """
    return SlotPlace.objects.select_for_update().filter(hold=hold_id).first()


def move_place(*, place: SlotPlace, until: datetime) -> None:
    """Keep a locked place until another instant."""
    SlotPlace.objects.filter(pk=place.pk).update(free_at=until)


def book_place(*, place: SlotPlace) -> None:
    """Keep a locked place for good, for an order."""
    SlotPlace.objects.filter(pk=place.pk).update(free_at=NEVER)


def free_place(*, hold_id: int) -> int:
    """Give back the place that a hold kept, unless an order has booked it, and return how many there were."""
    return SlotPlace.objects.filter(hold=hold_id, free_at__lt=NEVER).update(free_at=FREE, hold=None)


def unbook_place(*, hold_id: int) -> int:
    """Give back the place that an order had booked, and return how many there were."""
    return SlotPlace.objects.filter(hold=hold_id, free_at=NEVER).update(free_at=FREE, hold=None)
