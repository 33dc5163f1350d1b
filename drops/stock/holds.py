"""
Promising units to one shopper for a while (stock.md R2 to R6). The words of a hold's life, each on rows already locked.

These are steps of a transaction that sales opens: delivery and payment take part in it, and stock knows neither.
Locks are taken in one order: limit slots, tokens, hold. Claims skip locked tokens, so they never wait for a hold.
"""

import random
import time
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import connection

from drops.clock import database_now
from drops.errors import NotFound, Refused
from drops.events import announce, hold_changed, stock_changed
from drops.stock import lapses, limits, resync, tokens, waitlist
from drops.stock.models import LIVE_STATES, Hold, HoldEvent, HoldState, StockPool
from drops.stock.pools import PoolCount, none_here

MARGIN = timedelta(seconds=5)  # a unit returns a little after its hold ends, so that nobody races the last second
GRACE = timedelta(seconds=120)  # granted once, when paying begins
EXTENSION = timedelta(seconds=120)
EXTENSIONS_ALLOWED = 1
LATE_ACCEPT_WINDOW = timedelta(minutes=10)  # so long after its hold a payment comes before those who wait
DEADLINE_AFTER_BASE = timedelta(seconds=300)
ATTEMPTS = 4
REFUNDED = "refunded"  # a step on record only: the hold stays confirmed, and its order is refunded


class HoldNotFound(NotFound):
    code = "hold_not_found"


class HoldExpired(Refused):
    code = "hold_expired"


class HoldClosed(Refused):
    """The hold came to another end: paid, released, revoked."""

    code = "hold_closed"


class ExtensionUsed(Refused):
    code = "extension_used"


class OthersWait(Refused):
    """Somebody waits for the SKU, so nobody is given more time with it."""

    code = "others_wait"


class Busy(Refused):
    """Units are free, but other hands are on every one of them this instant."""

    code = "busy"


class OnlySomeLeft(Refused):
    code = "only_some_left"


class NoneLeftHere(Refused):
    """The pool that was asked has too few units, and others have some: `elsewhere` says which and how many."""

    code = "none_left_here"


class HeldByOthers(Refused):
    code = "held_by_others"


class SoldOut(Refused):
    code = "sold_out"


class UnitsDiffer(Refused):
    """A hold's rows contradict each other; somebody has to look at it."""

    code = "units_differ"


def bound_waiting() -> None:
    """Let no lock of this transaction be waited for longer than two seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', '2s', true)")


def shortage(
    *, name: str, asked: int, left: int, units: int, next_return_at: datetime | None, kept: int = 0
) -> Refused:
    """
    Return why so many units are not to be had, of the few that are left of a SKU's units in the drop.

    `kept` more are free and kept back for people in line.

    The figures come from an unlocked read: a claim that has not committed still looks free there, so a "sold out" is
    never a guess about somebody's lock (stock.md, decision 4).
    """
    if left > 0:
        verb = "is" if left == 1 else "are"
        words = f"Only {left} {name} {verb} free right now, you asked for {asked}."
        return OnlySomeLeft(words, available=left, asked=asked)
    if kept:
        words = f"All {units} are on hold, sold, or kept for people who wait."
        return HeldByOthers(words, next_return_at=next_return_at, total=units, kept=kept)
    if next_return_at is not None:
        words = f"All {units} are on hold or sold." if units > 1 else "The only one is on hold."
        return HeldByOthers(words, next_return_at=next_return_at, total=units)
    return SoldOut(f"{name} is sold out.", total=units)


def shortage_here(
    *,
    pool: StockPool,
    method: str,
    asked: int,
    left: int,
    elsewhere: Sequence[PoolCount],
    next_return_at: datetime | None,
) -> NoneLeftHere:
    """Return why a wish is not to be had from the pool that it named, and what other pools have instead."""
    others = [
        f"{count.available} {'is' if count.available == 1 else 'are'} "
        f"{'in the store-room' if count.is_store_room else f'on the shelf at {count.name}'}."
        for count in elsewhere
    ]
    return NoneLeftHere(
        " ".join([none_here(pool=pool, method=method, left=left), *others]),
        pool=pool.name,
        is_store_room=pool.is_store_room,
        available=left,
        asked=asked,
        next_return_at=next_return_at,
        elsewhere=[
            {"pool": count.name, "is_store_room": count.is_store_room, "available": count.available}
            for count in elsewhere
        ],
    )


def busy() -> Busy:
    """Return the refusal that asks to come back in a second."""
    return Busy("Many hands at once. Please try again in a moment.", retry_after=1)


def wait_before(attempt: int) -> None:
    """Pause 5 to 40 ms, longer each time and never in step with a rival."""
    time.sleep(random.uniform(0.005, 0.01 * 2 ** min(attempt, 2)))


def lock_hold(*, ref: str) -> tuple[Hold, datetime]:
    """
    Lock a hold's row, and only then ask the clock, in a statement of its own.

    One statement that locks and compares may wait for a rival and then go by a time from before the wait
    (stock.md, decision 6).

    :raises HoldNotFound: if there is none.
    """
    hold = (
        Hold.objects.select_for_update(no_key=True, of=("self",))
        .select_related("drop_sku__drop", "drop_sku__sku__product", "shopper__creator")
        .filter(ref=ref)
        .first()
    )
    if hold is None:
        raise HoldNotFound("There is no such hold.")
    return hold, database_now()


def refuse_unless_live(hold: Hold, now: datetime) -> None:
    """
    Insist that a locked hold still runs.

    :raises HoldExpired: if its time is over, whatever the row says.
    :raises HoldClosed: if it came to another end.
    """
    state = hold.state_at(now)
    if state == HoldState.EXPIRED:
        raise _expired(hold)
    if state not in LIVE_STATES:
        raise HoldClosed(f"This hold is {hold.get_state_display().lower()}.", state=state)


def extend(*, hold: Hold, now: datetime) -> None:
    """
    Give a locked hold its one extension.

    :raises ExtensionUsed: if it had it.
    :raises OthersWait: if somebody waits for the SKU.
    :raises HoldExpired, HoldClosed: if it no longer runs.
    """
    refuse_unless_live(hold, now)
    if hold.extensions >= EXTENSIONS_ALLOWED:
        raise ExtensionUsed("This hold was extended once already.", expires_at=hold.expires_at)
    if waitlist.is_awaited(drop_sku_id=hold.drop_sku_id):
        raise OthersWait("Others wait for this one, so no hold of it is extended.", expires_at=hold.expires_at)
    hold.extensions += 1
    hold.base_expires_at = min(hold.base_expires_at + EXTENSION, hold.hard_deadline)
    _move_end(hold, min(hold.expires_at + EXTENSION, hold.hard_deadline))
    _save(hold, "extensions", "base_expires_at")
    _write_event(hold, HoldState(hold.state), HoldState(hold.state), actor="shopper", reason="extended", at=now)
    announce(stock_changed, drop_id=hold.drop_sku.drop_id)
    announce(hold_changed, hold_id=hold.pk, state=hold.state, reason="extended")


def begin_paying(*, hold: Hold, now: datetime) -> None:
    """
    Move a locked hold to paying, and grant the bounded grace if it was not granted before.

    :raises HoldExpired, HoldClosed: if it no longer runs.
    """
    refuse_unless_live(hold, now)
    was = HoldState(hold.state)
    hold.state = HoldState.PAYING
    if not hold.has_used_grace:
        hold.has_used_grace = True
        _move_end(hold, min(max(hold.expires_at, now + GRACE), hold.hard_deadline))
    _save(hold, "state", "has_used_grace")
    if was != HoldState.PAYING:
        _write_event(hold, was, HoldState.PAYING, actor="shopper", reason="payment started", at=now)
        announce(stock_changed, drop_id=hold.drop_sku.drop_id)
        announce(hold_changed, hold_id=hold.pk, state=hold.state, reason="payment started")


def stop_paying(*, hold: Hold, now: datetime, reason: str) -> None:
    """Take a locked hold back from paying: held until its base end, or expired if that is past. Grace is no gift."""
    if hold.state != HoldState.PAYING:
        return
    if now >= hold.base_expires_at:
        close(hold=hold, state=HoldState.EXPIRED, now=now, actor="provider", reason=reason)
        return
    hold.state = HoldState.HELD
    _set_end(hold, hold.base_expires_at)
    _save(hold, "state")
    _write_event(hold, HoldState.PAYING, HoldState.HELD, actor="provider", reason=reason, at=now)
    announce(stock_changed, drop_id=hold.drop_sku.drop_id)
    announce(hold_changed, hold_id=hold.pk, state=hold.state, reason=reason)


def confirm(*, hold: Hold, now: datetime, identities: Sequence[limits.Identified] = ()) -> list[int] | None:
    """
    Make a locked hold's units its owner's, by fence and without asking the clock; return the tokens.

    None means that units were lost meanwhile and no others were to be had: the caller has to roll this back.
    Units that were lost are replaced by free ones of the same SKU and pool when there are any (stock.md R6); after ten
    minutes only by such as nobody waits for. Units that have lapsed and are to leave the drop leave first: a worker may
    have seen to that already, and it must not matter. `identities` are those that came with the payment; they count too.

    :raises LimitReached: if somebody else has its places by now; the caller has to roll this back.
    """
    if now >= hold.expires_at + MARGIN:
        resync.take_out_returned(drop_sku_id=hold.drop_sku_id)
    sold = tokens.sell(hold=hold)
    if len(sold) < hold.quantity:
        missing = hold.quantity - len(sold)
        kept = waitlist.lock_waiting_units(hold=hold) if now > hold.expires_at + LATE_ACCEPT_WINDOW else 0
        claims = tokens.claim(hold=hold, quantity=missing, free_at=now + MARGIN, kept=kept)
        if not claims:
            return None
        expire_overtaken(hold_ids={c.previous_hold_id for c in claims if c.previous_hold_id} - {hold.pk}, now=now)
        tokens.record_claims(hold_id=hold.pk, claims=claims)
        sold += tokens.sell(hold=hold)
    limits.keep_places_for_good(hold=hold, identities=[*limits.counted_by(hold=hold), *identities])
    was = hold.state_at(now)
    hold.is_late = was == HoldState.EXPIRED
    stored = HoldState(hold.state)
    hold.state = HoldState.CONFIRMED
    hold.closed_at = now
    hold.close_reason = "paid late" if hold.is_late else "paid"
    _save(hold, "state", "is_late", "closed_at", "close_reason")
    _write_event(hold, stored, HoldState.CONFIRMED, actor="provider", reason=hold.close_reason, at=now)
    announce(stock_changed, drop_id=hold.drop_sku.drop_id)
    return sold


def close(*, hold: Hold, state: HoldState, now: datetime, actor: str, reason: str) -> None:
    """End a locked hold without a sale, and give its units and places back if they are still its own."""
    was = HoldState(hold.state)
    if state == HoldState.EXPIRED and hold.expires_at + MARGIN <= now:
        tokens.mark_lapsed(hold=hold)
    else:
        tokens.give_back(hold=hold)
        limits.give_places_back(hold=hold)
    hold.state = state
    hold.closed_at = now
    hold.close_reason = reason
    _save(hold, "state", "closed_at", "close_reason")
    _write_event(hold, was, state, actor=actor, reason=reason, at=now)
    resync.take_out_returned(drop_sku_id=hold.drop_sku_id)
    announce(stock_changed, drop_id=hold.drop_sku.drop_id)
    announce(hold_changed, hold_id=hold.pk, state=state, reason=reason)


def retire_units(*, hold: Hold, token_ids: Collection[int], now: datetime, actor: str, reason: str) -> None:
    """
    Undo what a locked, paid hold gave, or a part of it: these of its units leave the drop.

    Its owner's places stay taken, unless `limits.give_some_places_back` is told otherwise.

    :raises UnitsDiffer: if not all of them are its sold units; nothing may go on then.
    """
    retired = tokens.retire(hold=hold, token_ids=token_ids)
    if hold.state != HoldState.CONFIRMED or retired != len(token_ids):
        raise UnitsDiffer(f"{hold} has {retired} sold units, not {len(token_ids)}.", hold=hold.ref, units=retired)
    resync.take_off_plan(drop_sku_id=hold.drop_sku_id, pool_id=hold.pool_id, units=retired)
    _write_event(hold, HoldState.CONFIRMED, REFUNDED, actor=actor, reason=reason, at=now)
    announce(stock_changed, drop_id=hold.drop_sku.drop_id)


def close_own_expired(*, shopper_id: int, drop_sku_id: int, now: datetime) -> None:
    """Close the caller's lapsed hold, so that nobody is kept from holding by their own past (stock.md, pitfall 9)."""
    stale = (
        Hold.objects.select_for_update(no_key=True, of=("self",))
        .select_related("drop_sku")
        .filter(shopper_id=shopper_id, drop_sku_id=drop_sku_id, state__in=LIVE_STATES, expires_at__lte=now)
    )
    for hold in stale:
        close(hold=hold, state=HoldState.EXPIRED, now=now, actor="clock", reason="time ran out")


def expire_overtaken(*, hold_ids: Collection[int], now: datetime) -> None:
    """
    Write "expired" on lapsed holds whose units somebody else just claimed, all in one call.

    Skips rows that are locked: their owner is being paid or swept right now, and waiting for them while holding
    tokens would be the wrong way round. The sweep writes what is left. Whoever claims announces the stock.
    """
    lapses.lapse_these(hold_ids=hold_ids, at=now, margin=MARGIN)


def _expired(hold: Hold) -> HoldExpired:
    return HoldExpired("The hold ended. Nothing was charged.", expired_at=hold.expires_at)


def _move_end(hold: Hold, expires_at: datetime) -> None:
    """
    Give a locked hold another end, if everything is still its own.

    The clock was asked in time, but a machine may stall between that and here for longer than the margin, and a claim
    does not wait for this hold's lock. Then the units are somebody else's, and no later end may be promised.
    """
    ended = _expired(hold)
    if _set_end(hold, expires_at) != hold.quantity or not limits.has_its_places(hold=hold):
        raise ended


def _set_end(hold: Hold, expires_at: datetime) -> int:
    """Move the end of those of a hold's units and places that are still its own; return how many units that is."""
    hold.expires_at = expires_at
    units = tokens.keep_until(hold=hold, free_at=expires_at + MARGIN)
    limits.keep_places_until(hold=hold, free_at=expires_at + MARGIN)
    return units


def _save(hold: Hold, *fields: str) -> None:
    hold.version += 1
    hold.save(update_fields=[*fields, "expires_at", "version"])


def _write_event(hold: Hold, was: HoldState | None, state: str, *, actor: str, reason: str, at: datetime) -> None:
    HoldEvent.objects.create(hold=hold, from_state=was or "", to_state=state, actor=actor, reason=reason, at=at)
