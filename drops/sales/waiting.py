"""
Waiting for units that are gone: joining the line, standing in it, and leaving it (stock.md R9).
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from drops.audience.models import Shopper
from drops.clock import database_now
from drops.errors import NotFound, Refused
from drops.events import announce, stock_changed, units_awaited, waitlist_changed
from drops.idempotency import IdempotencyKey, hash_of, stored_answer
from drops.sales import holding, offering, refusals
from drops.sales.delivery import Destination
from drops.sales.quotes import SkuNotInDrop, chosen_option, drop_sku_of
from drops.sales.refunds import ReasonMissing
from drops.sales.revoking import revoke_hold
from drops.schedule import early
from drops.schedule.models import Drop, DropState
from drops.stock import holds, limits, resync, waitlist
from drops.stock.models import (
    IN_LINE,
    LIVE_ENTRIES,
    LIVE_STATES,
    DropSku,
    Hold,
    HoldState,
    WaitlistEntry,
    WaitlistState,
)
from drops.stock.pools import store_room_of

_REASON = 60  # what the column takes


class EntryNotFound(NotFound):
    code = "waitlist_entry_not_found"


class AlreadyWaiting(Refused):
    """They are in line already, or have an offer; the facts say which entry."""

    code = "already_waiting"


class UnitsFree(Refused):
    """There is nothing to wait for: they can have it now."""

    code = "units_free"


@dataclass(frozen=True)
class Standing:
    """Where an entry stands at this moment: in line with its place, offered with its hold, or over."""

    entry: WaitlistEntry
    state: WaitlistState
    place: waitlist.Place | None
    at: datetime


def join_waitlist(
    *,
    shopper: Shopper,
    drop: Drop,
    sku_code: str,
    quantity: int,
    destination: Destination,
    method: str,
    option: str,
    idempotency_key: str,
) -> WaitlistEntry:
    """
    Put a shopper in line for units that are gone; whoever was refused a late payment for them comes first.

    The same key gives the same entry, however often it is asked.

    :raises KeyMissing: without a key.
    :raises SkuNotInDrop, WrongQuantity: if the drop does not sell that SKU to this shopper, or so many at once.
    :raises NotYetOpen, DropClosed: if the drop has not begun, or sells no more.
    :raises NotEligible: if members are first in the drop, and the shopper is none and was not invited.
    :raises DeliveryGone: if it cannot reach them that way.
    :raises AlreadyWaiting, AlreadyHolding: if they are in line for it or have it on hold.
    :raises LimitReached: if it is more than one may have.
    :raises UnitsFree: if they can have it now.
    """
    if not idempotency_key:
        raise holding.KeyMissing("Send an Idempotency-Key, so that a repeat cannot join twice.")
    request = {
        "drop": drop.ref,
        "sku": sku_code,
        "quantity": quantity,
        **asdict(destination),
        "method": method,
        "option": option,
    }
    scope = f"waitlist:{shopper.ref}"
    answer = stored_answer(scope=scope, key=idempotency_key, request=request)
    if answer is not None:
        return entry_of(ref=answer["entry"], shopper=shopper)
    drop_sku = _drop_sku(shopper, drop, sku_code)
    _refuse_unless_it_runs(drop_sku.drop)
    _refuse_unless_eligible(shopper, drop_sku.drop)
    way = chosen_option(drop_sku=drop_sku, quantity=quantity, destination=destination, method=method, option=option)
    pool_id = way.pool_id or store_room_of(creator_id=shopper.creator_id).pk
    # What has lapsed and is to leave the drop is not free for anybody.
    resync.take_out_returned(drop_sku_id=drop_sku.pk)
    # Whoever asks notices for those who came before.
    offering.promote(drop_sku_id=drop_sku.pk)
    _refuse_if_in_line_or_holding(shopper, drop_sku)
    _refuse_beyond_limit(shopper, drop_sku.drop, quantity)
    _refuse_if_free(drop_sku, pool_id, quantity)
    try:
        with transaction.atomic(durable=True):
            now = database_now()
            # Their own offer or hold that lapsed unseen is not in their way.
            holds.bound_waiting()
            holds.close_own_expired(shopper_id=shopper.pk, drop_sku_id=drop_sku.pk, now=now)
            # A rival under the same key waits here for the first to commit.
            entry = WaitlistEntry(
                drop_sku=drop_sku,
                shopper=shopper,
                pool_id=pool_id,
                quantity=quantity,
                comes_first=_was_refunded_late(shopper, drop_sku),
                country=destination.country,
                postcode=destination.postcode,
                delivery_method=method,
                delivery_option=option,
                joined_at=now,
            )
            IdempotencyKey.objects.create(
                scope=scope,
                key=idempotency_key,
                request_hash=hash_of(request),
                answer={"entry": entry.ref},
                created_at=now,
            )
            entry.save(force_insert=True)
            announce(stock_changed, drop_id=drop.pk)
            announce(waitlist_changed, entry_id=entry.pk)
    except IntegrityError as error:
        answer = stored_answer(scope=scope, key=idempotency_key, request=request)
        if answer is not None:
            return entry_of(ref=answer["entry"], shopper=shopper)
        if "one_live_entry_per_shopper_and_sku" not in str(error):
            raise
        _refuse_if_in_line_or_holding(shopper, drop_sku)
        raise
    return entry


def entry_of(*, ref: str, shopper: Shopper) -> WaitlistEntry:
    """
    Return a shopper's own entry.

    :raises EntryNotFound: if there is none, or it is somebody else's.
    """
    return _entry(ref=ref, shopper=shopper)


def standing_of(*, ref: str, shopper: Shopper) -> Standing:
    """
    Say where a shopper's own entry stands, after looking whether it is its turn.

    :raises EntryNotFound: if there is none, or it is somebody else's.
    """
    entry = _entry(ref=ref, shopper=shopper)
    if entry.state in IN_LINE and offering.promote(drop_sku_id=entry.drop_sku_id):
        entry = _entry(ref=ref, shopper=shopper)
    return stands(entry=entry, now=database_now())


def stands(*, entry: WaitlistEntry, now: datetime) -> Standing:
    """Say where an entry stands, given its loaded drop and hold."""
    state = entry.state_at(now)
    place = waitlist.place_of(entry=entry) if state in IN_LINE else None
    return Standing(entry=entry, state=state, place=place, at=now)


def leave_waitlist(*, ref: str, shopper: Shopper) -> WaitlistEntry:
    """
    Take a shopper out of line, or let the offer go that they have; the next in line is served. A repeat changes nothing.

    :raises EntryNotFound: if it is not the shopper's.
    :raises PaymentRuns: if they are paying for the offer.
    :raises Unreachable: if their payment cannot be stopped because the provider does not answer.
    """
    entry = _entry(ref=ref, shopper=shopper)
    if _leaves(entry, WaitlistState.LEFT, "left"):
        return entry
    entry = _entry(ref=ref, shopper=shopper)
    if entry.hold and entry.state_at(database_now()) == WaitlistState.OFFERED:
        holding.release_hold(hold_ref=entry.hold.ref, shopper=shopper)
        entry = _entry(ref=ref, shopper=shopper)
    return entry


def take_out_of_line(*, ref: str, actor: str, reason: str) -> WaitlistEntry:
    """
    Take somebody out of line, or their offer back, for a reason that is kept. A repeat changes nothing.

    :raises EntryNotFound: if there is none.
    :raises ReasonMissing: without a reason.
    """
    if not reason.strip():
        raise ReasonMissing("Please say why; the reason is kept.")
    entry = _entry(ref=ref)
    if _leaves(entry, WaitlistState.REMOVED, f"{reason.strip()} ({actor})"[:_REASON]):
        return entry
    entry = _entry(ref=ref)
    if entry.hold and entry.state_at(database_now()) == WaitlistState.OFFERED:
        revoke_hold(hold_ref=entry.hold.ref, actor=actor, reason=reason)
        entry = _entry(ref=ref)
    return entry


def end_lines_of_closed_drops() -> int:
    """Write "over" on those still in line for drops that sell no more; it was true already. Return how many."""
    now = database_now()
    ended = 0
    for drop in Drop.objects.filter(drop_skus__waitlist__state__in=IN_LINE).distinct():
        if drop.state_at(now) in holding.OVER:
            with transaction.atomic():
                ended += waitlist.end_lines(drop_ids=[drop.pk], now=now)
                announce(stock_changed, drop_id=drop.pk)
    return ended


def _leaves(entry: WaitlistEntry, state: WaitlistState, reason: str) -> bool:
    """
    Take an entry out of line; the units that were kept back for it are for the next.

    A line that is over with its drop is left by nobody any more, whether or not a worker has written that down.
    """
    with transaction.atomic(durable=True):
        now = database_now()
        if entry.state_at(now) not in IN_LINE or not waitlist.end(entry=entry, state=state, reason=reason, now=now):
            return False
        announce(stock_changed, drop_id=entry.drop_sku.drop_id)
        announce(units_awaited, drop_sku_id=entry.drop_sku_id)
        announce(waitlist_changed, entry_id=entry.pk)
    return True


def _entry(*, ref: str, **whose: Any) -> WaitlistEntry:
    found = (
        WaitlistEntry.objects.select_related("hold", "shopper", "drop_sku__drop__creator", "drop_sku__sku__product")
        .filter(ref=ref, **whose)
        .first()
    )
    if found is None:
        raise EntryNotFound("There is no such place in line.")
    return found


def _drop_sku(shopper: Shopper, drop: Drop, sku_code: str) -> DropSku:
    drop_sku = drop_sku_of(drop=drop, sku_code=sku_code)
    if drop_sku.drop.creator_id != shopper.creator_id:
        raise SkuNotInDrop(f"There is no {sku_code} for this session.", sku=sku_code)
    return drop_sku


def _refuse_unless_it_runs(drop: Drop) -> None:
    """A paused drop goes on, so one may wait for it; before the opening nothing is gone yet."""
    state = drop.state_at(database_now())
    if state == DropState.SCHEDULED:
        raise refusals.NotYetOpen(f"{drop.title} is not open yet.", opens_at=drop.opens_at, time_zone=drop.time_zone)
    if state in holding.OVER:
        raise refusals.DropClosed(f"{drop.title} has closed.", closed_at=drop.closed_at or drop.closes_at)


def _refuse_unless_eligible(shopper: Shopper, drop: Drop) -> None:
    """While members are first, there is nothing yet that others could wait for."""
    if drop.is_members_first_at(database_now()) and not early.is_entitled(shopper=shopper, drop=drop):
        raise refusals.not_eligible(drop=drop)


def _refuse_if_in_line_or_holding(shopper: Shopper, drop_sku: DropSku) -> None:
    now = database_now()
    entry = waitlist.live_entry_of(shopper_id=shopper.pk, drop_sku_id=drop_sku.pk)
    if entry is not None and (state := entry.state_at(now)) in LIVE_ENTRIES:
        place = waitlist.place_of(entry=entry)
        raise AlreadyWaiting(
            f"You are in line for {drop_sku.sku} already."
            if place
            else f"{drop_sku.sku} is on hold for you: it is your turn.",
            entry=entry.ref,
            state=state,
            quantity=entry.quantity,
            place=place.number if place else None,
            hold=entry.hold.ref if entry.hold else None,
        )
    live = Hold.objects.filter(shopper=shopper, drop_sku=drop_sku, state__in=LIVE_STATES, expires_at__gt=now)
    if (hold := live.order_by("pk").first()) is not None:
        raise refusals.AlreadyHolding(f"You hold {drop_sku.sku} already.", hold=hold.ref, expires_at=hold.expires_at)


def _refuse_beyond_limit(shopper: Shopper, drop: Drop, quantity: int) -> None:
    left = drop.account_limit - limits.places_taken(drop_id=drop.pk, identity=shopper.ref, now=database_now())
    if quantity > left:
        raise limits.limit_reached(limit=drop.account_limit, left=max(0, left), asked=quantity)


def _refuse_if_free(drop_sku: DropSku, pool_id: int, quantity: int) -> None:
    available = waitlist.available_of(line=waitlist.Line(drop_sku.pk, pool_id))
    if available >= quantity:
        raise UnitsFree(f"{drop_sku.sku} is free right now; there is no need to wait.", available=available)


def _was_refunded_late(shopper: Shopper, drop_sku: DropSku) -> bool:
    """Their payment came too late for a unit of this, and they have not been in line for it since."""
    late = Hold.objects.filter(shopper=shopper, drop_sku=drop_sku, state=HoldState.LATE_REFUND)
    last = late.order_by("closed_at", "pk").last()
    if last is None:
        return False
    later = WaitlistEntry.objects.filter(shopper=shopper, drop_sku=drop_sku, joined_at__gte=last.closed_at)
    return not later.exists()
