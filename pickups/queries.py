"""
What other parts of the shop may know about pickups.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from drops.sales.gifts import is_with_somebody_else
from drops.sales.models import Order
from pickups import codes
from pickups.models import Pickup, PickupUnit, UnitState
from pickups.passes import code_of
from pickups.windows import window_text


@dataclass(frozen=True)
class Pass:
    """What a shopper shows at the counter."""

    code: str  # "7F3K9Q2AC"
    code_text: str  # "7F3K-9Q2A-C"
    qr: str  # what the QR code says
    location: str
    address: str
    note: str
    when: str  # "Fri 27 Nov, 16–18h", at the place
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    state: UnitState
    state_text: str  # "Ready", or "1 of 2 handed over"


def pass_of(*, order: Order) -> Pass | None:
    """Return the pass that an order's buyer shows, or None if nobody collects it, or somebody else to whom they gave it."""
    return None if is_with_somebody_else(order=order) else pass_of_whoever_collects(order=order)


def pass_of_whoever_collects(*, order: Order) -> Pass | None:
    """Return the pass of an order as it is, or None if nobody collects it: only for the eyes of whoever it belongs to."""
    pickup = Pickup.objects.with_units().filter(order=order).first()
    if pickup is None:
        return None
    code, slot = code_of(pickup=pickup), pickup.slot
    location = slot.location
    states = [UnitState(unit.state) for unit in pickup.units.all()]
    return Pass(
        code=code,
        code_text=codes.grouped(code),
        qr=codes.qr_payload(code),
        location=location.name,
        address=location.address_line,
        note=location.note,
        when=window_text(starts_at=slot.starts_at, ends_at=slot.ends_at, zone=location.zone),
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        time_zone=location.time_zone,
        state=state_of(states),
        state_text=_state_text(states),
    )


def state_of(states: Iterable[UnitState]) -> UnitState:
    """Return the state of several units together: that of the one that is least far, cancelled ones left out."""
    order = [UnitState.BOOKED, UnitState.READY, UnitState.NO_SHOW, UnitState.HANDED_OVER, UnitState.CANCELLED]
    return min(states, key=order.index, default=UnitState.CANCELLED)


def counts_by_drop_sku(*, drop_ids: Collection[int]) -> dict[int, int]:
    """Return how many units of these drops are in pickups, by the DropSku whose tokens they are. Cancelled ones count too."""
    rows = (
        PickupUnit.objects.filter(unit__line__order__drop__in=drop_ids)
        .values_list("unit__token__drop_sku")
        .annotate(units=Count("pk"))
        .order_by()
    )
    return dict(rows)


def _state_text(states: list[UnitState]) -> str:
    together = state_of(states)
    due = [state for state in states if state != UnitState.CANCELLED]
    handed = due.count(UnitState.HANDED_OVER)
    return f"{handed} of {len(due)} handed over" if 0 < handed < len(due) else str(together.label)
