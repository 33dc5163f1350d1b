"""
What a counter sees: a day's slots with how many came, and rows with as little about a person as will do.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q

from drops.errors import Invalid, Refused
from drops.sales.gift_models import GiftState
from drops.sales.orders import beside_text
from pickups.handover import may_undo
from pickups.models import Pickup, PickupEvent, RosterActKind, RosterDevice, Slot, UnitState
from pickups.queries import state_of
from pickups.roster import note_act
from pickups.units import WAITING
from pickups.windows import day_text, hours_text, window_text

SHORTEST_SEARCH = 3
MOST_FOUND = 20


class SearchTooShort(Invalid):
    code = "search_too_short"


class MayNotSearch(Refused):
    code = "may_not_search"
    status = 403


@dataclass(frozen=True)
class Row:
    """One pickup as a counter sees it."""

    ref: str
    short_code: str
    name: str  # "Lena V."
    collector: str  # "Mira", if the order was given to somebody else; else nothing
    items: str  # "Ring mug · Sage × 1"
    beside: str  # "Gift wrap, Care kit": what goes with them; never what it cost
    state: UnitState  # of all its units together
    state_text: str  # "Handed over 16:12 by Mira"
    is_done: bool
    may_hand_over: bool
    may_undo: bool
    when: str  # the slot, for results of a search


@dataclass(frozen=True)
class SlotTab:
    """One of a day's slots, with how many of its pickups were handed over."""

    ref: str
    hours: str  # "16–18h"
    when: str  # "Fri 27 Nov, 16–18h"
    done: int
    total: int
    is_chosen: bool


@dataclass(frozen=True)
class DayTab:
    date: date
    text: str
    is_chosen: bool
    is_today: bool


@dataclass(frozen=True)
class Day:
    """A day at a location: its slots, the chosen one of them, and the days beside it."""

    date: date
    text: str
    days: list[DayTab]
    slots: list[SlotTab]
    chosen: SlotTab | None


def day_of(*, device: RosterDevice, now: datetime, day: date | None = None, slot_ref: str = "") -> Day:
    """
    Return a day's slots with counts, no names: the asked slot's day, or the given one, or today.

    The chosen slot is the asked one, else the first that has somebody still to come, else the last that had anybody.
    """
    location = device.location
    today = now.astimezone(location.zone).date()
    asked = Slot.objects.filter(location=location, ref=slot_ref).first() if slot_ref else None
    shown = asked.local_date if asked else day or today
    slots = list(Slot.objects.filter(location=location).on(day=shown).order_by("starts_at", "pk"))
    totals, done = _counts(slots)
    chosen = asked or _likeliest(slots, totals, done, now)
    tabs = [
        SlotTab(
            ref=slot.ref,
            hours=hours_text(starts_at=slot.starts_at, ends_at=slot.ends_at, zone=location.zone),
            when=window_text(starts_at=slot.starts_at, ends_at=slot.ends_at, zone=location.zone),
            done=done[slot.pk],
            total=totals[slot.pk],
            is_chosen=slot == chosen,
        )
        for slot in slots
        if totals[slot.pk] or slot == chosen
    ]
    return Day(
        date=shown,
        text=day_text(day=shown),
        days=_days(device, today, shown),
        slots=tabs,
        chosen=next((tab for tab in tabs if tab.is_chosen), None),
    )


def rows_of(*, device: RosterDevice, slot_ref: str, now: datetime) -> list[Row]:
    """Return a slot's rows for a supervisor, those still to come first, and write down that they were shown."""
    pickups = list(
        Pickup.objects.on_a_roster()
        .filter(location=device.location_id, slot__ref=slot_ref)
        .order_by("short_code", "pk")
    )
    rows = _rows(pickups, device, now)
    if rows:
        note_act(device=device, kind=RosterActKind.LISTED, rows=len(rows), now=now)
    return sorted(rows, key=lambda row: row.is_done)


def own_rows_of(*, device: RosterDevice, slot_ref: str, now: datetime) -> list[Row]:
    """Return the rows of a slot that this telephone handed over itself: all that one who only scans gets to see."""
    pickups = list(
        Pickup.objects.on_a_roster()
        .filter(location=device.location_id, slot__ref=slot_ref, units__events__device=device)
        .distinct()
        .order_by("short_code", "pk")
    )
    return [row for row in _rows(pickups, device, now) if row.is_done]


def row_of(*, device: RosterDevice, pickup_ref: str, now: datetime) -> Row | None:
    """Return the row of one pickup at a device's location."""
    pickups = list(Pickup.objects.on_a_roster().filter(location=device.location_id, ref=pickup_ref))
    return next(iter(_rows(pickups, device, now)), None)


def search_rows(*, device: RosterDevice, name: str, now: datetime) -> list[Row]:
    """
    Return the rows whose name contains what was typed, accents or not, from yesterday on.

    :raises MayNotSearch: if the telephone may only scan.
    :raises SearchTooShort: for fewer than three letters.
    """
    if not device.is_supervisor:
        raise MayNotSearch("This phone may only scan codes.")
    wanted = _plain(name)
    if len(wanted) < SHORTEST_SEARCH:
        raise SearchTooShort("Type at least three letters of the name.")
    since = now.astimezone(device.location.zone).date() - timedelta(days=1)
    pickups = Pickup.objects.on_a_roster().filter(location=device.location_id, slot__local_date__gte=since)
    found = [
        pickup
        for pickup in pickups.order_by("slot__starts_at", "pk")
        if wanted in _plain(pickup.order.name) or wanted in _plain(_given_to(pickup))
    ]
    rows = _rows(found[:MOST_FOUND], device, now)
    note_act(device=device, kind=RosterActKind.SEARCHED, rows=len(rows), now=now)
    return rows


def shown_name(full: str) -> str:
    """Return a first name and an initial: enough to call somebody, not enough to look them up."""
    words = full.split()
    if not words:
        return "No name"
    return words[0] if len(words) == 1 else f"{words[0]} {words[-1][0].upper()}."


def _rows(pickups: Sequence[Pickup], device: RosterDevice, now: datetime) -> list[Row]:
    events: dict[int, PickupEvent] = {}
    handed = PickupEvent.objects.filter(unit__pickup__in=pickups, to_state=UnitState.HANDED_OVER)
    for event in handed.select_related("unit").order_by("recorded_at", "pk"):
        events[event.unit.pickup_id] = event
    return [_row(pickup, events.get(pickup.pk), device, now) for pickup in pickups]


def _row(pickup: Pickup, handed: PickupEvent | None, device: RosterDevice, now: datetime) -> Row:
    units = list(pickup.units.all())
    states = [UnitState(unit.state) for unit in units]
    together, zone = state_of(states), device.location.zone
    is_handed = UnitState.HANDED_OVER in states
    text = str(together.label)
    if handed is not None and is_handed:
        count = states.count(UnitState.HANDED_OVER)
        verb = "Handed over" if count == len(states) else f"{count} of {len(states)} handed over"
        text = f"{verb} {handed.at.astimezone(zone):%H:%M} by {handed.actor}"
    items = Counter(unit.unit.line.title for unit in units)
    slot = pickup.slot
    return Row(
        ref=pickup.ref,
        short_code=pickup.short_code,
        name=shown_name(pickup.order.name),
        collector=" ".join(_given_to(pickup).split()[:1]),
        items=", ".join(f"{title}\u00a0×\u00a0{quantity}" for title, quantity in items.items()),
        beside=beside_text(order=pickup.order),
        state=together,
        state_text=text,
        is_done=not any(state in WAITING for state in states),
        may_hand_over=any(state in WAITING for state in states),
        may_undo=is_handed and handed is not None and may_undo(event=handed, device=device, now=now),
        when=window_text(starts_at=slot.starts_at, ends_at=slot.ends_at, zone=zone),
    )


def _given_to(pickup: Pickup) -> str:
    """Return who collects a pickup that was given to them; the rows of a roster have the gifts loaded."""
    return next((gift.recipient_name for gift in pickup.order.gifts.all() if gift.state == GiftState.CLAIMED), "")


def _counts(slots: Sequence[Slot]) -> tuple[Counter[int], Counter[int]]:
    totals: Counter[int] = Counter()
    done: Counter[int] = Counter()
    pickups = (
        Pickup.objects.filter(slot__in=slots)
        .annotate(
            due=Count("units", filter=~Q(units__state=UnitState.CANCELLED)),
            waiting=Count("units", filter=Q(units__state__in=WAITING)),
            handed=Count("units", filter=Q(units__state=UnitState.HANDED_OVER)),
        )
        .filter(due__gt=0)
    )
    for slot_id, waiting, handed in pickups.values_list("slot_id", "waiting", "handed"):
        totals[slot_id] += 1
        done[slot_id] += handed > 0 and waiting == 0
    return totals, done


def _likeliest(slots: Sequence[Slot], totals: Counter[int], done: Counter[int], now: datetime) -> Slot | None:
    busy = [slot for slot in slots if totals[slot.pk]]
    running = [slot for slot in busy if slot.starts_at <= now < slot.ends_at]
    waiting = [slot for slot in busy if done[slot.pk] < totals[slot.pk]]
    return next(iter(running or waiting or busy[-1:] or slots[:1]), None)


def _days(device: RosterDevice, today: date, shown: date) -> list[DayTab]:
    """Return today and the days from yesterday on that have pickups, a week at most."""
    dates = set(
        Pickup.objects.filter(location=device.location_id, slot__local_date__gte=today - timedelta(days=1))
        .order_by("slot__local_date")
        .values_list("slot__local_date", flat=True)
        .distinct()[:7]
    )
    return [
        DayTab(
            date=day, text="Today" if day == today else day_text(day=day), is_chosen=day == shown, is_today=day == today
        )
        for day in sorted(dates | {today, shown})
    ]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", " ".join(text.split()))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()
