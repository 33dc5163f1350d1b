"""
The returns of an order, as a section of its page: until when something may go back, what is on its way, and how it ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.urls import reverse

from creatorshop.storefront import wording
from creatorshop.storefront.receipts import MADE_FOR_YOU
from creatorshop.storefront.return_places import return_address
from drops.catalog.return_rules import ReturnRule
from drops.money import format_minor
from drops.returns.handling import to_be_sent_by
from drops.returns.models import Return, ReturnState
from drops.returns.requesting import may_be_kept
from drops.sales.access import order_access
from drops.sales.models import Order, OrderState, RefundState
from drops.sales.return_terms import return_days_of, return_rule_of
from drops.sales.return_window import is_return_over, returns_until


@dataclass(frozen=True)
class ReturnRow:
    ref: str
    url: str
    what: str
    state: str
    sentence: str
    answer: str  # what the shop said last
    money: str
    where: Sequence[str]  # empty where no address is filled in
    is_open: bool
    may_send: bool
    may_keep: bool


@dataclass(frozen=True)
class ReturnsCard:
    sentence: str
    rows: Sequence[ReturnRow]
    url: str  # of the page to send something back on; empty once nothing is left
    withdraw_url: str
    refusal: str = ""
    typed: str = ""  # a tracking number that was refused
    about: str = ""  # the return that the refusal is about


def returns_card(
    *, order: Order, now: datetime, refusal: str = "", typed: str = "", about: str = ""
) -> ReturnsCard | None:
    """Return what an order's page says of returns; nothing for an order whose money went back without one."""
    found = list(_returns_of(order))
    is_refunded = order.state == OrderState.REFUNDED
    if is_refunded and not found:
        return None
    where = return_address(creator_id=order.creator_id) if any(_is_to_send(order, one) for one in found) else []
    # Packaging is counted with the goods here, so that a link may lead to a page which says that nothing is left.
    coming = sum(line.quantity for one in found if one.is_open and one.refund is None for line in one.lines.all())
    is_left = not is_refunded and coming < sum(line.quantity for line in order.lines.all())
    secret = order_access(order.ref)
    return ReturnsCard(
        sentence="" if is_refunded else until_when(order, now),
        rows=[_row(order, one, where, secret) for one in found],
        url=reverse("order-return", args=[order.ref, secret]) if is_left else "",
        withdraw_url=f"{reverse('withdraw')}?number={order.ref}" if is_left else "",
        refusal=refusal,
        typed=typed,
        about=about,
    )


def until_when(order: Order, now: datetime) -> str:
    """Return in a sentence until when an order may go back without anybody's leave."""
    days, rule = return_days_of(order.terms), return_rule_of(order.terms)
    if rule == ReturnRule.MADE_FOR_BUYER:
        own = f"{MADE_FOR_YOU} You can ask the shop."
        return f"{own} {_until(order, days, now, what='what you added')}" if days else own
    seal = ", as long as its seal is unbroken" if rule == ReturnRule.SEALED else ""
    return _until(order, days, now, seal=seal)


def _until(order: Order, days: int, now: datetime, *, what: str = "it", seal: str = "") -> str:
    last_day = returns_until(order=order)
    if last_day is None:
        return f"Until you have it, and for {days} days after, you can send {what} back without saying why{seal}."
    if is_return_over(order=order, now=now):
        return f"The last day to send {what} back was {wording.day(last_day)}. You can still ask the shop."
    return f"You can send {what} back until {wording.day(last_day)}, without saying why{seal}."


def send_by(*, order: Order, begun: datetime) -> date:
    """Return the last day to send what was withdrawn from or agreed to, where the creator lives."""
    return _day(order, to_be_sent_by(order=order, begun=begun))


def is_there(order: Order) -> bool:
    """Tell whether the goods were handed over or sent, so that there is something to send back."""
    return order.fulfilled_at is not None


def _returns_of(order: Order) -> Sequence[Return]:
    found = Return.objects.filter(order=order).select_related("refund").prefetch_related("lines")
    return list(found.order_by("-created_at", "-pk"))


def _is_to_send(order: Order, returned: Return) -> bool:
    return is_there(order) and returned.state == ReturnState.APPROVED


def _row(order: Order, returned: Return, where: Sequence[str], secret: str) -> ReturnRow:
    state, sentence = _words(order, returned)
    return ReturnRow(
        ref=returned.ref,
        url=reverse("order-return-step", args=[order.ref, secret, returned.ref]),
        what=", ".join(returned.what),
        state=state,
        sentence=sentence,
        answer=returned.answer,
        money=_money(order, returned),
        where=where if _is_to_send(order, returned) else [],
        is_open=returned.is_open,
        may_send=_is_to_send(order, returned),
        may_keep=may_be_kept(returned),
    )


def _words(order: Order, returned: Return) -> tuple[str, str]:
    shop, begun = order.creator.name, wording.day(_day(order, returned.created_at))
    ended = wording.day(_day(order, returned.closed_at)) if returned.closed_at else ""
    by = wording.day(send_by(order=order, begun=returned.begun_at))
    match returned.state:
        case ReturnState.REQUESTED:
            return "Asked for", f"You asked on {begun}. {shop} answers here and by mail."
        case ReturnState.APPROVED if not is_there(order) and returned.is_withdrawal:
            return "Withdrawn", f"You withdrew on {begun}, before you had it, so there is nothing to send."
        case ReturnState.APPROVED if not is_there(order):
            return "Agreed", f"{shop} agreed before you had it, so there is nothing to send."
        case ReturnState.APPROVED if returned.is_withdrawal:
            return "Withdrawn", f"You withdrew on {begun}. Please send it by {by}."
        case ReturnState.APPROVED:
            return "Agreed", f"{shop} agreed that it comes back. Please send it by {by}."
        case ReturnState.IN_TRANSIT:
            return "On its way back", f"You said that you sent it. {shop} says when it has arrived."
        case ReturnState.RECEIVED:
            return "Arrived", f"It is back with {shop}, who looks at it next."
        case ReturnState.INSPECTED:
            return "Looked at", f"{shop} has looked at it. What goes back to you is next."
        case ReturnState.REJECTED:
            return "Not agreed", f"{shop} said no on {ended}."
        case ReturnState.CANCELLED:
            return "Ended", f"{shop} ended it on {ended}."
        case ReturnState.WITHDRAWN:
            return "You keep it", f"You took it back on {ended}, so it stays with you."
        case _:
            return "Done", f"It was closed on {ended}."


def _money(order: Order, returned: Return) -> str:
    refund = returned.refund
    if refund is None:
        return ""
    amount = format_minor(refund.amount_minor, order.currency)
    if refund.state == RefundState.FAILED:
        return f"{amount} did not reach you: your bank returned it, and {order.creator.name} still owes it to you."
    if refund.sent_at is None:
        return f"{amount} is on its way back to you."
    return f"{amount} went back to you on {wording.day(_day(order, refund.sent_at))}."


def _day(order: Order, at: datetime) -> date:
    return at.astimezone(ZoneInfo(order.creator.time_zone)).date()
