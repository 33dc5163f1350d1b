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
from collections.abc import Iterator, Sequence
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
# What a hash covers of a step, in the order of the columns. Drop, quantity and quote hash never change on a hold.
FACTS = """
event.id, the_drop.ref, hold.drop_sku_id, hold.ref, hold.shopper_id, hold.quantity, hold.quote_hash, hold.total_minor,
       hold.currency, event.from_state, event.to_state, event.actor, event.reason, event.at
"""
_FACT_NAMES = (
    "event", "drop", "drop_sku", "hold", "shopper", "quantity", "quote_hash", "total_minor", "currency", "from", "to",
    "actor", "reason", "at",
)  # fmt: skip
# The link's key is compared as well, so that only the newest links are read and not all there ever were.
_UNLINKED = """
  FROM drops_holdevent AS event
  JOIN drops_hold AS hold ON hold.id = event.hold_id
  JOIN drops_dropsku AS ds ON ds.id = hold.drop_sku_id
  JOIN drops_drop AS the_drop ON the_drop.id = ds.drop_id
  LEFT JOIN drops_auditlink AS link ON link.event_id = event.id AND link.event_id > %(above)s
 WHERE event.id > %(above)s AND link.id IS NULL
"""
# `age` tells how many transactions ago a row was written. Older than the oldest writer means that nobody can commit a
# step of the same hold before it any more. Everything from the first younger one on waits.
PENDING = (
    "SELECT"
    + FACTS
    + """,
       event.at <= drops_now() - %(settles_in)s AND age(event.xmin) > age(%(oldest_writer)s::text::xid) AS is_settled
"""
    + _UNLINKED
    + " AND ds.drop_id = %(drop)s ORDER BY event.id LIMIT %(at_once)s"
)
# Steps are read in the order of their keys and only as far as a turn needs. The planner thinks few are left to link, and
# would read and sort all of them for each turn.
IN_ORDER = "SET LOCAL enable_sort = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
WITH_NEWS = "SELECT DISTINCT ds.drop_id" + _UNLINKED + " ORDER BY ds.drop_id"
LINK = """
INSERT INTO drops_auditlink (event_id, drop_id, number, prev_hash, hash)
SELECT linked.event_id, %(drop)s, linked.number, linked.prev_hash, linked.hash
  FROM unnest(%(events)s::bigint[], %(numbers)s::bigint[], %(before)s::text[], %(hashes)s::text[])
    AS linked (event_id, number, prev_hash, hash)
"""
LINKED = (
    "SELECT"
    + FACTS
    + """, ds.drop_id, link.number, link.prev_hash, link.hash
  FROM drops_auditlink AS link
  JOIN drops_holdevent AS event ON event.id = link.event_id
  JOIN drops_hold AS hold ON hold.id = event.hold_id
  JOIN drops_dropsku AS ds ON ds.id = hold.drop_sku_id
  JOIN drops_drop AS the_drop ON the_drop.id = ds.drop_id
 WHERE link.drop_id = %(drop)s AND link.number > %(above)s
 ORDER BY link.number
 LIMIT %(at_once)s
"""
)


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
        linked += len(found)
        if len(found) < _AT_ONCE:
            return linked
        above = found[-1]


def verify_chain(*, drop_id: int) -> list[str]:
    """Return a sentence for every link that is not what it was when it was made; an empty list is a whole chain."""
    problems = []
    number, prev_hash = 0, ""
    for *row, step_drop_id, link_number, link_prev_hash, link_hash in _links(drop_id):
        if link_number != number + 1:
            problems.append(f"link {number + 1} is missing" + _to(number + 1, link_number - 1))
        elif link_prev_hash != prev_hash:
            problems.append(f"link {link_number} does not follow from the one before")
        if step_drop_id != drop_id:
            problems.append(f"link {link_number} is of a step of another drop")
        facts = _facts(row)
        if link_hash != hash_of(facts=facts, number=link_number, prev_hash=link_prev_hash):
            event = HoldEvent.objects.select_related("hold").get(pk=facts["event"])
            problems.append(f"link {link_number}: the step {event} of {event.hold} was changed")
        number, prev_hash = link_number, link_hash
    return problems


def end_of_chain(*, drop_id: int) -> tuple[int, str]:
    """Return the number and hash of a drop's last link, to be kept where nobody can change it; 0 without links."""
    last = AuditLink.objects.filter(drop=drop_id).order_by("-number").first()
    return (last.number, last.hash) if last else (0, "")


def hash_of(*, facts: dict[str, Any], number: int, prev_hash: str) -> str:
    """Return SHA-256, in hexadecimal, over the canonical JSON of a step's facts and of its place in the chain."""
    placed = facts | {"number": number, "prev_hash": prev_hash}
    canonical = json.dumps(placed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _facts(row: Sequence[Any]) -> dict[str, Any]:
    facts = dict(zip(_FACT_NAMES, row, strict=True))
    return facts | {"at": _instant(facts["at"])}


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _chain_some(drop_id: int, above: int) -> list[int]:
    """Link some settled steps in one transaction, and return their keys."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, drop_id])
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(OLDEST_WRITER)
        values = {"oldest_writer": cursor.fetchone()[0], "settles_in": SETTLES_IN, "at_once": _AT_ONCE}
        cursor.execute(IN_ORDER)
        cursor.execute(PENDING, values | {"drop": drop_id, "above": above})
        number, prev_hash = end_of_chain(drop_id=drop_id)
        events, numbers, before, hashes = [], [], [], []
        for *row, is_settled in cursor.fetchall():
            if not is_settled:
                break
            number += 1
            facts = _facts(row)
            events.append(facts["event"])
            numbers.append(number)
            before.append(prev_hash)
            prev_hash = hash_of(facts=facts, number=number, prev_hash=prev_hash)
            hashes.append(prev_hash)
        if events:
            links: dict[str, Any] = {
                "drop": drop_id,
                "events": events,
                "numbers": numbers,
                "before": before,
                "hashes": hashes,
            }
            cursor.execute(LINK, links)
    return events


def _links(drop_id: int) -> Iterator[Sequence[Any]]:
    number, values = 0, {"drop": drop_id, "at_once": _AT_ONCE}
    with connection.cursor() as cursor:
        while True:
            cursor.execute(LINKED, values | {"above": number})
            rows = cursor.fetchall()
            yield from rows
            if len(rows) < _AT_ONCE:
                return
            number = rows[-1][-3]


def _to(first: int, last: int) -> str:
    return f", and so on to {last}" if last > first else ""
