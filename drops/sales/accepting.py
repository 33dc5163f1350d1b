"""
The one call that turns a quote into a hold. What it does, and in which order, is in drops/migrations/place_hold.sql.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from drops.audience.models import Shopper
from drops.idempotency import hash_of, stored_answer
from drops.refs import new_ref
from drops.sales.models import Quote
from drops.stock import holds, limits
from drops.stock.models import Hold

PLACE = """
SELECT outcome, at, ends_at, new_hold_id, places_left, previous_holds
  FROM drops_place_hold(
    %(quote)s, %(ref)s, %(limit_key)s, %(scope)s, %(key)s, %(request_hash)s, %(margin)s, %(after_base)s
  )
"""


class Answered(Exception):
    """The key has its answer, from an earlier try or from a rival who was quicker."""


@dataclass(frozen=True)
class Wish:
    """Who wants a hold, and under which key; the same key twice is one wish."""

    shopper: Shopper
    key: str
    request: dict[str, Any]
    ref: str = field(default_factory=new_ref)

    @property
    def scope(self) -> str:
        return f"hold:{self.shopper.ref}"

    def answered(self) -> str | None:
        """
        Return the ref of the hold that this key has got, or None.

        :raises KeyReused: if the key came with another request.
        """
        answer = stored_answer(scope=self.scope, key=self.key, request=self.request)
        return answer["hold"] if answer else None


@dataclass(frozen=True)
class Outcome:
    """What the database found; the words are explained in place_hold.sql."""

    word: str
    at: datetime
    ends_at: datetime | None
    hold_id: int | None
    places_left: int | None
    previous_hold_ids: list[int] | None


def accept(*, quote: Quote, wish: Wish) -> Outcome:
    """Take places and units and write the hold, all or nothing; unless `word` is "placed", roll back."""
    with connection.cursor() as cursor:
        cursor.execute(PLACE, arguments(quote=quote, wish=wish))
        return Outcome(*cursor.fetchone())


def arguments(*, quote: Quote, wish: Wish) -> dict[str, Any]:
    """Return what PLACE is asked with."""
    return {
        "quote": quote.pk,
        "ref": wish.ref,
        "limit_key": limits.key_of(identity=wish.shopper.ref),
        "scope": wish.scope,
        "key": wish.key,
        "request_hash": hash_of(wish.request),
        "margin": holds.MARGIN,
        "after_base": holds.DEADLINE_AFTER_BASE,
    }


def placed_hold(*, quote: Quote, wish: Wish, outcome: Outcome) -> Hold:
    """Return the hold that was just written, without reading it back."""
    assert outcome.ends_at is not None
    hold = Hold(
        pk=outcome.hold_id,
        ref=wish.ref,
        shopper=wish.shopper,
        drop_sku=quote.drop_sku,
        quantity=quote.quantity,
        quote_ref=quote.ref,
        quote_hash=quote.hash,
        terms=quote.terms,
        total_minor=quote.total_minor,
        currency=quote.currency,
        delivery_method=quote.delivery_method,
        delivery_option=quote.delivery_option,
        created_at=outcome.at,
        base_expires_at=outcome.ends_at,
        expires_at=outcome.ends_at,
        hard_deadline=outcome.ends_at + holds.DEADLINE_AFTER_BASE,
    )
    hold._state.adding = False  # as after a save: the row is there
    hold._state.db = "default"
    return hold
