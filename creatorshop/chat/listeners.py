"""
Hearing what the shop announces, and letting the thread concerned say it.

Announcements may be lost. A thread also looks by itself: at its next event, and when the time comes that it asked to
be woken at. So here a piece of news is only brought early.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, Literal

from django.db import transaction
from django.db.models import Q

from creatorshop.chat import after_sale, news, threads
from creatorshop.chat.engine import events
from creatorshop.chat.models import Thread
from drops import events as shop
from drops.clock import database_now
from drops.returns.models import Return, ReturnState
from drops.sales.models import Order, Payment, Refund
from drops.sales.ratings import Rating
from drops.stock.models import Hold, WaitlistEntry

logger = logging.getLogger(__name__)

TOLD_AT_ONCE = 100
LISTENING = timedelta(days=1)  # who has been silent for longer learns of a drop's changes when they come back


def connect() -> None:
    """Begin to listen; each listener is known by name, so that this may be called twice."""
    for signal, listener in (
        (shop.hold_changed, on_hold_changed),
        (shop.holds_lapsed, on_holds_lapsed),
        (shop.waitlist_changed, on_waitlist_changed),
        (shop.order_paid, on_order_paid),
        (shop.payment_failed, on_payment_failed),
        (shop.payment_refunded, on_payment_refunded),
        (shop.refund_failed, on_refund_failed),
        (shop.unit_moved, on_unit_moved),
        (shop.gift_changed, on_gift_changed),
        (shop.return_changed, on_return_changed),
        (shop.order_rated, on_order_rated),
        (shop.drop_changed, on_drop_changed),
        (shop.step_up_passed, on_step_up_passed),
    ):
        signal.connect(listener, dispatch_uid=f"creatorshop.chat.{listener.__name__}")


def on_hold_changed(*, hold_id: int, **_future: Any) -> None:
    _look_again(shopper_id=Hold.objects.filter(pk=hold_id).values_list("shopper_id", flat=True).first())


def on_holds_lapsed(*, hold_ids: list[int], **_future: Any) -> None:
    """
    Wake the threads that still wait for one of these holds to end: two statements for all of them.

    A thread knows when its holds end, and its socket or the sweep wakes it then; so most of them have told it by now and
    wait for nothing. One that is locked is being answered and looks for itself. Those who watch right now are told, a
    hundred at a time: so a shopper hears at once that another one has taken their unit over, with no worker at all.
    """
    now = database_now()
    shoppers = Hold.objects.filter(pk__in=hold_ids).values("shopper")
    waiting = Thread.objects.filter(shopper__in=shoppers, wakes_at__gt=now)
    with transaction.atomic():
        locked = waiting.select_for_update(no_key=True, skip_locked=True, of=("self",)).values_list("pk", flat=True)
        if thread_ids := list(locked):
            Thread.objects.filter(pk__in=thread_ids).update(wakes_at=now)
    for thread_id in thread_ids[:TOLD_AT_ONCE]:
        news.tell(topic=news.thread_topic(thread_id))


def on_waitlist_changed(*, entry_id: int, **_future: Any) -> None:
    _look_again(shopper_id=WaitlistEntry.objects.filter(pk=entry_id).values_list("shopper_id", flat=True).first())


def on_order_paid(*, order_id: int, **_future: Any) -> None:
    order = Order.objects.filter(pk=order_id).values("ref", "shopper_id").first()
    thread_id = _thread_of(order["shopper_id"]) if order else None
    if order and thread_id:
        threads.tell(thread_id=thread_id, event_id=f"paid:{order['ref']}", event=events.Paid(order=order["ref"]))


def on_payment_failed(*, payment_id: int, reason: str, **_future: Any) -> None:
    payment = Payment.objects.select_related("hold").filter(pk=payment_id).first()
    thread_id = _thread_of(payment.hold.shopper_id) if payment else None
    if payment and thread_id:
        event = events.PaymentFailed(hold=payment.hold.ref, reason=reason, is_cancelled=payment.state == "cancelled")
        threads.tell(thread_id=thread_id, event_id=f"payment_failed:{payment.ref}", event=event)


def on_payment_refunded(*, payment_id: int, refund_id: int, **_future: Any) -> None:
    payment = Payment.objects.select_related("hold").filter(pk=payment_id).first()
    thread_id = _thread_of(payment.hold.shopper_id) if payment else None
    if payment and thread_id:
        sent = payment.refunds.get(pk=refund_id)
        event = events.Refunded(
            hold=payment.hold.ref,
            amount_minor=sent.amount_minor,
            paid_minor=payment.amount_minor,
            currency=payment.currency,
            at=sent.sent_at or database_now(),
        )
        threads.tell(thread_id=thread_id, event_id=f"refunded:{sent.sending_key.removeprefix('refund:')}", event=event)


def on_refund_failed(*, refund_id: int, **_future: Any) -> None:
    """Take back what was said of a refund; the key of its sending tells one failure from the next."""
    refund = Refund.objects.select_related("payment__hold").filter(pk=refund_id).first()
    thread_id = _thread_of(refund.payment.hold.shopper_id) if refund else None
    if refund and thread_id:
        event = events.RefundCameBack(
            hold=refund.payment.hold.ref, amount_minor=refund.amount_minor, currency=refund.payment.currency
        )
        threads.tell(thread_id=thread_id, event_id=f"refund_came_back:{refund.sending_key}", event=event)


def on_unit_moved(*, order_id: int, **_future: Any) -> None:
    _look_again(shopper_id=Order.objects.filter(pk=order_id).values_list("shopper_id", flat=True).first())


def on_gift_changed(*, order_id: int, **_future: Any) -> None:
    _look_again(shopper_id=Order.objects.filter(pk=order_id).values_list("shopper_id", flat=True).first())


def on_return_changed(*, return_id: int, state: str, **_future: Any) -> None:
    """Tell that a withdrawal is there, or what the shop answered; that money went back is told as always."""
    if state not in (ReturnState.APPROVED, ReturnState.REJECTED):
        return
    found = Return.objects.select_related("order").filter(pk=return_id).first()
    thread_id = _thread_of(found.order.shopper_id) if found else None
    if found and thread_id:
        agreed: Literal["withdrawn", "approved"] = "withdrawn" if found.is_withdrawal else "approved"
        event = events.ReturnMoved(
            order=found.order.ref,
            state=agreed if state == ReturnState.APPROVED else "rejected",
            answer=found.answer,
        )
        threads.tell(thread_id=thread_id, event_id=f"return:{found.ref}:{state}", event=event)


def on_order_rated(*, order_id: int, source: str, **_future: Any) -> None:
    """Tell the thread a number that was given elsewhere; what was tapped in it comes back as the tap's own answer."""
    rating = Rating.objects.select_related("order").filter(order=order_id).first()
    thread_id = _thread_of(rating.order.shopper_id) if rating and source != after_sale.SOURCE else None
    if rating and thread_id:
        event = events.Rated(order=rating.order.ref, score=rating.score, is_elsewhere=True)
        event_id = f"rated:{rating.order.ref}:{rating.rated_at.isoformat()}"
        threads.tell(thread_id=thread_id, event_id=event_id, event=event)


def on_step_up_passed(*, shopper_id: int, step_up_id: int, **_future: Any) -> None:
    thread_id = _thread_of(shopper_id)
    if thread_id:
        threads.tell(thread_id=thread_id, event_id=f"step_up:{step_up_id}", event=events.StepUpPassed())


def on_drop_changed(*, drop_id: int, **_future: Any) -> None:
    """Ask every thread with the drop in view to look at it soon: one statement here, the sweep does the rest."""
    now = database_now()
    sooner = Q(wakes_at__isnull=True) | Q(wakes_at__gt=now)
    Thread.objects.filter(sooner, drop_id=drop_id, moved_at__gte=now - LISTENING).update(wakes_at=now)


def _look_again(*, shopper_id: int | None) -> None:
    thread_id = _thread_of(shopper_id)
    if thread_id:
        threads.look_again(thread_id=thread_id)


def _thread_of(shopper_id: int | None) -> int | None:
    """Return the thread of a shopper who has been in the chat."""
    if shopper_id is None:
        return None
    return Thread.objects.filter(shopper_id=shopper_id, seq__gt=0).values_list("pk", flat=True).first()
