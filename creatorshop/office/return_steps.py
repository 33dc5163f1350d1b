"""
What a person may do about a return where it stands: the steps that may follow, for whose work it is, and taking them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from creatorshop.office.scope import Scope
from drops.catalog.creators import Work
from drops.errors import Invalid
from drops.returns.handling import Found, approve, call_off, close, inspect, note_sent, receive, reject
from drops.returns.models import Disposition, Return, ReturnState
from drops.returns.steps import NEXT
from drops.sales.models import Order
from drops.schedule.models import DropState
from drops.stock.resync import RUNNING


class CountsUnreadable(Invalid):
    code = "return_counts_unreadable"


@dataclass(frozen=True)
class Step:
    """One button: what it says, for whom it is, what is to be written beside it and what it does."""

    name: str
    label: str
    to: ReturnState
    work: Work
    take: Callable[[Return, str, datetime, str], Return]  # return, actor, now, words
    done: str
    title: str = ""
    words: str = ""  # what the field for words asks; without it there is none
    needs_words: bool = False
    is_quiet: bool = False
    only_from: ReturnState | None = None


def _receive(returned: Return, actor: str, now: datetime, words: str) -> Return:
    return receive(ref=returned.ref, actor=actor, now=now)


def _by(service: Callable[..., Return]) -> Callable[[Return, str, datetime, str], Return]:
    return lambda returned, actor, now, words: service(ref=returned.ref, actor=actor, now=now, words=words)


STEPS = (
    Step(
        name="approve",
        title="Agree",
        label="Let it come back",
        to=ReturnState.APPROVED,
        work=Work.ORDERS,
        take=_by(approve),
        done="may come back.",
        words="What to tell the buyer, such as where to send it",
    ),
    Step(
        name="reject",
        title="Or refuse",
        label="Reject it",
        to=ReturnState.REJECTED,
        work=Work.ORDERS,
        take=_by(reject),
        done="is rejected.",
        words="Why; the buyer reads it",
        needs_words=True,
        is_quiet=True,
    ),
    Step(
        name="receive",
        title="Is it here?",
        label="It has arrived",
        to=ReturnState.RECEIVED,
        work=Work.PACK,
        take=_receive,
        done="has arrived. Look at it next.",
    ),
    Step(
        name="sent",
        title="Did the buyer send it?",
        label="It is on its way",
        to=ReturnState.IN_TRANSIT,
        work=Work.ORDERS,
        take=_by(note_sent),
        done="is on its way.",
        words="Carrier and number, if they gave them; the buyer reads it",
        is_quiet=True,
    ),
    Step(
        name="close",
        title="No money back?",
        label="Close it without money",
        to=ReturnState.CLOSED,
        work=Work.ORDERS,
        take=_by(close),
        done="is closed, and no money went back.",
        words="Why; the buyer reads it",
        needs_words=True,
        is_quiet=True,
        only_from=ReturnState.INSPECTED,
    ),
    Step(
        name="call_off",
        title="It never came?",
        label="Call it off",
        to=ReturnState.CANCELLED,
        work=Work.ORDERS,
        take=_by(call_off),
        done="is called off.",
        words="Why; the buyer reads it",
        needs_words=True,
        is_quiet=True,
    ),
)
BY_NAME = {step.name: step for step in STEPS}


def steps_for(*, returned: Return, scope: Scope, creator_id: int) -> list[Step]:
    """Return the steps that may follow and that are this person's work; looking at what arrived is a form of its own."""
    follows = NEXT.get(returned.state, frozenset())
    return [
        step
        for step in STEPS
        if step.to in follows and step.only_from in (None, returned.state) and scope.may(step.work, creator_id)
    ]


def inspect_as_typed(*, returned: Return, form: Mapping[str, str], actor: str, now: datetime) -> str:
    """
    Write down how a return was found, and say what is on the shelf again.

    :raises CountsUnreadable: if what was typed is no number of units.
    :raises ShopError: whatever `inspect` refuses.
    """
    found = {}
    for line in returned.lines.all():
        try:
            ok, damaged, missing = (
                int(form.get(f"{name}-{line.pk}", "") or 0) for name in ("ok", "damaged", "missing")
            )
            found[line.pk] = Found(ok, damaged, missing, Disposition(form.get(f"disposition-{line.pk}", "")))
        except ValueError:
            raise CountsUnreadable(f"Please write whole numbers, and what becomes of {line}.") from None
    inspect(ref=returned.ref, found=found, actor=actor, now=now, words=form.get("words", ""))
    return f"{returned} was looked at. {_said_of_stock(returned, now)}"


def _said_of_stock(returned: Return, now: datetime) -> str:
    """Tell how many units are on the shelf again, and whether the drop they were bought in sells them."""
    lines = returned.lines.filter(kind="goods", disposition=Disposition.RESTOCK)
    units = sum(line.received_ok or 0 for line in lines)
    if not units:
        return "Nothing of it is for sale again."
    order = Order.objects.select_related("hold__drop_sku__drop").get(pk=returned.order_id)
    drop = order.hold.drop_sku.drop
    state, shelf = drop.state_at(now), f"{units} unit{' is' if units == 1 else 's are'} on the shelf again"
    if state not in RUNNING:
        return f"{shelf}, for another drop: {drop.title} is over."
    if state == DropState.PAUSED:
        return f"{shelf} and back in {drop.title}, for sale once it is resumed."
    return f"{shelf} and for sale in {drop.title}."
