"""
What the shop does about a return: answer, take it in, look at it, and end it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from drops.catalog.models import Sku
from drops.errors import Invalid, Refused
from drops.returns.models import Disposition, Return, ReturnState
from drops.returns.steps import StepNotNow, WordsMissing, lock_return, refuse_step, step
from drops.sales.models import Order, OrderState
from drops.stock.resync import NotRunning, change_units

# Who withdraws has so long to send it (Directive 2011/83/EU, art. 14(1)); before that nobody can say that it never came.
TIME_TO_SEND = timedelta(days=14)


class CountsDiffer(Invalid):
    """What was found does not add up to what was to come."""

    code = "return_counts_differ"


class StillTime(Refused):
    """The buyer may still send it."""

    code = "return_still_in_time"


@dataclass(frozen=True)
class Found:
    """How the units of one line were found, and what becomes of those that are there."""

    ok: int
    damaged: int = 0
    missing: int = 0
    disposition: Disposition = Disposition.RESTOCK


def to_be_sent_by(*, order: Order, begun: datetime) -> datetime:
    """Return until when what was withdrawn from or agreed to is to be sent; what came to its buyer afterwards, from then on."""
    return max(begun, order.fulfilled_at or begun) + TIME_TO_SEND


def approve(*, ref: str, actor: str, now: datetime, words: str = "") -> Return:
    """
    Agree to a return that was asked for.

    :raises ReturnNotFound: if there is none.
    :raises StepNotNow: if it waits for no answer.
    """
    return _take(ref, ReturnState.APPROVED, actor, now, words)


def reject(*, ref: str, actor: str, now: datetime, words: str) -> Return:
    """
    Refuse a return that was asked for, and say why.

    :raises ReturnNotFound: if there is none.
    :raises WordsMissing: without a reason.
    :raises StepNotNow: if it waits for no answer; a withdrawal never does.
    """
    _refuse_silence(words)
    return _take(ref, ReturnState.REJECTED, actor, now, words)


def note_sent(*, ref: str, actor: str, now: datetime, words: str = "") -> Return:
    """
    Note that the buyer sent it, with the carrier's number if they gave one.

    :raises ReturnNotFound: if there is none.
    :raises StepNotNow: if nothing is to be sent.
    """
    return _take(ref, ReturnState.IN_TRANSIT, actor, now, words)


def receive(*, ref: str, actor: str, now: datetime) -> Return:
    """
    Note that it arrived.

    :raises ReturnNotFound: if there is none.
    :raises StepNotNow: if nothing was to arrive.
    """
    return _take(ref, ReturnState.RECEIVED, actor, now, "")


def inspect(*, ref: str, found: Mapping[int, Found], actor: str, now: datetime, words: str = "") -> Return:
    """
    Write down what came back and how. Only now do units return to stock: on the shelf, and into their drop if it still runs.

    :param found: what was found of each line, by the primary key of the line.
    :raises ReturnNotFound: if there is none.
    :raises StepNotNow: if it has not arrived, or was looked at before.
    :raises CountsDiffer: if a line is not accounted for to the unit.
    """
    with transaction.atomic():
        returned = lock_return(ref=ref)
        refuse_step(returned, ReturnState.INSPECTED)
        back = 0
        for line in returned.lines.order_by("row"):
            seen = found.get(line.pk)
            if seen is None or min(seen.ok, seen.damaged, seen.missing) < 0:
                raise CountsDiffer(f"Please say how many of {line} are fine, damaged and missing.", row=line.row)
            if seen.ok + seen.damaged + seen.missing != line.quantity:
                raise CountsDiffer(
                    f"Of {line} there are {line.quantity} to account for, not {seen.ok + seen.damaged + seen.missing}.",
                    row=line.row,
                )
            line.received_ok, line.damaged, line.missing = seen.ok, seen.damaged, seen.missing
            line.disposition = seen.disposition
            line.save(update_fields=["received_ok", "damaged", "missing", "disposition"])
            if line.kind == "goods" and seen.disposition == Disposition.RESTOCK:
                back += seen.ok
        step(returned=returned, to=ReturnState.INSPECTED, actor=actor, at=now, words=words)
        if back:
            _restock(returned, back, actor)
        if returned.refund_id is not None:
            step(returned=returned, to=ReturnState.CLOSED, actor=actor, at=now)
    return returned


def close(*, ref: str, actor: str, now: datetime, words: str) -> Return:
    """
    End a return that was looked at without sending money back, and say why.

    :raises ReturnNotFound: if there is none.
    :raises WordsMissing: without a reason.
    :raises StepNotNow: if it was not looked at yet.
    """
    _refuse_silence(words)
    with transaction.atomic():
        returned = lock_return(ref=ref)
        if returned.state != ReturnState.INSPECTED:
            raise StepNotNow(
                f"{returned} was not looked at yet, or is over. Nothing was changed.", state=returned.state
            )
        step(returned=returned, to=ReturnState.CLOSED, actor=actor, at=now, words=words)
    return returned


def call_off(*, ref: str, actor: str, now: datetime, words: str) -> Return:
    """
    End a return whose goods never came, and say so. One that nobody had to approve leaves the buyer 14 days to send it.

    :raises ReturnNotFound: if there is none.
    :raises WordsMissing: without a reason.
    :raises StepNotNow: if it arrived, or is over.
    :raises StillTime: if they may still send it.
    """
    _refuse_silence(words)
    with transaction.atomic():
        returned = lock_return(ref=ref)
        refuse_step(returned, ReturnState.CANCELLED)
        order = Order.objects.get(pk=returned.order_id)
        until = to_be_sent_by(order=order, begun=returned.begun_at)
        if returned.is_withdrawal and now < until and order.state != OrderState.REFUNDED:
            raise StillTime(f"The buyer has until {until:%-d %b %Y} to send it. Nothing was changed.", until=until)
        step(returned=returned, to=ReturnState.CANCELLED, actor=actor, at=now, words=words)
    return returned


def _take(ref: str, to: ReturnState, actor: str, now: datetime, words: str) -> Return:
    with transaction.atomic():
        returned = lock_return(ref=ref)
        step(returned=returned, to=to, actor=actor, at=now, words=words)
    return returned


def _restock(returned: Return, units: int, actor: str) -> None:
    """Put units on the shelf of the store-room; a drop that still runs sells them again, and whoever waits is told."""
    order = Order.objects.select_related("hold__drop_sku").get(pk=returned.order_id)
    drop_sku = order.hold.drop_sku
    Sku.objects.filter(pk=drop_sku.sku_id).update(on_hand=F("on_hand") + units)
    try:
        change_units(drop_sku_id=drop_sku.pk, by=units, actor=f"return {returned.ref}, {actor}")
    except NotRunning:
        return  # They are on the shelf for the next drop.


def _refuse_silence(words: str) -> None:
    if not words.strip():
        raise WordsMissing("Please say why; the buyer reads it.")
