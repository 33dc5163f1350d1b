"""
What a drop's stock looks like, as numbered full snapshots with one publisher per drop (stock.md R10).
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from drops.clock import database_now
from drops.schedule.models import Drop
from drops.stock.counts import SkuCount, counts_of
from drops.stock.models import DropStream

# One number space for our advisory locks, so that no other use of them collides.
_LOCK_SPACE = 7301


def snapshot_of(*, drop_id: int) -> dict[str, Any]:
    """Return what is true right now, under the number of the last publication."""
    stream = DropStream.objects.filter(drop_id=drop_id).first()
    drop = Drop.objects.get(pk=drop_id)
    now = database_now()
    return _numbered(
        _content(drop=drop, counts=counts_of(drop_id=drop_id), now=now),
        epoch=stream.epoch if stream else 1,
        seq=stream.seq if stream else 0,
        now=now,
    )


def publish(*, drop_id: int) -> dict[str, Any] | None:
    """
    Number a new snapshot if anything differs from the last, and return it.

    None means that nothing changed, or that somebody else is publishing this drop right now and will see what we saw.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, drop_id])
            if not cursor.fetchone()[0]:
                return None
        stream, _ = DropStream.objects.get_or_create(drop_id=drop_id)
        drop = Drop.objects.get(pk=drop_id)
        now = database_now()
        content = _content(drop=drop, counts=counts_of(drop_id=drop_id), now=now)
        if content == stream.snapshot:
            return None
        stream.seq += 1
        stream.snapshot = content
        stream.published_at = now
        stream.save(update_fields=["seq", "snapshot", "published_at"])
    return _numbered(content, epoch=stream.epoch, seq=stream.seq, now=now)


def iso(moment: datetime | None) -> str | None:
    """Return an instant as the API writes it: ISO 8601 in UTC with a Z, to the millisecond."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


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


def _numbered(content: dict[str, Any], *, epoch: int, seq: int, now: datetime) -> dict[str, Any]:
    return {**content, "epoch": epoch, "seq": seq, "server_time": iso(now)}
