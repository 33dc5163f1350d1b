from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import chain

from django.db import transaction
from django.db.models import Exists, OuterRef

from drops.errors import NotFound, Refused
from drops.stock.models import FREE
from pickups.hours import Interval, SlotTimes, cutoff_of, slots_between
from pickups.models import Location, Pickup, Slot, SlotPlace, SlotState


class UnknownSlot(NotFound):
    code = "unknown_slot"


class CapacityBooked(Refused):
    """More people are expected than the new capacity takes."""

    code = "capacity_booked"


def materialise_slots(*, location_id: int, now: datetime) -> int:
    """
    Make a location's slots from its hours, from today to its horizon, and return how many are new.

    Repeating it changes nothing. Slots that the hours no longer know go away; those that somebody booked or holds
    are closed instead, so nobody else comes and nobody is sent away.
    """
    with transaction.atomic():
        location = Location.objects.select_for_update(no_key=True).get(pk=location_id)
        first = now.astimezone(location.zone).date()
        last = first + timedelta(days=location.horizon_days)
        wanted = {times.starts_at: times for times in _times_of(location, first=first, last=last)}
        known = {slot.starts_at: slot for slot in location.slots.filter(local_date__gte=first)}
        _drop_slots([slot for starts_at, slot in known.items() if starts_at not in wanted], now=now)
        made = Slot.objects.bulk_create(
            Slot(
                location=location,
                starts_at=times.starts_at,
                ends_at=times.ends_at,
                local_date=times.local_date,
                capacity=location.capacity,
            )
            for starts_at, times in wanted.items()
            if starts_at not in known
        )
        SlotPlace.objects.bulk_create(chain.from_iterable(_places(slot, 1, slot.capacity) for slot in made))
        Location.objects.filter(pk=location.pk).update(slots_until=last)
    return len(made)


def bookable_slots(*, location: Location, now: datetime, people: int = 1, until: date | None = None) -> list[Slot]:
    """
    Return the slots that so many people can still book together, soonest first, each with its `places_left`.

    The one place where lead time, cut-off and capacity are judged: chat, pages, API and the hold all ask here. It
    makes missing slots itself, so that a stopped worker costs nobody a slot.
    """
    if not location.is_active:
        return []
    today = now.astimezone(location.zone).date()
    if location.slots_until is None or location.slots_until < today + timedelta(days=location.horizon_days):
        materialise_slots(location_id=location.pk, now=now)
        location.refresh_from_db(fields=["slots_until"])
    last = today + timedelta(days=location.horizon_days)
    slots = (
        Slot.objects.open()
        .filter(location=location, local_date__lte=min(last, until or last))
        .filter(starts_at__gte=now + timedelta(minutes=location.lead_minutes))
        .with_room(people=people, now=now)
        .order_by("starts_at", "pk")
    )
    return [slot for slot in slots if is_before_cutoff(location=location, local_date=slot.local_date, now=now)]


def is_before_cutoff(*, location: Location, local_date: date, now: datetime) -> bool:
    """Tell whether slots of a date may still be booked as far as the cut-off goes."""
    if location.cutoff_local is None:
        return True
    return now < cutoff_of(
        local_date=local_date,
        cutoff_local=location.cutoff_local,
        days_before=location.cutoff_days_before,
        zone=location.zone,
    )


def resize_slot(*, slot_id: int, capacity: int, now: datetime) -> Slot:
    """
    Change how many people a slot takes.

    :raises UnknownSlot: if there is no such slot.
    :raises CapacityBooked: if more people booked or hold a place than would be left; nothing changes then.
    """
    with transaction.atomic():
        slot = _locked(slot_id)
        # Locking the places waits for whoever is taking one, and then sees what they did.
        places = list(SlotPlace.objects.select_for_update().filter(slot=slot).order_by("ordinal"))
        kept = [place for place in places if place.free_at > now]
        if capacity < len(kept):
            raise CapacityBooked(
                f"{len(kept)} people are expected in this slot, so it cannot take only {capacity}.",
                booked=len(kept),
                capacity=capacity,
            )
        surplus = [place.pk for place in reversed(places) if place.free_at <= now][: max(0, len(places) - capacity)]
        SlotPlace.objects.filter(pk__in=surplus).delete()
        highest = max((place.ordinal for place in places), default=0)
        SlotPlace.objects.bulk_create(_places(slot, highest + 1, highest + capacity - len(places)))
        slot.capacity = capacity
        slot.save(update_fields=["capacity"])
    return slot


def close_slot(*, slot_id: int) -> Slot:
    """
    Take a slot off offer; whoever booked it still comes.

    :raises UnknownSlot: if there is no such slot.
    """
    return _set_state(slot_id, SlotState.CLOSED)


def reopen_slot(*, slot_id: int) -> Slot:
    """
    Offer a closed slot again.

    :raises UnknownSlot: if there is no such slot.
    """
    return _set_state(slot_id, SlotState.OPEN)


def _set_state(slot_id: int, state: SlotState) -> Slot:
    with transaction.atomic():
        slot = _locked(slot_id)
        slot.state = state
        slot.save(update_fields=["state"])
    return slot


def _locked(slot_id: int) -> Slot:
    try:
        return Slot.objects.select_for_update(no_key=True, of=("self",)).select_related("location").get(pk=slot_id)
    except Slot.DoesNotExist:
        raise UnknownSlot("There is no such slot.") from None


def _times_of(location: Location, *, first: date, last: date) -> list[SlotTimes]:
    weekly: defaultdict[int, list[Interval]] = defaultdict(list)
    for hours in location.weekly_hours.order_by("weekday", "opens"):
        weekly[hours.weekday].append(Interval(hours.opens, hours.closes))
    exceptions: defaultdict[date, list[Interval]] = defaultdict(list)
    for exception in location.hours_exceptions.filter(date__gte=first, date__lte=last).order_by("date", "opens"):
        intervals = exceptions[exception.date]  # a closed day has an empty list, which still replaces the weekday
        if exception.opens is not None and exception.closes is not None:
            intervals.append(Interval(exception.opens, exception.closes))
    return slots_between(
        first=first,
        last=last,
        weekly=weekly,
        exceptions=exceptions,
        slot_minutes=location.slot_minutes,
        zone=location.zone,
    )


def _drop_slots(slots: list[Slot], *, now: datetime) -> None:
    # A slot that began is history, whatever the hours say now.
    ids = [slot.pk for slot in slots if slot.starts_at > now.astimezone(UTC)]
    places = list(SlotPlace.objects.select_for_update().filter(slot__in=ids).order_by("slot_id", "ordinal"))
    kept = {place.slot_id for place in places if place.free_at > now}
    gone = Slot.objects.filter(pk__in=ids).exclude(pk__in=kept)
    gone = gone.filter(~Exists(Pickup.objects.filter(slot=OuterRef("pk"))))
    gone_ids = set(gone.values_list("pk", flat=True))
    Slot.objects.filter(pk__in=gone_ids).delete()
    Slot.objects.filter(pk__in=set(ids) - gone_ids).update(state=SlotState.CLOSED)


def _places(slot: Slot, first: int, last: int) -> list[SlotPlace]:
    return [SlotPlace(slot=slot, ordinal=ordinal, free_at=FREE) for ordinal in range(first, last + 1)]
