"""
Writing down what a shop was asked and what it answered, for `tests.races.history.check`.

    recorder = Recorder(drop_sku)                      # before the first step
    with recorder.step("hold") as known:               # from any thread; a refusal is written down as its code
        known |= placed(place_hold(...), until=...)
    assert check(recorder.history) == []

A load run that has only answers from outside: `history_of_rush` looks up in the rows who got which units.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from drops.errors import ShopError
from drops.stock.counts import SkuCount
from drops.stock.models import DropSku, Hold, HoldToken, Token
from tests.races.history import UNKNOWN, Claim, Counts, History, Step


class Recorder:
    """The history of one SKU, as it grows."""

    def __init__(self, drop_sku: DropSku) -> None:
        self.history = History(frozenset(Token.objects.filter(drop_sku=drop_sku).values_list("pk", flat=True)))

    @contextmanager
    def step(self, what: str, **known: Any) -> Iterator[dict[str, Any]]:
        """Write down a step as long as this block, with whatever the block adds to what is known of it."""
        facts: dict[str, Any] = {"what": what, "began": time.time(), **known}
        try:
            yield facts
        except ShopError as refusal:
            facts["answer"] = refusal.code
        self.history.steps.append(Step(**facts, ended=time.time()))  # type: ignore[arg-type]


def placed(hold: Hold, *, until: datetime) -> dict[str, Any]:
    """Return what is to be written down of a hold that was placed, or whose end was moved; `until` its units return."""
    claims = claims_of([hold.ref])[hold.ref]
    return {"hold": hold.ref, "quantity": hold.quantity, "claims": claims, "until": until.timestamp()}


def seen(count: SkuCount) -> dict[str, Any]:
    """Return what is to be written down of a count that was read."""
    return {"counts": Counts(count.total, count.available, count.held, count.sold, count.void)}


def claims_of(refs: Iterable[str]) -> dict[str, tuple[Claim, ...]]:
    """Return the units that holds got, each under the last fence they had it by."""
    last: dict[str, dict[int, int]] = {}
    rows = HoldToken.objects.filter(hold__ref__in=list(refs)).order_by("fence")
    for ref, token, fence in rows.values_list("hold__ref", "token", "fence"):
        last.setdefault(ref, {})[token] = fence
    return {ref: tuple(Claim(token, fence) for token, fence in tokens.items()) for ref, tokens in last.items()}


def history_of_rush(*, drop_sku: DropSku, began: float, answers: Iterable[tuple[str, str, float]]) -> History:
    """
    Return the history of a crowd that asked for one unit each at one instant, in a drop that was fresh.

    `answers` are (quote_ref, code, ended): "held" or the code of the refusal. Any other word than a refusal's, as for a
    connection that broke, leaves open what was done.
    """
    history = Recorder(drop_sku).history
    holds = {hold.quote_ref: hold for hold in Hold.objects.filter(drop_sku=drop_sku)}
    claims = claims_of(hold.ref for hold in holds.values())
    ends = dict(Token.objects.filter(drop_sku=drop_sku, hold__isnull=False).values_list("hold__ref", "free_at"))
    for quote_ref, code, ended in answers:
        if code == "held":
            hold = holds[quote_ref]
            # The claim is later than the instant that it wrote down, and everybody else's waiting is none of its own.
            given: dict[str, Any] = {
                "began": hold.created_at.timestamp(),
                "hold": hold.ref,
                "claims": claims[hold.ref],
                "until": ends[hold.ref].timestamp(),
            }
        else:
            given = {"began": began, "answer": code if code.isidentifier() else UNKNOWN}
        history.steps.append(Step(what="hold", ended=ended, **given))
    return history
