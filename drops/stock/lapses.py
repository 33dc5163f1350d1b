"""
Booking lapsed holds in sets: one call to the database for some hundreds of them (docs/adr/0021-lapses-in-sets.md).

Steps of a transaction that somebody else opens; they also announce that the stock changed. The statements, and why they
wait for nobody, are in drops/migrations/lapse_holds.sql.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from drops.events import announce, holds_lapsed
from drops.stock import resync

_COLUMNS = "SELECT hold_id, hold_ref, drop_sku_id, drop_id FROM "
LAPSE_DUE = _COLUMNS + "drops_lapse_due_holds(%(at)s, %(margin)s, %(at_once)s)"
LAPSE_THESE = _COLUMNS + "drops_lapse_holds(%(holds)s, %(at)s, %(margin)s)"


@dataclass(frozen=True)
class Lapse:
    """A hold whose end was just written down."""

    hold_id: int
    hold_ref: str
    drop_sku_id: int
    drop_id: int


def lapse_due(*, at: datetime, margin: timedelta, at_once: int) -> list[Lapse]:
    """Write "expired" on up to so many holds, the oldest first, whose time and margin are over and that nobody pays."""
    return _book(LAPSE_DUE, {"at": at, "margin": margin, "at_once": at_once})


def lapse_these(*, hold_ids: Collection[int], at: datetime, margin: timedelta) -> list[Lapse]:
    """Write "expired" on those of the given holds whose time and margin are over; one that is locked is left alone."""
    return _book(LAPSE_THESE, {"holds": list(hold_ids), "at": at, "margin": margin}) if hold_ids else []


def _book(sql: str, values: dict[str, Any]) -> list[Lapse]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        booked = [Lapse(*row) for row in cursor.fetchall()]
    if booked:
        resync.take_out_returned_of(drop_sku_ids={lapse.drop_sku_id for lapse in booked})
        announce(holds_lapsed, hold_ids=[lapse.hold_id for lapse in booked])
    return booked
