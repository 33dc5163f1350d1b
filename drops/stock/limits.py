"""
How many units one identity may have in a drop: numbered places, taken one by one, never counted (stock.md R4).

An identity is the account, and whatever else tells people apart. The claim takes the places of what is known by then
(drops_look in drops/migrations/place_holds.sql); telephone, card and address follow when somebody pays, before
anything is charged. A hold remembers what it is counted by, so that a late payment has to find room under all of it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from drops.audience.identities import key_of
from drops.errors import Refused
from drops.schedule.models import Drop
from drops.stock.models import FREE, NEVER, Hold, LimitKind, LimitSlot

# The statement is in drops/migrations/place_holds.sql, where the claim uses it too.
TAKE = """
SELECT count(*) FROM drops_take_places(
    ARRAY[ROW(1, %(drop)s, %(kind)s, %(key)s, %(slot)s, %(hold)s, %(free_at)s)]::drops_place[]
)
"""
# The fixed order of kinds in which places are locked.
_RANKS = {kind: rank for rank, kind in enumerate(LimitKind)}
# What a household shares. drops_look says the same of the device.
_SHARED = (LimitKind.DEVICE, LimitKind.ADDRESS)
_NAMES = {
    LimitKind.CHAT: "This login",
    LimitKind.PHONE: "This phone number",
    LimitKind.DEVICE: "This device",
    LimitKind.CARD: "This card",
    LimitKind.ADDRESS: "This address",
}


class LimitReached(Refused):
    code = "limit_reached"


@dataclass(frozen=True)
class Identified:
    """One identity that a hold is counted by."""

    kind: LimitKind
    key_hash: str


def limit_of(*, drop: Drop, kind: LimitKind) -> int:
    """Return how many units of a drop one identity of a kind may have."""
    if kind not in _SHARED:
        return drop.account_limit
    return 2 * drop.account_limit if drop.household_limit is None else drop.household_limit


def counted_by(*, hold: Hold) -> list[Identified]:
    """Return what a hold was counted by when it was placed, in the order of the kinds."""
    return in_order(Identified(LimitKind(kind), key_hash) for kind, key_hash in hold.counted_by)


def in_order(identities: Iterable[Identified]) -> list[Identified]:
    """Return identities, each once, in the order in which their places are locked."""
    return sorted(set(identities), key=lambda one: (_RANKS[one.kind], one.key_hash))


def take_places(*, hold: Hold, identities: Iterable[Identified], free_at: datetime) -> None:
    """
    Take as many places of each identity for a locked hold as it has units; those that it has already stay.

    :raises LimitReached: if fewer are left of one; the caller's transaction has to roll back.
    """
    own = Counter(LimitSlot.objects.filter(hold=hold).values_list("kind", "key_hash"))
    for one in in_order(identities):
        had = own[(one.kind, one.key_hash)]
        limit = limit_of(drop=hold.drop_sku.drop, kind=one.kind)
        taken = _take(hold, one, limit=limit, quantity=hold.quantity - had, free_at=free_at)
        if had + taken < hold.quantity:
            raise limit_reached(limit=limit, left=had + taken, asked=hold.quantity, kind=one.kind)


def places_taken(*, drop_id: int, identity: str, now: datetime) -> int:
    """Return how many of its places an account has in use in a drop, for holds and for what it bought."""
    places = LimitSlot.objects.filter(drop=drop_id, kind=LimitKind.ACCOUNT, key_hash=key_of(identity=identity))
    return places.filter(free_at__gt=now).count()


def keep_places_until(*, hold: Hold, free_at: datetime) -> None:
    """Move the end of those of a hold's places that are still its own."""
    LimitSlot.objects.filter(hold=hold).update(free_at=free_at)


def has_its_places(*, hold: Hold) -> bool:
    """Tell whether a locked hold still has as many places of each identity as it has units."""
    own = Counter(LimitSlot.objects.filter(hold=hold).values_list("kind", "key_hash"))
    return all(own[(one.kind, one.key_hash)] >= hold.quantity for one in counted_by(hold=hold))


def keep_places_for_good(*, hold: Hold, identities: Sequence[Identified]) -> None:
    """
    Make places of each identity a locked hold's own until the drop is over, taking anew those that somebody else has.

    What else it was counted by on the way, like a card that was declined, is given back.

    :raises LimitReached: if there is no room for it any more; the caller's transaction has to roll back.
    """
    keep_places_until(hold=hold, free_at=NEVER)
    take_places(hold=hold, identities=identities, free_at=NEVER)
    give_other_places_back(hold=hold, but=identities)


def give_places_back(*, hold: Hold) -> None:
    """Free a hold's places at once."""
    keep_places_until(hold=hold, free_at=FREE)


def give_some_places_back(*, hold: Hold, units: int) -> None:
    """Free the places of so many of a hold's units at once, the highest first: of each identity that it is counted by."""
    given: Counter[tuple[str, str]] = Counter()
    places = []
    taken = LimitSlot.objects.filter(hold=hold, free_at=NEVER).order_by("-slot", "pk")
    for pk, kind, key_hash in taken.values_list("pk", "kind", "key_hash"):
        if given[kind, key_hash] < units:
            given[kind, key_hash] += 1
            places.append(pk)
    LimitSlot.objects.filter(pk__in=places).update(free_at=FREE)


def give_other_places_back(*, hold: Hold, but: Iterable[Identified]) -> int:
    """Free a hold's places of every identity but these, and return how many."""
    kept = Q()
    for one in but:
        kept |= Q(kind=one.kind, key_hash=one.key_hash)
    return LimitSlot.objects.filter(hold=hold).exclude(kept).update(free_at=FREE) if kept else 0


def limit_reached(*, limit: int, left: int, asked: int, kind: LimitKind = LimitKind.ACCOUNT) -> LimitReached:
    """Return the refusal of somebody who asks for more places than they have left, by which kind of identity."""
    return LimitReached(_sentence(limit, left, kind), limit=limit, left=left, asked=asked, kind=str(kind))


def _take(hold: Hold, one: Identified, *, limit: int, quantity: int, free_at: datetime) -> int:
    values: dict[str, Any] = {
        "drop": hold.drop_sku.drop_id,
        "kind": one.kind,
        "key": one.key_hash,
        "hold": hold.pk,
        "free_at": free_at,
    }
    taken = 0
    with connection.cursor() as cursor:
        # Always upwards from 1, so that two rivals lock in the same order.
        for slot in range(1, limit + 1):
            if taken >= quantity:
                break
            cursor.execute(TAKE, values | {"slot": slot})
            taken += cursor.fetchone()[0]
    return taken


def _sentence(limit: int, left: int, kind: LimitKind) -> str:
    if kind == LimitKind.ACCOUNT:
        per_person = "One per person" if limit == 1 else f"{limit} per person"
        if left == 0:
            return f"{per_person} in this drop, and you have {'yours' if limit == 1 else 'them already'}."
        return f"{per_person} in this drop; you can have {left} more."
    whose = "one household" if kind in _SHARED else "one person"
    if left == 0:
        units = "the unit" if limit == 1 else f"the {limit} units"
        return f"{_NAMES[kind]} has {units} that {whose} may have in this drop."
    return f"{_NAMES[kind]} can have {left} more in this drop: {whose} may have {limit}."
