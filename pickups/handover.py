"""
Handing over at the counter, once for every unit however often it is tapped, and taking it back.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from drops.errors import Invalid, Refused
from drops.refs import normalise_code
from drops.sales.gift_ends import expire_gifts_of
from drops.sales.models import OrderState
from drops.sales.orders import mark_fulfilled, mark_unfulfilled
from pickups import codes
from pickups.models import Pickup, PickupEvent, PickupUnit, RosterActKind, RosterDevice, UnitState
from pickups.passes import UnknownCode, pickup_by_code
from pickups.roster import note_act, refuse_if_guessing
from pickups.units import WAITING, Cause, locked_units, move_units
from pickups.windows import window_text

UNDO_WITHIN = timedelta(minutes=15)


class WrongLocation(Refused):
    code = "wrong_location"


class AlreadyHandedOver(Refused):
    code = "already_handed_over"


class PickupCancelled(Refused):
    code = "cancelled"


class PickupRefunded(Refused):
    code = "refunded"


class TooEarly(Refused):
    code = "too_early"


class TooLate(Refused):
    """It was noted as not collected and may be elsewhere by now."""

    code = "too_late"


class SeveralPickups(Refused):
    """A short code means more than one pickup."""

    code = "several_pickups"


class NothingToUndo(Refused):
    code = "nothing_to_undo"


class UndoTooLate(Refused):
    code = "undo_too_late"


class NonceReused(Invalid):
    code = "nonce_reused"


@dataclass(frozen=True)
class Moved:
    """What a hand-over or an undo did, or had done when the same request came before."""

    pickup: Pickup
    units: int
    at: datetime
    is_repeat: bool


def find_pickup(*, device: RosterDevice, typed: str, now: datetime) -> Pickup:
    """
    Return the pickup of a typed or scanned code at a device's location; only finds, hands nothing over.

    A roster's short code of four is understood too where it means one pickup.

    :raises TooManyTries: after five unknown codes in a minute.
    :raises BadCode, UnknownCode: if it is no code, or nobody's.
    :raises WrongLocation: if the pickup is somewhere else.
    :raises SeveralPickups: if a short code means several.
    """
    refuse_if_guessing(device=device, now=now)
    try:
        pickup = _by_short_code(device, typed, now) if codes.is_short(typed) else pickup_by_code(scanned=typed)
    except UnknownCode:
        note_act(device=device, kind=RosterActKind.MISSED, now=now)
        raise
    if pickup.location_id != device.location_id:
        note_act(device=device, kind=RosterActKind.MISSED, now=now)
        raise WrongLocation(f"This pickup is not at {device.location.name}.")
    note_act(device=device, kind=RosterActKind.REVEALED, pickup=pickup, rows=1, now=now)
    return pickup


def hand_over(
    *,
    device: RosterDevice,
    pickup_ref: str,
    nonce: str,
    now: datetime,
    unit_ids: Collection[int] | None = None,
    happened_at: datetime | None = None,
) -> Moved:
    """
    Note that units were handed over: all that wait, or those named. The same nonce gives the same answer again.

    A telephone that was offline says when it happened; no earlier than it was let in, no later than now.

    :raises UnknownCode: if the location has no such pickup.
    :raises PickupRefunded, PickupCancelled: if it is not theirs any more.
    :raises TooEarly: if the slot is on a later date.
    :raises TooLate: if it was noted as not collected.
    :raises AlreadyHandedOver: with when and by whom.
    """
    at = min(max(happened_at or now, device.created_at), now)
    with transaction.atomic():
        pickup = _own_pickup(device, pickup_ref)
        units = locked_units(pickup=pickup)
        repeated = _repeat_of(nonce, pickup, UnitState.HANDED_OVER)
        if repeated is not None:
            return repeated
        waiting = [unit for unit in units if unit.state in WAITING and (unit_ids is None or unit.unit_id in unit_ids)]
        _refuse_hand_over(pickup, units, waiting, at)
        cause = Cause(actor=str(device), device=device, at=at, recorded_at=now, nonce=nonce)
        move_units(units=waiting, to=UnitState.HANDED_OVER, cause=cause)
        if all(unit.state in (UnitState.HANDED_OVER, UnitState.CANCELLED) for unit in units):
            mark_fulfilled(order_id=pickup.order_id, at=at)
        # Somebody came with the buyer's own pass: there is nothing left to give.
        expire_gifts_of(order_ids=[pickup.order_id], now=now)
    return Moved(pickup=pickup, units=len(waiting), at=at, is_repeat=False)


def undo(*, device: RosterDevice, pickup_ref: str, nonce: str, now: datetime) -> Moved:
    """
    Take the last hand-over of a pickup back: by the same telephone for 15 minutes, by a supervisor at any time.

    Both events stay. The same nonce gives the same answer again.

    :raises UnknownCode: if the location has no such pickup.
    :raises NothingToUndo: if nothing of it was handed over.
    :raises UndoTooLate: if only a supervisor may still do it.
    """
    with transaction.atomic():
        pickup = _own_pickup(device, pickup_ref)
        units = {unit.pk: unit for unit in locked_units(pickup=pickup)}
        repeated = _repeat_of(nonce, pickup, None)
        if repeated is not None:
            return repeated
        steps = _last_hand_over(units)
        if not steps:
            raise NothingToUndo("Nothing of this pickup was handed over.")
        if not may_undo(event=steps[0], device=device, now=now):
            raise UndoTooLate("Only the same phone can undo within 15 minutes. Please ask a supervisor.")
        cause = Cause(actor=str(device), device=device, at=now, recorded_at=now, nonce=nonce, reason="undone")
        for state in WAITING:
            back = [units[step.unit_id] for step in steps if step.from_state == state]
            move_units(units=back, to=state, cause=cause)
        mark_unfulfilled(order_id=pickup.order_id)
    return Moved(pickup=pickup, units=len(steps), at=now, is_repeat=False)


def may_undo(*, event: PickupEvent, device: RosterDevice, now: datetime) -> bool:
    """Tell whether a device may take a hand-over back."""
    return device.is_supervisor or (event.device_id == device.pk and now < event.recorded_at + UNDO_WITHIN)


def _own_pickup(device: RosterDevice, ref: str) -> Pickup:
    pickup = Pickup.objects.with_units().filter(ref=ref, location=device.location_id).first()
    if pickup is None:
        raise UnknownCode("There is no such pickup here.")
    return pickup


def _by_short_code(device: RosterDevice, typed: str, now: datetime) -> Pickup:
    today = now.astimezone(device.location.zone).date()
    short_code = normalise_code(typed)
    found = list(Pickup.objects.with_units().filter(location=device.location_id, short_code=short_code).order_by("pk"))
    # Four characters are few: the one that is expected today is meant, if there is just one.
    found = [pickup for pickup in found if pickup.slot.local_date == today] or found
    if not found:
        raise UnknownCode("No pickup here has this code.")
    if len(found) > 1:
        raise SeveralPickups(f"{len(found)} pickups begin with {short_code}. Please type the whole code.")
    return found[0]


def _repeat_of(nonce: str, pickup: Pickup, to: UnitState | None) -> Moved | None:
    if not nonce:
        raise Invalid("A hand-over needs a nonce, so that a repeat cannot hand over twice.")
    events = list(PickupEvent.objects.select_related("unit").filter(nonce=nonce).order_by("pk"))
    if not events:
        return None
    undone = {event.to_state for event in events} <= set(WAITING)
    if any(event.unit.pickup_id != pickup.pk for event in events) or undone != (to is None):
        raise NonceReused("This nonce was used for something else.", nonce=nonce)
    return Moved(pickup=pickup, units=len(events), at=events[0].at, is_repeat=True)


def _refuse_hand_over(pickup: Pickup, units: list[PickupUnit], waiting: list[PickupUnit], at: datetime) -> None:
    states = {unit.state for unit in units}
    if pickup.order.state == OrderState.REFUNDED:
        raise PickupRefunded("This order was refunded. Please keep the goods.")
    if states == {UnitState.CANCELLED}:
        raise PickupCancelled("This pickup was cancelled. Please keep the goods.")
    if not waiting and UnitState.HANDED_OVER in states:
        raise _already(pickup, units)
    if not waiting:
        raise TooLate("This was noted as not collected. Please ask the creator.")
    slot = pickup.slot
    if at.astimezone(slot.location.zone).date() < slot.local_date:
        when = window_text(starts_at=slot.starts_at, ends_at=slot.ends_at, zone=slot.location.zone)
        raise TooEarly(f"This pickup is for {when}.", starts_at=slot.starts_at)


def _already(pickup: Pickup, units: list[PickupUnit]) -> AlreadyHandedOver:
    [event, *_] = _last_hand_over({unit.pk: unit for unit in units})
    local = event.at.astimezone(pickup.slot.location.zone)
    return AlreadyHandedOver(
        f"Already handed over {local:%d %b at %H:%M} by {event.actor}.", at=event.at, by=event.actor
    )


def _last_hand_over(units: dict[int, PickupUnit]) -> list[PickupEvent]:
    """Return the events of the last hand-over among the units that are handed over now."""
    latest: dict[int, PickupEvent] = {}
    events = PickupEvent.objects.filter(unit__in=units, to_state=UnitState.HANDED_OVER)
    for event in events.order_by("recorded_at", "pk"):
        if units[event.unit_id].state == UnitState.HANDED_OVER:
            latest[event.unit_id] = event
    if not latest:
        return []
    newest = max(latest.values(), key=lambda event: (event.recorded_at, event.pk))
    return [event for event in latest.values() if event.nonce == newest.nonce]
