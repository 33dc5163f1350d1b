"""
The line of those who wait for a SKU: who is next, where somebody stands, and who is passed over (stock.md R9).

Looks and steps on rows; whoever makes an offer is sales, which knows prices and delivery. What is kept back for the line
is in drops/migrations/waitlist.sql, beside the claim that minds it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Case, F, Q, QuerySet, Sum, Value, When

from drops.stock.models import IN_LINE, LIVE_ENTRIES, NEVER, Hold, WaitlistEntry, WaitlistState

# Who cannot be served for a reason of their own (their limit, a delivery that is gone) is asked about again so soon.
LOOK_AGAIN_AFTER = timedelta(seconds=60)
TOO_FEW = "too_few"  # the one reason that is the shop's: fewer units came back than they asked for
ORDER = ("-comes_first", "joined_at", "pk")
UNITS = """
SELECT count(*) FILTER (WHERE token.free_at <= drops_statement_now()), count(*)
  FROM drops_token AS token
 WHERE token.drop_sku_id = %(drop_sku)s AND token.pool_id = %(pool)s AND token.free_at < %(never)s
"""
# Cheap enough for whoever looks at a drop's stock: two index probes for each of its SKUs and pools.
TO_SERVE = """
SELECT ds.id, pool.id
  FROM drops_dropsku AS ds
  JOIN drops_drop AS sale ON sale.id = ds.drop_id
  JOIN drops_stockpool AS pool ON pool.creator_id = sale.creator_id
 WHERE {which}
   AND EXISTS (SELECT FROM drops_waitlistentry AS entry
                WHERE entry.drop_sku_id = ds.id AND entry.pool_id = pool.id AND entry.state IN ('waiting', 'passed'))
   AND EXISTS (SELECT FROM drops_token AS token
                WHERE token.drop_sku_id = ds.id AND token.pool_id = pool.id
                  AND token.free_at <= drops_statement_now())
 ORDER BY ds.id, pool.id
"""


@dataclass(frozen=True)
class Place:
    """Where an entry stands in its line, from 1, and how many units those before it ask for."""

    number: int
    units_ahead: int


@dataclass(frozen=True)
class Line:
    """Those who wait for a SKU from one pool."""

    drop_sku_id: int
    pool_id: int


@dataclass(frozen=True)
class Look:
    """What a line has before it at this moment, and whose turn it is."""

    free: int
    entry: WaitlistEntry | None


def line_of(*, drop_sku_id: int, pool_id: int) -> QuerySet[WaitlistEntry]:
    """Return those in line for a SKU from a pool, in their order."""
    return WaitlistEntry.objects.filter(drop_sku=drop_sku_id, pool=pool_id, state__in=IN_LINE).order_by(*ORDER)


def place_of(*, entry: WaitlistEntry) -> Place | None:
    """Return an entry's place, or None if it is not in line."""
    if entry.state not in IN_LINE:
        return None
    ahead = line_of(drop_sku_id=entry.drop_sku_id, pool_id=entry.pool_id).filter(_before(entry))
    units = ahead.order_by().aggregate(units=Sum("quantity"))["units"] or 0
    return Place(number=ahead.count() + 1, units_ahead=units)


def is_awaited(*, drop_sku_id: int) -> bool:
    """Tell whether somebody waits for a SKU."""
    return WaitlistEntry.objects.filter(drop_sku=drop_sku_id, state__in=IN_LINE).exists()


def awaited_of(*, drop_sku_ids: Collection[int]) -> set[int]:
    """Return which of these SKUs somebody waits for."""
    awaited = WaitlistEntry.objects.filter(drop_sku__in=drop_sku_ids, state__in=IN_LINE)
    return set(awaited.values_list("drop_sku", flat=True).distinct())


def lock_waiting_units(*, hold: Hold) -> int:
    """Return how many units of a hold's SKU and pool people wait for; no other claim moves that to the end of this one."""
    with connection.cursor() as cursor:
        # Two statements: the second has to see what was committed while the first waited.
        cursor.execute("SELECT drops_lock_line(%s)", [hold.drop_sku_id])
        cursor.execute("SELECT drops_waiting_units(%s, %s)", [hold.drop_sku_id, hold.pool_id])
        return int(cursor.fetchone()[0])


def lines_of_sku(*, drop_sku_id: int) -> list[Line]:
    """Return a SKU's lines that have both free units and somebody who waits."""
    return _lines("ds.id = %(id)s", drop_sku_id)


def lines_of_drop(*, drop_id: int) -> list[Line]:
    """Return such lines of a drop."""
    return _lines("ds.drop_id = %(id)s", drop_id)


def all_lines() -> list[Line]:
    """Return such lines of every drop."""
    return _lines("true", None)


def look(*, line: Line, now: datetime) -> Look:
    """
    Return who is first in line of those for whom there are enough free units.

    Whoever asks for more than can come together even if every hold lapsed is passed over, so that no unit stays unsold
    for their sake; they wait again as soon as it can.
    """
    free, within_reach = _units(line)
    if free == 0:
        return Look(free=0, entry=None)
    entries = line_of(drop_sku_id=line.drop_sku_id, pool_id=line.pool_id)
    entries.filter(state=WaitlistState.WAITING, quantity__gt=within_reach).order_by().update(
        state=WaitlistState.PASSED, skip_reason=TOO_FEW
    )
    entries.filter(
        state=WaitlistState.PASSED,
        skip_reason=TOO_FEW,
        quantity__lte=within_reach,
        skips__lt=settings.WAITLIST_MOST_SKIPS,
    ).order_by().update(state=WaitlistState.WAITING)
    is_due = Q(looked_at=None) | Q(looked_at__lte=now - LOOK_AGAIN_AFTER)
    first = entries.filter(is_due, quantity__lte=free).select_related("shopper", "drop_sku__drop", "drop_sku__sku")
    return Look(free=free, entry=first.first())


def note_skips(*, served: WaitlistEntry, free: int) -> int:
    """
    Note on those before a served entry that asked for more than there was that they were skipped; return how many.

    They keep their place. After the greatest number of skips no more units are kept back for them either. Who is passed
    over for a reason of their own keeps that reason: units would be kept back for somebody who cannot take them.
    """
    line = line_of(drop_sku_id=served.drop_sku_id, pool_id=served.pool_id)
    is_for_want_of_units = Q(state=WaitlistState.WAITING) | Q(skip_reason=TOO_FEW)
    skipped = line.filter(_before(served), is_for_want_of_units, quantity__gt=free)
    is_last = Q(skips__gte=settings.WAITLIST_MOST_SKIPS - 1)
    return skipped.order_by().update(
        skips=F("skips") + 1,
        skip_reason=TOO_FEW,
        state=Case(When(is_last, then=Value(WaitlistState.PASSED.value)), default=F("state")),
    )


def pass_over(*, entry: WaitlistEntry, reason: str, now: datetime) -> bool:
    """Note that an entry cannot be served for a reason of its own. Its place is kept, but no units are."""
    return bool(
        WaitlistEntry.objects.filter(pk=entry.pk, state__in=IN_LINE).update(
            state=WaitlistState.PASSED, skip_reason=reason, looked_at=now
        )
    )


def end(*, entry: WaitlistEntry, state: WaitlistState, reason: str, now: datetime) -> bool:
    """Take an entry that is in line out of it; False if it is no longer there."""
    moved = WaitlistEntry.objects.filter(pk=entry.pk, state__in=IN_LINE).update(
        state=state, closed_at=now, close_reason=reason
    )
    if moved:
        entry.state, entry.closed_at, entry.close_reason = state, now, reason
    return bool(moved)


def end_lines(*, drop_ids: list[int], now: datetime) -> int:
    """End the lines of drops that sell no more; offers run to their end."""
    over = WaitlistEntry.objects.filter(drop_sku__drop__in=drop_ids, state__in=IN_LINE)
    return over.update(state=WaitlistState.OVER, closed_at=now, close_reason="the drop closed")


def live_entry_of(*, shopper_id: int, drop_sku_id: int) -> WaitlistEntry | None:
    """Return a shopper's entry for a SKU that waits or was offered a unit."""
    live = WaitlistEntry.objects.filter(shopper=shopper_id, drop_sku=drop_sku_id, state__in=LIVE_ENTRIES)
    return live.select_related("hold", "drop_sku__drop", "drop_sku__sku__product").order_by("pk").first()


def available_of(*, line: Line) -> int:
    """Return how many units of a line's SKU and pool somebody who does not wait can have."""
    free, _ = _units(line)
    with connection.cursor() as cursor:
        cursor.execute("SELECT drops_waiting_units(%s, %s)", [line.drop_sku_id, line.pool_id])
        return max(0, free - int(cursor.fetchone()[0]))


def _lines(which: str, value: int | None) -> list[Line]:
    with connection.cursor() as cursor:
        cursor.execute(TO_SERVE.format(which=which), {"id": value})
        return [Line(*row) for row in cursor.fetchall()]


def _units(line: Line) -> tuple[int, int]:
    """Return how many units of a line are free, and how many are or may become so."""
    with connection.cursor() as cursor:
        cursor.execute(UNITS, {"drop_sku": line.drop_sku_id, "pool": line.pool_id, "never": NEVER})
        free, within_reach = cursor.fetchone()
    return free, within_reach


def _before(entry: WaitlistEntry) -> Q:
    earlier = Q(joined_at__lt=entry.joined_at) | Q(joined_at=entry.joined_at, pk__lt=entry.pk)
    same_rank = Q(comes_first=entry.comes_first) & earlier
    return same_rank if entry.comes_first else Q(comes_first=True) | same_rank
