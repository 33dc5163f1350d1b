"""
How far each unit of a pickup is: the one place where its state changes, and always with an event beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from drops.errors import Refused
from drops.events import announce, unit_moved
from pickups import places
from pickups.models import Pickup, PickupEvent, PickupUnit, RosterDevice, UnitState

_ROADS = {
    (UnitState.BOOKED, UnitState.READY),
    (UnitState.BOOKED, UnitState.HANDED_OVER),
    (UnitState.READY, UnitState.HANDED_OVER),
    (UnitState.READY, UnitState.NO_SHOW),
    (UnitState.BOOKED, UnitState.NO_SHOW),
    (UnitState.BOOKED, UnitState.CANCELLED),
    (UnitState.READY, UnitState.CANCELLED),
    (UnitState.NO_SHOW, UnitState.CANCELLED),
    # An undo.
    (UnitState.HANDED_OVER, UnitState.BOOKED),
    (UnitState.HANDED_OVER, UnitState.READY),
}
WAITING = [UnitState.BOOKED, UnitState.READY]


class WrongUnitState(Refused):
    """A unit is not where this step begins."""

    code = "wrong_unit_state"


@dataclass(frozen=True)
class Cause:
    """Who moves units, when and why."""

    actor: str
    at: datetime  # when it happened
    recorded_at: datetime  # when we learned of it
    device: RosterDevice | None = None
    nonce: str = ""
    reason: str = ""


def locked_units(*, pickup: Pickup) -> list[PickupUnit]:
    """Return a pickup's units, locked until the surrounding transaction ends."""
    return list(PickupUnit.objects.select_for_update().filter(pickup=pickup).order_by("pk"))


def move_units(*, units: Sequence[PickupUnit], to: UnitState, cause: Cause) -> None:
    """
    Move locked units of one order to a state and write down each step.

    :raises WrongUnitState: if no road leads there from where one of them is; none moves then.
    """
    for unit in units:
        if (UnitState(unit.state), to) not in _ROADS:
            raise WrongUnitState(
                f"A unit that is {unit.get_state_display().lower()} cannot become {to.label.lower()}.",
                state=unit.state,
                to=to.value,
            )
    PickupEvent.objects.bulk_create(
        PickupEvent(
            unit=unit,
            from_state=unit.state,
            to_state=to,
            actor=cause.actor,
            device=cause.device,
            at=cause.at,
            recorded_at=cause.recorded_at,
            nonce=cause.nonce,
            reason=cause.reason,
        )
        for unit in units
    )
    PickupUnit.objects.filter(pk__in=[unit.pk for unit in units]).update(state=to)
    for unit in units:
        unit.state = to
    for order_id in {unit.pickup.order_id for unit in units}:
        announce(unit_moved, order_id=order_id, state=to.value)


def mark_ready(*, slot_id: int, actor: str, now: datetime) -> int:
    """Say that everything booked in a slot is at the place, and return how many units that were."""
    with transaction.atomic():
        units = list(
            PickupUnit.objects.select_for_update(of=("self",))
            .select_related("pickup")
            .filter(pickup__slot=slot_id, state=UnitState.BOOKED)
            .order_by("pk")
        )
        move_units(units=units, to=UnitState.READY, cause=Cause(actor=actor, at=now, recorded_at=now))
    return len(units)


def cancel_units(*, pickup: Pickup, unit_ids: Collection[int], actor: str, reason: str, now: datetime) -> None:
    """
    Call off some of a pickup's units; its place stays, for the others.

    :raises WrongUnitState: if one of them was handed over.
    """
    with transaction.atomic():
        units = [unit for unit in locked_units(pickup=pickup) if unit.unit_id in unit_ids]
        open_units = [unit for unit in units if unit.state != UnitState.CANCELLED]
        cause = Cause(actor=actor, at=now, recorded_at=now, reason=reason)
        move_units(units=open_units, to=UnitState.CANCELLED, cause=cause)


def cancel_pickup(*, pickup: Pickup, actor: str, reason: str, now: datetime) -> int:
    """Call off what of a pickup was not handed over, give its place back, and return how many units that were."""
    with transaction.atomic():
        units = [unit for unit in locked_units(pickup=pickup) if unit.state in (*WAITING, UnitState.NO_SHOW)]
        cause = Cause(actor=actor, at=now, recorded_at=now, reason=reason)
        move_units(units=units, to=UnitState.CANCELLED, cause=cause)
        if units:
            places.unbook_place(hold_id=pickup.order.hold_id)
    return len(units)
