"""
What a drop's stock looks like, as numbered full snapshots with one publisher per drop (stock.md R10, ADR 22).

A number (epoch, seq) belongs to one snapshot for ever, so whoever has the number has the counts. No claim touches any of
this: whoever wants to know counts, and numbers what they found if it differs from what was published last.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from drops.schedule.models import Drop
from drops.stock.counts import SkuCount, counts_of
from drops.stock.models import DropStream

# One number space for our advisory locks, so that no other use of them collides.
_LOCK_SPACE = 7301
# Many claims in one instant make one snapshot: looks at a drop are at least so far apart, over all processes together.
PACE = timedelta(milliseconds=250)

Version = tuple[int, int]
UNNUMBERED: Version = (0, 0)


@dataclass(frozen=True)
class Look:
    """The newest published snapshot, and what it is worth to whoever asked for it."""

    snapshot: dict[str, Any]
    is_new: bool  # this very look numbered it, so nobody else knows of it yet
    is_settled: bool  # everything that had been committed when it was asked for is in it
    asked_at: datetime
    turns_at: datetime | None  # when it stops being true although nobody writes anything


def snapshot_of(*, drop_id: int) -> dict[str, Any]:
    """
    Return what is true right now, under its number, for somebody who asks once.

    Nothing is written and no lock is taken while it is what was published last.
    """
    asked_at, life = _instant()
    stream = _stream_of(drop_id)
    if stream is not None and stream.life == life:
        content = _content(drop=stream.drop, counts=counts_of(drop_id=drop_id), now=asked_at)
        if content == stream.snapshot:
            return _numbered(stream, now=asked_at)
    with transaction.atomic():
        _wait_for_turn(drop_id)
        now, life = _instant()
        stream = _stream_of(drop_id)
        # Those who waited together need one count, not one each.
        if stream is None or stream.life != life or stream.counted_at <= asked_at:
            stream, _ = _count(drop_id, now=now, life=life, shown=UNNUMBERED)
    return _numbered(stream, now=now)


def look(*, drop_id: int, asked_at: datetime | None = None, shown: Version = UNNUMBERED) -> Look:
    """
    Return the newest snapshot, counted anew unless that was done a moment ago or is being done right now.

    For those who look again and again. An unsettled answer may lack what was just committed: they come back after PACE
    with the same `asked_at`, and a count that somebody else made in the meantime will do. `shown` is the newest number
    that clients have seen; if the database knows of none so high, a new epoch begins.
    """
    with transaction.atomic():
        is_our_turn = _try_turn(drop_id)
        now, life = _instant()
        asked_at = asked_at or now
        stream = _stream_of(drop_id)
        if stream is None:
            _wait_for_turn(drop_id)
            is_our_turn = True
        is_known = stream is not None and stream.life == life and _version(stream) >= shown
        is_new = False
        if stream is None or (is_our_turn and not (is_known and _will_do(stream, asked_at=asked_at, now=now))):
            stream, is_new = _count(drop_id, now=now, life=life, shown=shown)
            is_settled = True
        else:
            is_settled = is_known and stream.counted_at > asked_at
    return Look(_numbered(stream, now=now), is_new, is_settled, asked_at, _turns_at(stream, now))


def iso(moment: datetime | None) -> str | None:
    """Return an instant as the API writes it: ISO 8601 in UTC with a Z, to the millisecond."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def _try_turn(drop_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, drop_id])
        return bool(cursor.fetchone()[0])


def _wait_for_turn(drop_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', '2s', true)")
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, drop_id])


def _instant() -> tuple[datetime, str]:
    """Return the time, and the life of the database that it is the time of."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT drops_now(), drops_stream_life()")
        now, life = cursor.fetchone()
    return now, life


def _stream_of(drop_id: int) -> DropStream | None:
    return DropStream.objects.select_related("drop").filter(drop_id=drop_id).first()


def _will_do(stream: DropStream, *, asked_at: datetime, now: datetime) -> bool:
    return stream.counted_at > asked_at or now - stream.counted_at < PACE


def _count(drop_id: int, *, now: datetime, life: str, shown: Version) -> tuple[DropStream, bool]:
    """Count, number what was found if it is new, and tell whether it was. Only whoever has the turn may."""
    stream, _ = DropStream.objects.select_related("drop").get_or_create(drop_id=drop_id, defaults={"counted_at": now})
    content = _content(drop=stream.drop, counts=counts_of(drop_id=drop_id), now=now)
    goes_on = stream.life == life and _version(stream) >= shown
    if not goes_on:
        # By the clock, so that it is higher than the epochs of lives that this database knows nothing of.
        stream.epoch = max(int(now.timestamp()), stream.epoch + 1, shown[0] + 1)
        stream.seq, stream.life = 0, life
    is_new = not goes_on or content != stream.snapshot
    # `now` was read before the tokens were, so whatever was committed by then is counted.
    stream.counted_at = now
    if is_new:
        stream.seq, stream.snapshot, stream.published_at = stream.seq + 1, content, now
    stream.save(update_fields=["counted_at", *(["epoch", "seq", "life", "snapshot", "published_at"] if is_new else [])])
    return stream, is_new


def _version(stream: DropStream) -> Version:
    return stream.epoch, stream.seq


def _content(*, drop: Drop, counts: list[SkuCount], now: datetime) -> dict[str, Any]:
    returns = [count.next_return_at for count in counts if count.next_return_at]
    return {
        "drop": drop.ref,
        "state": str(drop.state_at(now)),
        "closes_at": iso(drop.closes_at),
        "next_return_at": iso(min(returns, default=None)),
        "skus": [
            {
                "sku": count.sku_code,
                "total": count.for_sale,
                "available": count.available,
                "kept": count.kept,
                "held": count.held,
                "sold": count.sold,
                "waiting": count.waiting,
                "next_return_at": iso(count.next_return_at),
            }
            for count in counts
        ],
    }


def _numbered(stream: DropStream, *, now: datetime) -> dict[str, Any]:
    return {**stream.snapshot, "epoch": stream.epoch, "seq": stream.seq, "server_time": iso(now)}


def _turns_at(stream: DropStream, now: datetime) -> datetime | None:
    """Return the next instant at which a hold ends, or the drop opens or closes, by the clock alone."""
    ends = stream.snapshot["next_return_at"]
    moments = [stream.drop.opens_at, stream.drop.closes_at, *([datetime.fromisoformat(ends)] if ends else [])]
    return min((moment for moment in moments if moment > now), default=None)
