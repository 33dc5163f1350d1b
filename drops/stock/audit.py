"""
The audit trail as a hash chain for each drop (stock.md R13): whoever changes an old step breaks every link after it.

Steps are written unchained with the claim, and linked here a few seconds later: a chain has one end, and a claim that
wrote there would wait for the claim before it.

Numbers follow the order in which steps were written, except among steps of different holds that committed at nearly the
same time: one that became visible late gets a later number. The steps of one hold are always in their order, since a hold
is locked for each. The chain cannot tell that its newest links were cut off, nor that somebody who may do anything in the
database wrote all of it anew; for that the last hash has to be kept elsewhere too (`end_of_chain`).
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from drops.stock.models import AuditLink, HoldEvent

SETTLES_IN = timedelta(seconds=3)  # longer than a claim may wait for a lock, so few steps come in late
LOOK_BACK = 20_000  # steps: how far behind the newest link the sweep looks for late ones; the full run looks everywhere
_LOCK_SPACE = 7302
_AT_ONCE = 5_000

# The oldest transaction of this database that still writes. Not pg_snapshot_xmin, which also waits for the databases
# beside this one. Asked in a statement of its own, before the snapshot that reads the steps is taken: whatever is older
# has ended by now, so that snapshot sees it. The transaction that is to come next stands in when none runs.
OLDEST_WRITER = """
SELECT writer.xid::text
  FROM (SELECT backend_xid AS xid FROM pg_stat_activity
         WHERE datname = current_database() AND backend_xid IS NOT NULL
         UNION ALL
        SELECT pg_snapshot_xmax(pg_current_snapshot())::xid) AS writer
 ORDER BY age(writer.xid) DESC
 LIMIT 1
"""
# `age` tells how many transactions ago a row was written. Older than the oldest writer means that nobody can commit a
# step of the same hold before it any more. Everything from the first younger one on waits.
PENDING = """
SELECT event.id,
       event.at <= drops_now() - %(settles_in)s AND age(event.xmin) > age(%(oldest_writer)s::text::xid) AS is_settled
  FROM drops_holdevent AS event
  JOIN drops_hold AS hold ON hold.id = event.hold_id
  JOIN drops_dropsku AS ds ON ds.id = hold.drop_sku_id
  LEFT JOIN drops_auditlink AS link ON link.event_id = event.id
 WHERE ds.drop_id = %(drop)s AND event.id > %(above)s AND link.id IS NULL
 ORDER BY event.id
 LIMIT %(at_once)s
"""
WITH_NEWS = """
SELECT DISTINCT ds.drop_id
  FROM drops_holdevent AS event
  JOIN drops_hold AS hold ON hold.id = event.hold_id
  JOIN drops_dropsku AS ds ON ds.id = hold.drop_sku_id
  LEFT JOIN drops_auditlink AS link ON link.event_id = event.id
 WHERE event.id > %(above)s AND link.id IS NULL
 ORDER BY ds.drop_id
"""


def chain_new_events() -> int:
    """Link the new steps of every drop, and return how many there were."""
    newest = AuditLink.objects.order_by("-event_id").values_list("event_id", flat=True).first() or 0
    above = max(0, newest - LOOK_BACK)
    with connection.cursor() as cursor:
        cursor.execute(WITH_NEWS, {"above": above})
        drop_ids = [row[0] for row in cursor.fetchall()]
    return sum(chain_events(drop_id=drop_id, above=above) for drop_id in drop_ids)


def chain_events(*, drop_id: int, above: int = 0) -> int:
    """
    Link a drop's settled steps to the end of its chain, and return how many; 0 if somebody else is at it right now.

    Only steps with a key above a given one are looked for.
    """
    linked = 0
    while True:
        found = _chain_some(drop_id, above)
        linked += found
        if found < _AT_ONCE:
            return linked


def verify_chain(*, drop_id: int) -> list[str]:
    """Return a sentence for every link that is not what it was when it was made; an empty list is a whole chain."""
    problems = []
    number, prev_hash = 0, ""
    links = AuditLink.objects.filter(drop=drop_id).select_related("event__hold__drop_sku__drop").order_by("number")
    for link in links.iterator(chunk_size=2000):
        if link.number != number + 1:
            problems.append(f"link {number + 1} is missing" + _to(number + 1, link.number - 1))
        elif link.prev_hash != prev_hash:
            problems.append(f"link {link.number} does not follow from the one before")
        if link.event.hold.drop_sku.drop_id != drop_id:
            problems.append(f"link {link.number} is of a step of another drop")
        if link.hash != hash_of(event=link.event, number=link.number, prev_hash=link.prev_hash):
            problems.append(f"link {link.number}: the step {link.event} of {link.event.hold} was changed")
        number, prev_hash = link.number, link.hash
    return problems


def end_of_chain(*, drop_id: int) -> tuple[int, str]:
    """Return the number and hash of a drop's last link, to be kept where nobody can change it; 0 without links."""
    last = AuditLink.objects.filter(drop=drop_id).order_by("-number").first()
    return (last.number, last.hash) if last else (0, "")


def hash_of(*, event: HoldEvent, number: int, prev_hash: str) -> str:
    """Return SHA-256, in hexadecimal, over the canonical JSON of a step's facts and of its place in the chain."""
    facts = _facts_of(event) | {"number": number, "prev_hash": prev_hash}
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _facts_of(event: HoldEvent) -> dict[str, Any]:
    hold = event.hold
    return {
        "event": event.pk,
        "drop": hold.drop_sku.drop.ref,
        "drop_sku": hold.drop_sku_id,
        "hold": hold.ref,
        "shopper": hold.shopper_id,
        "quantity": hold.quantity,
        "quote_hash": hold.quote_hash,
        "total_minor": hold.total_minor,
        "currency": hold.currency,
        "from": event.from_state,
        "to": event.to_state,
        "actor": event.actor,
        "reason": event.reason,
        "at": _instant(event.at),
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _chain_some(drop_id: int, above: int) -> int:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, drop_id])
            if not cursor.fetchone()[0]:
                return 0
            cursor.execute(OLDEST_WRITER)
            values = {"oldest_writer": cursor.fetchone()[0], "settles_in": SETTLES_IN, "at_once": _AT_ONCE}
            cursor.execute(PENDING, values | {"drop": drop_id, "above": above})
            settled = []
            for event_id, is_settled in cursor.fetchall():
                if not is_settled:
                    break
                settled.append(event_id)
        events = HoldEvent.objects.filter(pk__in=settled).select_related("hold__drop_sku__drop").order_by("pk")
        number, prev_hash = end_of_chain(drop_id=drop_id)
        links = []
        for event in events:
            number += 1
            link = AuditLink(event=event, drop_id=drop_id, number=number, prev_hash=prev_hash)
            link.hash = prev_hash = hash_of(event=event, number=number, prev_hash=prev_hash)
            links.append(link)
        AuditLink.objects.bulk_create(links, batch_size=1000)
    return len(links)


def _to(first: int, last: int) -> str:
    return f", and so on to {last}" if last > first else ""
