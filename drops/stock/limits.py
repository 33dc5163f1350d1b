"""
How many units one identity may have in a drop: numbered places, taken one by one, never counted (stock.md R4).
"""

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.crypto import salted_hmac

from drops.errors import Refused
from drops.stock.models import FREE, NEVER, Hold, LimitKind, LimitSlot

# The statement is in drops/migrations/place_holds.sql, where the claim uses it too.
TAKE = """
SELECT count(*) FROM drops_take_places(
    ARRAY[ROW(1, %(drop)s, %(kind)s, %(key)s, %(slot)s, %(hold)s, %(free_at)s)]::drops_place[]
)
"""


class LimitReached(Refused):
    code = "limit_reached"


def key_of(*, identity: str) -> str:
    """Return an identity as the database keeps it: a keyed hash, so that the table names nobody."""
    return salted_hmac("drops.stock.limits", identity, algorithm="sha256").hexdigest()


def take_places(
    *, drop_id: int, limit: int, kind: LimitKind, identity: str, quantity: int, hold_id: int, free_at: datetime
) -> None:
    """
    Take so many of an identity's places in a drop for a hold.

    :raises LimitReached: if fewer are left; the caller's transaction has to roll back.
    """
    values: dict[str, Any] = {
        "drop": drop_id,
        "kind": kind,
        "key": key_of(identity=identity),
        "hold": hold_id,
        "free_at": free_at,
    }
    taken = 0
    with connection.cursor() as cursor:
        # Always upwards from 1, so that two rivals lock in the same order.
        for slot in range(1, limit + 1):
            if taken == quantity:
                return
            cursor.execute(TAKE, values | {"slot": slot})
            taken += cursor.fetchone()[0]
    if taken < quantity:
        raise limit_reached(limit=limit, left=taken, asked=quantity)


def places_taken(*, drop_id: int, identity: str, now: datetime) -> int:
    """Return how many of its places an account has in use in a drop, for holds and for what it bought."""
    places = LimitSlot.objects.filter(drop=drop_id, kind=LimitKind.ACCOUNT, key_hash=key_of(identity=identity))
    return places.filter(free_at__gt=now).count()


def limit_reached(*, limit: int, left: int, asked: int, kind: str = LimitKind.ACCOUNT) -> LimitReached:
    """Return the refusal of somebody who asks for more places than they have left, by which kind of identity."""
    return LimitReached(_sentence(limit, left), limit=limit, left=left, asked=asked, kind=str(kind))


def keep_places_until(*, hold: Hold, free_at: datetime) -> int:
    """Move the end of a hold's places; return how many are still its own."""
    return LimitSlot.objects.filter(hold=hold).update(free_at=free_at)


def keep_places_for_good(*, hold: Hold) -> int:
    """Make a hold's places its own until the drop is over; return how many still were."""
    return keep_places_until(hold=hold, free_at=NEVER)


def give_places_back(*, hold: Hold) -> int:
    """Free a hold's places at once."""
    return keep_places_until(hold=hold, free_at=FREE)


def _sentence(limit: int, left: int) -> str:
    per_person = "One per person" if limit == 1 else f"{limit} per person"
    if left == 0:
        return f"{per_person} in this drop, and you have {'yours' if limit == 1 else 'them already'}."
    return f"{per_person} in this drop; you can have {left} more."
