"""
What people do with the parcels of a frozen batch: pack, hand over, set aside, correct.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from drops.errors import Invalid, Refused
from drops.events import announce, unit_moved
from drops.sales.models import Order, OrderState
from drops.sales.orders import mark_arrived, mark_fulfilled
from fulfillment.batches import finish_if_complete
from fulfillment.contents import ADDRESS_PARTS, unwanted
from fulfillment.models import Batch, BatchState, Parcel, ParcelState

# No paper shows its address yet, or the one that does is not used.
UNPRINTED_STATES = [ParcelState.WAITING, ParcelState.QUEUED, ParcelState.NEEDS_HUMAN]
PRINTED_STATES = [ParcelState.FROZEN, ParcelState.PACKED]  # and still in the house
CARRIER_LENGTH, TRACKING_LENGTH = 60, 80


class ParcelNotThere(Refused):
    """The parcel is in a state from which this step does not lead."""

    code = "parcel_in_wrong_state"


class ParcelLeft(Refused):
    """The parcel was handed over before, with another tracking number."""

    code = "parcel_left"


class OrderRefunded(Refused):
    """The money went back, so the goods stay."""

    code = "order_refunded"


class NotWanted(Refused):
    """Its buyer does not want the goods any more, or not all of them, and it is not settled yet."""

    code = "parcel_not_wanted"


class TrackingTooLong(Invalid):
    code = "tracking_too_long"


def pack_parcel(*, parcel_id: int, now: datetime) -> Parcel:
    """
    Note that a parcel is packed; harmless when it was, or has left.

    :raises ParcelNotThere: if it is not in a batch that is ready to pack.
    :raises OrderRefunded: if its order was refunded meanwhile.
    :raises NotWanted: if its buyer withdrew meanwhile.
    """
    with transaction.atomic():
        parcel = _locked(parcel_id)
        if parcel.state in (ParcelState.PACKED, ParcelState.SHIPPED):
            return parcel
        _refuse_unless(parcel, ParcelState.FROZEN, "packed")
        _refuse_unwanted(parcel)
        _move(parcel, ParcelState.PACKED, packed_at=now)
    return parcel


def unpack_parcel(*, parcel_id: int) -> Parcel:
    """
    Take back that a parcel is packed.

    :raises ParcelNotThere: if it has left, or was not packed.
    """
    with transaction.atomic():
        parcel = _locked(parcel_id)
        _refuse_unless(parcel, ParcelState.PACKED, "unpacked")
        _move(parcel, ParcelState.FROZEN, packed_at=None)
    return parcel


def hand_to_carrier(
    *, parcel_id: int, carrier: str, tracking_number: str, tracking_url: str = "", now: datetime
) -> Parcel:
    """
    Note that a packed parcel has left; its order is fulfilled, and a batch without open parcels is done.

    Harmless when it left with the same number before. An empty number is post without tracking.

    :raises ParcelNotThere: if it is not packed.
    :raises ParcelLeft: if it left with another number: correct_tracking mends that.
    :raises OrderRefunded: if its order was refunded meanwhile.
    :raises NotWanted: if its buyer withdrew meanwhile.
    """
    carrier, tracking_number = _checked_tracking(carrier, tracking_number)
    with transaction.atomic():
        parcel = _locked(parcel_id)
        if parcel.state == ParcelState.SHIPPED:
            if parcel.tracking_number == tracking_number:
                return parcel
            raise ParcelLeft(f"{parcel} left with {parcel.tracking_number or 'no number'}.", parcel=parcel.ref)
        _refuse_unless(parcel, ParcelState.PACKED, "handed over")
        _refuse_unwanted(parcel)
        _move(
            parcel,
            ParcelState.SHIPPED,
            carrier=carrier,
            tracking_number=tracking_number,
            tracking_url=tracking_url,
            shipped_at=now,
        )
        mark_fulfilled(order_id=parcel.order_id, at=now)
        if parcel.batch is not None:
            finish_if_complete(batch=parcel.batch, now=now)
    return parcel


def note_arrival(*, parcel_id: int, now: datetime) -> Parcel:
    """
    Note that a parcel arrived, as somebody said: no carrier tells us. Harmless when it was noted before.

    :raises ParcelNotThere: if it has not left.
    """
    with transaction.atomic():
        parcel = _locked(parcel_id)
        _refuse_unless(parcel, ParcelState.SHIPPED, "noted as arrived")
        if parcel.arrived_at is None:
            _move(parcel, ParcelState.SHIPPED, arrived_at=now)
            mark_arrived(order_id=parcel.order_id, at=now)
    return parcel


def note_arrival_of_order(*, order_id: int, now: datetime) -> Parcel:
    """
    Note that an order's parcel arrived, as whoever holds the order says.

    :raises ParcelNotThere: if it has not left, or there is none.
    """
    parcel_id = Parcel.objects.filter(order=order_id).values_list("pk", flat=True).first()
    if parcel_id is None:
        raise ParcelNotThere("This order does not travel by parcel.")
    return note_arrival(parcel_id=parcel_id, now=now)


def correct_tracking(*, parcel_id: int, carrier: str, tracking_number: str, tracking_url: str = "") -> Parcel:
    """
    Replace the tracking number of a parcel that has left.

    :raises ParcelNotThere: if it has not left.
    """
    carrier, tracking_number = _checked_tracking(carrier, tracking_number)
    with transaction.atomic():
        parcel = _locked(parcel_id)
        _refuse_unless(parcel, ParcelState.SHIPPED, "given another number")
        _move(parcel, ParcelState.SHIPPED, carrier=carrier, tracking_number=tracking_number, tracking_url=tracking_url)
    return parcel


def set_aside(*, parcel_id: int, reason: str, now: datetime) -> Parcel:
    """
    Take a parcel out of the way with a reason, so that the others can go; the next batch takes it up again.

    :raises ParcelNotThere: if it has left, or is in no batch that is ready to pack.
    """
    with transaction.atomic():
        parcel = _locked(parcel_id)
        if parcel.state not in PRINTED_STATES or parcel.batch is None:
            raise ParcelNotThere(f"{parcel} cannot be set aside: {parcel.get_state_display().lower()}.")
        _move(parcel, ParcelState.NEEDS_HUMAN, problem=reason, packed_at=None)
        finish_if_complete(batch=parcel.batch, now=now)
    return parcel


def call_off(*, parcel_id: int, reason: str, now: datetime) -> Parcel:
    """Keep a parcel in the house for good, wherever it is in its batch; one that has left, or was called off, stays so."""
    with transaction.atomic():
        parcel = _locked(parcel_id)
        if parcel.state in (ParcelState.SHIPPED, ParcelState.CANCELLED):
            return parcel
        _move(parcel, ParcelState.CANCELLED, problem=reason)
        if parcel.batch is not None:
            finish_if_complete(batch=parcel.batch, now=now)
    return parcel


def pack_anew(*, parcel_id: int, units: int, now: datetime) -> None:
    """Set a parcel aside of which some units were refunded after its papers were printed; the next batch takes it up."""
    with transaction.atomic():
        parcel = _locked(parcel_id)
        if parcel.state not in PRINTED_STATES:
            return
        words = "1 unit in it was refunded" if units == 1 else f"{units} units in it were refunded"
        _move(parcel, ParcelState.NEEDS_HUMAN, problem=f"{words}: it has to be packed anew.", packed_at=None)
        if parcel.batch is not None:
            finish_if_complete(batch=parcel.batch, now=now)


def locked_parcel_of(*, order_id: int) -> Parcel | None:
    """Return an order's parcel, locked until the surrounding transaction ends, so that it cannot leave meanwhile."""
    parcel_id = Parcel.objects.filter(order=order_id).values_list("pk", flat=True).first()
    return _locked(parcel_id) if parcel_id is not None else None


def correct_address(*, parcel_id: int, address: Mapping[str, str]) -> Parcel:
    """
    Send a parcel to another address than its order says: name, street, city, postcode, region, country.

    :raises ParcelNotThere: if its address is frozen or it has left.
    """
    with transaction.atomic():
        parcel = _locked(parcel_id)
        if parcel.state not in UNPRINTED_STATES:
            raise ParcelNotThere(f"The address of {parcel} is printed: set it aside first.", parcel=parcel.ref)
        parcel.address = {part: str(address.get(part, "")).strip() for part in ADDRESS_PARTS}
        parcel.save(update_fields=["address"])
    return parcel


def _locked(parcel_id: int) -> Parcel:
    """Lock a parcel's batch and then the parcel: the same order in which a batch locks its parcels."""
    batch_id = Parcel.objects.values_list("batch_id", flat=True).get(pk=parcel_id)
    batch = Batch.objects.select_for_update().filter(pk=batch_id).first()
    parcel = Parcel.objects.select_for_update(of=("self",)).select_related("order").get(pk=parcel_id)
    if parcel.batch_id != batch_id:
        raise ParcelNotThere(f"{parcel} went to another batch just now.", parcel=parcel.ref)
    parcel.batch = batch
    return parcel


def _refuse_unless(parcel: Parcel, state: ParcelState, done: str) -> None:
    if parcel.state != state:
        raise ParcelNotThere(
            f"{parcel} cannot be {done}: {parcel.get_state_display().lower()}.", parcel=parcel.ref, state=parcel.state
        )
    if state in PRINTED_STATES and (parcel.batch is None or parcel.batch.state != BatchState.RUNNING):
        raise ParcelNotThere(f"{parcel.batch} is not ready to pack.", parcel=parcel.ref)


def _refuse_unwanted(parcel: Parcel) -> None:
    # The order's row is locked so that a refund, or a withdrawal, and a hand-over cannot both win.
    state = Order.objects.select_for_update(no_key=True).values_list("state", flat=True).get(pk=parcel.order_id)
    if state == OrderState.REFUNDED:
        raise OrderRefunded(f"{parcel.order} was refunded: set the parcel aside.", order=parcel.order.ref)
    if reasons := unwanted([parcel])[parcel.order_id]:
        raise NotWanted(f"{parcel} stays here. {' '.join(reasons)}", parcel=parcel.ref)


def _checked_tracking(carrier: str, tracking_number: str) -> tuple[str, str]:
    carrier, tracking_number = carrier.strip(), "".join(tracking_number.split())
    if len(carrier) > CARRIER_LENGTH or len(tracking_number) > TRACKING_LENGTH:
        raise TrackingTooLong(f"A carrier has {CARRIER_LENGTH} characters at most, a number {TRACKING_LENGTH}.")
    return carrier, tracking_number


def _move(parcel: Parcel, to: ParcelState, **fields: object) -> None:
    parcel.state = to
    for name, value in fields.items():
        setattr(parcel, name, value)
    parcel.save(update_fields=["state", *fields])
    announce(unit_moved, order_id=parcel.order_id, state=str(to))
