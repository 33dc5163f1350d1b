"""
Asking to send something back, or withdrawing from the purchase of it: what of an order still can, and saying so.

Until the last day for it, the buyer's word is enough and nobody has to agree (Directive 2011/83/EU, art. 9 to 11a); after
that day, or where the goods are excluded from it (art. 16), the shop answers. The order's lock is the one that a refund and the
release for a payout take, so that what is being asked for is neither sent back twice nor paid out meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum

from drops.errors import Invalid, Refused
from drops.returns.models import Return, ReturnLine, ReturnReason, ReturnState
from drops.returns.steps import NEXT, lock_return, step, write_event
from drops.sales.breakdowns import breakdown_of
from drops.sales.models import Order
from drops.sales.orders import OrderNotFound
from drops.sales.refund_facts import order_money
from drops.sales.refund_plans import MoreThanIsLeft, left_of
from drops.sales.refunds import lock_order, payment_of
from drops.sales.return_terms import has_right
from drops.sales.return_window import is_return_over, returns_until
from drops.stock import holds

LONGEST_NOTE = 1000
ALL_GONE = "All of this order is on its way back already."
_KINDS = ("goods", "extra")  # packaging is no thing that anybody sends back


class NothingToReturn(Refused):
    """All of it is on its way back already, or its money went back."""

    code = "nothing_to_return"


class NothingChosenToReturn(Invalid):
    code = "nothing_chosen_to_return"


class ReasonUnknown(Invalid):
    code = "return_reason_unknown"


class NotTogether(Invalid):
    """Of some of it the buyer's word is enough and of some it is not: asking for both would give the right away."""

    code = "return_not_together"


@dataclass(frozen=True)
class ReturnableLine:
    """A line of the price and how many of it may still be sent back."""

    row: int
    kind: str
    label: str
    quantity: int
    has_right: bool = True  # to go back without anybody's leave, in time


@dataclass(frozen=True)
class Returnable:
    """What of an order can be sent back now, until when that asks nobody, and whether it still is so."""

    lines: tuple[ReturnableLine, ...]
    last_day: date | None  # None while the goods are not there: the days have not begun
    is_in_time: bool
    now: datetime

    @property
    def without_asking(self) -> dict[int, int]:
        """How many units of which row the buyer may withdraw from now."""
        return {line.row: line.quantity for line in self.lines if self.is_in_time and line.has_right}

    @property
    def is_withdrawal(self) -> bool:
        """Whether the buyer may withdraw from anything of it."""
        return bool(self.without_asking)

    def is_withdrawal_of(self, quantities: Mapping[int, int]) -> bool:
        """Tell whether nobody has to be asked for so many units of these rows."""
        free = self.without_asking
        return any(quantities.values()) and all(row in free for row, units in quantities.items() if units)


def returnable(*, order_ref: str, declared_at: datetime | None = None) -> Returnable:
    """
    Return what of an order its buyer can send back at this moment.

    :param declared_at: when the buyer said so, if that was before this is looked at; it counts for the last day.
    :raises OrderNotFound: if there is no such order.
    :raises OrderNotRefundable: if all of its money went back.
    :raises PaymentMissing: if no money came in for it.
    """
    with transaction.atomic():
        return _look(order_ref, declared_at)[1]


def request_return(
    *,
    order_ref: str,
    quantities: Mapping[int, int],
    reason: str,
    note: str = "",
    actor: str,
    declared_at: datetime | None = None,
) -> Return:
    """
    Write down that units of an order are to come back: approved at once within the days, asked for after them.

    :param quantities: how many units of which row, as `returnable` names them.
    :param declared_at: when the buyer said so, if that was before this is carried out; it counts for the last day.
    :raises OrderNotFound: if there is no such order.
    :raises OrderNotRefundable: if all of its money went back.
    :raises PaymentMissing: if no money came in for it.
    :raises NothingToReturn: if nothing of it is left to send back.
    :raises NothingChosenToReturn: if no unit was chosen.
    :raises MoreThanIsLeft: if more was chosen than is left of a line.
    :raises NotTogether: if the shop has to be asked for some of it, and for some it has not.
    :raises ReasonUnknown: if the reason is none of the list.
    """
    with transaction.atomic():
        order, there = _look(order_ref, declared_at)
        refuse_unless_returnable(there=there, quantities=quantities, reason=reason)
        lines, is_withdrawal = {line.row: line for line in there.lines}, there.is_withdrawal_of(quantities)
        returned = Return.objects.create(
            order=order,
            state=ReturnState.APPROVED if is_withdrawal else ReturnState.REQUESTED,
            is_withdrawal=is_withdrawal,
            reason=reason,
            note=note.strip()[:LONGEST_NOTE],
            last_day=there.last_day,
            created_at=there.now,
            approved_at=there.now if is_withdrawal else None,
        )
        ReturnLine.objects.bulk_create(
            ReturnLine(of=returned, row=row, kind=lines[row].kind, label=lines[row].label, quantity=units)
            for row, units in sorted(quantities.items())
            if units
        )
        write_event(returned=returned, before="", actor=actor, words="", at=there.now)
    return returned


def refuse_unless_returnable(*, there: Returnable, quantities: Mapping[int, int], reason: str) -> None:
    """
    Do nothing if so many units of these rows can be asked for with that reason.

    :raises NothingToReturn: if nothing of the order is left to send back.
    :raises NothingChosenToReturn: if no unit was chosen.
    :raises MoreThanIsLeft: if more was chosen than is left of a line.
    :raises NotTogether: if the shop has to be asked for some of it, and for some it has not.
    :raises ReasonUnknown: if the reason is none of the list.
    """
    if not there.lines:
        raise NothingToReturn(ALL_GONE)
    if not any(quantities.values()):
        raise NothingChosenToReturn("Please choose what comes back.")
    quantity_of = {line.row: line.quantity for line in there.lines}
    for row, units in quantities.items():
        left = quantity_of.get(row, 0)
        if not 0 <= units <= left:
            raise MoreThanIsLeft(f"Of this line {left} can come back.", row=row, left=left, asked=units)
    chosen = {row for row, units in quantities.items() if units}
    if chosen & there.without_asking.keys() and not chosen <= there.without_asking.keys():
        raise NotTogether(
            "What was made for you is asked of the shop, the rest is not. Please send them back one by one."
        )
    if reason not in ReturnReason.values:
        raise ReasonUnknown("Please choose why.")


def may_be_kept(returned: Return) -> bool:
    """Tell whether its buyer may still keep it after all."""
    return returned.refund_id is None and ReturnState.WITHDRAWN in NEXT.get(returned.state, frozenset())


def take_return_back(*, ref: str, actor: str, now: datetime) -> Return:
    """
    Let the buyer keep what they wanted to send back, while it has not arrived.

    :raises ReturnNotFound: if there is none.
    :raises StepNotNow: if it arrived, or is over.
    :raises NothingToReturn: if its money went back already.
    """
    with transaction.atomic():
        returned = lock_return(ref=ref)
        if returned.refund_id is not None:
            raise NothingToReturn("Its money went back already. Nothing was changed.")
        step(returned=returned, to=ReturnState.WITHDRAWN, actor=actor, at=now)
    return returned


def _look(order_ref: str, said_at: datetime | None = None) -> tuple[Order, Returnable]:
    """Return an order, locked with all that a refund of it would change, and what of it can come back."""
    hold_ref = Order.objects.filter(ref=order_ref).values_list("hold__ref", flat=True).first()
    if hold_ref is None:
        raise OrderNotFound("There is no such order.")
    hold, now = holds.lock_hold(ref=hold_ref)
    now = min(now, said_at or now)
    payment_of(hold)
    order, gone = lock_order(hold)
    coming = _coming_back(order)
    sold = [row.quantity for row in breakdown_of(order.terms).rows]
    lines = [
        ReturnableLine(
            line["row"],
            line["kind"],
            # A price says "2 × Mug"; here so many of them are counted anew.
            line["label"].removeprefix(f"{sold[line['row']]} × "),
            line["quantity_left"] - coming[line["row"]],
            has_right(terms=order.terms, kind=line["kind"]),
        )
        for line in left_of(money=order_money(order=order, gone=gone))
        if line["kind"] in _KINDS and line["quantity_left"] > coming[line["row"]]
    ]
    return order, Returnable(
        lines=tuple(lines),
        last_day=returns_until(order=order),
        is_in_time=not is_return_over(order=order, now=now),
        now=now,
    )


def _coming_back(order: Order) -> dict[int, int]:
    """Return how many units of which row open returns are about; what was refunded for one is no longer left anyway."""
    rows = ReturnLine.objects.filter(of__in=Return.objects.before_money().filter(order=order))
    coming: dict[int, int] = defaultdict(int)
    coming.update(rows.values_list("row").annotate(units=Sum("quantity")))
    return coming
