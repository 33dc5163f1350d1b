"""
The one call that turns accepted quotes into holds. What it does, and in which order, is in drops/migrations/place_holds.sql.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from drops.audience.identities import key_of
from drops.audience.models import Shopper
from drops.idempotency import hash_of, stored_answer
from drops.refs import new_ref
from drops.sales.delivery import delivery_methods
from drops.stock import holds
from drops.stock.models import Hold, HoldSource

PLACE = """
SELECT outcome, at, ends_at, hold_id, left_over, until, other, overtaken, quote_id, shopper_id, locale, creator_id,
       drop_id, drop_sku_id, pool_id, quantity, total_minor, currency, delivery_method, delivery_option, units,
       account_limit, has_other_pools, terms
  FROM drops_place_holds(%(wishes)s, %(margin)s, %(after_base)s, %(scarce)s)
"""


@dataclass(frozen=True)
class Wish:
    """Who wants a hold for which quote, and under which key; the same key twice is one wish."""

    shopper_ref: str
    quote_ref: str
    quote_hash: str
    key: str
    source: HoldSource = HoldSource.DIRECT
    lasts: timedelta | None = None  # None: the drop's hold minutes
    actor: str = ""  # who of the creator's people places it for the shopper
    ref: str = field(default_factory=new_ref)

    @property
    def scope(self) -> str:
        return f"hold:{self.shopper_ref}"

    @property
    def request(self) -> dict[str, str]:
        return {"quote": self.quote_ref, "hash": self.quote_hash}

    def answered(self) -> str | None:
        """
        Return the ref of the hold that this key has got, or None.

        :raises KeyReused: if the key came with another request.
        """
        answer = stored_answer(scope=self.scope, key=self.key, request=self.request)
        return answer["hold"] if answer else None


@dataclass(frozen=True)
class Outcome:
    """
    What the database found for one wish; the words are explained in place_holds.sql. Unset without such a quote.

    The terms are whole if it was placed; else there is just the title in them.
    """

    word: str
    at: datetime
    ends_at: datetime | None
    hold_id: int | None
    left_over: int | None
    until: datetime | None
    other: str | None
    overtaken: list[int]
    quote_id: int | None
    shopper_id: int
    locale: str
    creator_id: int
    drop_id: int
    drop_sku_id: int
    pool_id: int
    quantity: int
    total_minor: int
    currency: str
    delivery_method: str
    delivery_option: str
    units: int
    account_limit: int
    has_other_pools: bool  # of the creator's, where units may lie
    terms: dict[str, Any]


_FIELDS = [each.name for each in fields(Outcome)]


def accept(wishes: Sequence[Wish]) -> list[Outcome]:
    """Take places and units and write holds, each wish all or nothing; return what became of them, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(PLACE, arguments(wishes))
        return [
            Outcome(**dict(zip(_FIELDS, row, strict=True)) | {"terms": json.loads(row[-1] or "{}")})
            for row in cursor.fetchall()
        ]


def arguments(wishes: Sequence[Wish]) -> dict[str, Any]:
    """Return what PLACE is asked with."""
    scarce = [name for name, method in delivery_methods().items() if method.is_scarce]
    return {
        "wishes": json.dumps([_row(wish) for wish in wishes]),
        "margin": holds.MARGIN,
        "after_base": holds.DEADLINE_AFTER_BASE,
        "scarce": scarce,
    }


def placed_hold(*, wish: Wish, outcome: Outcome) -> Hold:
    """Return the hold that was just written, without reading it back; of its shopper it knows what the claim knew."""
    assert outcome.ends_at is not None
    hold = Hold(
        pk=outcome.hold_id,
        ref=wish.ref,
        shopper=Shopper(
            pk=outcome.shopper_id, ref=wish.shopper_ref, creator_id=outcome.creator_id, locale=outcome.locale
        ),
        drop_sku_id=outcome.drop_sku_id,
        quantity=outcome.quantity,
        pool_id=outcome.pool_id,
        source=wish.source,
        quote_ref=wish.quote_ref,
        quote_hash=wish.quote_hash,
        terms=outcome.terms,
        total_minor=outcome.total_minor,
        currency=outcome.currency,
        delivery_method=outcome.delivery_method,
        delivery_option=outcome.delivery_option,
        created_at=outcome.at,
        base_expires_at=outcome.ends_at,
        expires_at=outcome.ends_at,
        hard_deadline=outcome.ends_at + holds.DEADLINE_AFTER_BASE,
    )
    hold._state.adding = False  # as after a save: the row is there
    hold._state.db = "default"
    return hold


def _row(wish: Wish) -> dict[str, Any]:
    return {
        "shopper": wish.shopper_ref,
        "quote": wish.quote_ref,
        "hash": wish.quote_hash,
        "ref": wish.ref,
        "scope": wish.scope,
        "key": wish.key,
        "request_hash": hash_of(wish.request),
        "account_key": key_of(identity=wish.shopper_ref),
        "source": wish.source,
        "lasts": None if wish.lasts is None else f"{wish.lasts.total_seconds()} seconds",
        "actor": wish.actor,
    }
