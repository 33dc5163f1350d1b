from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from drops.clock import database_now
from drops.ledger.partner_agreements import agreed_terms, terms_from
from drops.sales.delivery import (
    Basket,
    CannotDeliver,
    DeliveryGone,
    DeliveryMethod,
    DeliveryOption,
    Destination,
    Recipient,
    Share,
)
from drops.sales.models import Order, OrderUnit
from drops.stock.holds import MARGIN
from drops.stock.models import NEVER, Hold
from pickups import places
from pickups.models import Location, Pickup, PickupEvent, PickupUnit, Shelf, Slot, UnitState
from pickups.moving import move_to_slot
from pickups.passes import new_pickup, reissue_code
from pickups.slots import bookable_slots
from pickups.units import WAITING, cancel_pickup, cancel_units, locked_units
from pickups.windows import window_text

DAYS_SHOWN = 7
MOST_SLOTS = 60
_FULL = "That pickup slot has filled up. Please choose another one."


class PickupDelivery(DeliveryMethod):
    """Collecting in person: a place in a slot is as scarce as a unit, and is held with it."""

    name = "pickup"

    def options(self, *, basket: Basket, destination: Destination, now: datetime) -> list[DeliveryOption]:
        served = list(
            Location.objects.active()
            .serving(creator_id=basket.creator.pk)
            # What was agreed with each place's partner comes along: a quote asks no more often for it.
            .annotate(agreed=agreed_terms(creator_id=basket.creator.pk, partner="partner__payee", at=now))
            .order_by("name", "pk")
        )
        if not served:
            return []
        near = [place for place in served if destination.country in ("", place.country)]
        if not near:
            cities = {place.city for place in served}
            raise CannotDeliver(
                f"You can collect only in {_listed(cities)}.", why="collect_there", cities=sorted(cities)
            )
        shelves = dict(Shelf.objects.filter(creator=basket.creator, location__in=near).values_list("location", "pool"))
        options = [
            _option(slot, place, basket, shelves.get(place.pk))
            for place in near
            for slot in bookable_slots(
                location=place,
                now=now,
                until=now.astimezone(place.zone).date() + timedelta(days=DAYS_SHOWN - 1),
            )
        ]
        if not options:
            names = {place.name for place in near}
            raise CannotDeliver(
                f"Every pickup slot of the next {DAYS_SHOWN} days at {_listed(names)} is taken or closed.",
                why="collect_soon",
                places=sorted(names),
                days=DAYS_SHOWN,
            )
        return sorted(options, key=lambda option: (str(option.starts_at), option.label))[:MOST_SLOTS]

    def reserve(self, *, hold: Hold, option: str) -> None:
        until = hold.expires_at + MARGIN
        place = places.place_of(hold_id=hold.pk)
        if place is not None and place.slot.ref == option:
            places.move_place(place=place, until=until)
            return
        slot = _bookable(hold, option)
        if place is not None:
            places.free_place(hold_id=hold.pk)
        if not places.claim_place(slot_id=slot.pk, hold_id=hold.pk, until=until):
            raise DeliveryGone(_FULL, slot=option)

    def release(self, *, hold: Hold) -> None:
        pickup = Pickup.objects.select_related("order").filter(order__hold=hold).first()
        if pickup is not None:
            cancel_pickup(pickup=pickup, actor="shop", reason="order called off", now=database_now())
        places.free_place(hold_id=hold.pk)

    def start(self, *, order: Order) -> None:
        slot = _slot(order.delivery_option)
        place = places.place_of(hold_id=order.hold_id)
        if Pickup.objects.filter(order=order).exists():
            return
        if place is not None:
            places.book_place(place=place)
        elif not places.claim_place(slot_id=slot.pk, hold_id=order.hold_id, until=NEVER):
            raise DeliveryGone(_FULL, slot=slot.ref)
        now = database_now()
        pickup = new_pickup(order_id=order.pk, slot=slot, now=now)
        pickup.save(force_insert=True)
        units = PickupUnit.objects.bulk_create(
            PickupUnit(pickup=pickup, unit=unit) for unit in OrderUnit.objects.filter(line__order=order).order_by("pk")
        )
        PickupEvent.objects.bulk_create(
            PickupEvent(unit=unit, to_state=UnitState.BOOKED, actor="shop", at=now, recorded_at=now, reason="paid")
            for unit in units
        )

    def units_gone(self, *, order: Order) -> frozenset[int]:
        pickup = Pickup.objects.filter(order=order).first()
        units = locked_units(pickup=pickup) if pickup is not None else []
        return frozenset(unit.unit_id for unit in units if unit.state == UnitState.HANDED_OVER)

    def take_out(self, *, order: Order, unit_ids: Collection[int]) -> None:
        pickup = Pickup.objects.filter(order=order).first()
        if pickup is not None:
            cancel_units(pickup=pickup, unit_ids=unit_ids, actor="shop", reason="units refunded", now=database_now())

    def why_settled(self, *, order: Order, now: datetime) -> str:
        rows = list(PickupUnit.objects.filter(pickup__order=order).values_list("state", "pickup__slot__ends_at"))
        if any(state == UnitState.HANDED_OVER for state, _ in rows):
            return "handed_over"
        return "" if any(state in WAITING and now < ends_at for state, ends_at in rows) else "too_late"

    def given_until(self, *, order: Order) -> datetime | None:
        return Slot.objects.filter(pickups__order=order).values_list("ends_at", flat=True).first()

    def redirect(self, *, order: Order, to: Recipient, now: datetime) -> None:
        pickup = Pickup.objects.select_related("slot__location").get(order=order)
        if to.option and to.option != pickup.slot.ref:
            move_to_slot(pickup=pickup, hold_id=order.hold_id, slot_ref=to.option, now=now)
        reissue_code(pickup=pickup)

    def shares(self, *, order: Order) -> list[Share]:
        # What the shopper's terms said, not what the partner's fee is by now.
        amount_minor = int(order.terms["shares"]["partner_minor"])
        partner = _slot(order.delivery_option).location.partner
        if amount_minor == 0 or partner.payee_id is None:
            return []
        return [Share(payee_id=partner.payee_id, amount_minor=amount_minor, memo=f"Hand-over by {partner.name}")]


def _option(slot: Slot, location: Location, basket: Basket, pool_id: int | None) -> DeliveryOption:
    starts, ends = slot.starts_at.astimezone(location.zone), slot.ends_at.astimezone(location.zone)
    terms = terms_from(location.agreed)  # type: ignore[attr-defined]
    return DeliveryOption(
        method=PickupDelivery.name,
        key=slot.ref,
        label=f"Pickup at {location.name}, {location.city}",
        price_minor=0,
        earliest_date=starts.date(),
        latest_date=starts.date(),
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        time_zone=location.time_zone,
        places_left=slot.places_left,
        place=f"{location.name}, {location.address_line}",
        name=f"{location.name}, {location.city}",
        partner_fee_minor=terms.fee_minor(quantity=basket.quantity, goods_minor=basket.goods_minor) if terms else 0,
        partner_terms=terms,
        detail=window_text(starts_at=starts, ends_at=ends, zone=location.zone),
        pool_id=pool_id,
    )


def _slot(ref: str) -> Slot:
    slot = Slot.objects.select_related("location__partner").filter(ref=ref).first()
    if slot is None:
        raise DeliveryGone("That pickup slot is no longer offered. Please choose another one.", slot=ref)
    return slot


def _bookable(hold: Hold, option: str) -> Slot:
    """Return the slot of an option if the hold's creator still offers it, by the same rules that offered it."""
    slot = _slot(option)
    if not slot.location.creators.filter(pk=hold.drop_sku.drop.creator_id).exists():
        raise DeliveryGone("That pickup slot is not this creator's.", slot=option)
    offered = bookable_slots(location=slot.location, now=database_now(), people=0, until=slot.local_date)
    if slot not in offered:
        raise DeliveryGone("That pickup slot can no longer be booked. Please choose another one.", slot=option)
    return slot


def _listed(names: set[str]) -> str:
    *most, last = sorted(names)
    return f"{', '.join(most)} and {last}" if most else last
