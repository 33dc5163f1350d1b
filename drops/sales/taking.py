"""
What each word of a provider means for a payment, its hold and its order. Steps of the transaction that `settling` opens:
hold and payment are locked.
"""

from datetime import datetime, timedelta
from typing import TypedDict

from django.db import transaction

from drops.events import announce, payment_failed
from drops.ledger.models import LedgerTransaction
from drops.sales import attempts, refunds
from drops.sales.delivery import DeliveryGone, delivery_method
from drops.sales.identifying import identities_of
from drops.sales.models import (
    AttemptKind,
    AttemptState,
    DisputeState,
    Order,
    OrderState,
    Payment,
    PaymentState,
)
from drops.sales.orders import mark_paid
from drops.sales.payment import Outcome, ProviderEvent
from drops.sales.postings import (
    post_capture,
    post_dispute_lost,
    post_dispute_opened,
    post_dispute_won,
    post_fee,
)
from drops.sales.undoing import undo_order
from drops.stock import holds
from drops.stock.limits import LimitReached
from drops.stock.models import LIVE_STATES, Hold, HoldState

MAY_STILL_BE_PAID = [*LIVE_STATES, HoldState.EXPIRED]
HAS_MONEY = (PaymentState.CAPTURED, PaymentState.REFUNDED)
DISPUTES = {
    Outcome.DISPUTED: DisputeState.OPEN,
    Outcome.DISPUTE_WON: DisputeState.WON,
    Outcome.DISPUTE_LOST: DisputeState.LOST,
}
FEE_LOOK_AGAIN = timedelta(hours=1)  # how often a provider is asked for a fee that it has not told
_FAILURE, _REASON = 80, 40  # what the columns take


class _Disputed(TypedDict):
    payment: Payment
    key: str
    order_ref: str
    amount_minor: int
    at: datetime


class _UnitsLost(Exception):
    """The hold's units or its delivery place are gone: undo the confirmation and let the money go."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def take_authorisation(payment: Payment, hold: Hold, event: ProviderEvent, now: datetime) -> None:
    """Confirm the hold and owe the capture, both or neither; if that cannot be, owe a void."""
    if payment.state == PaymentState.AUTHORISED or payment.state in HAS_MONEY:
        return
    _move(payment, PaymentState.AUTHORISED, closed_at=None)
    reason = _reason_against(payment, hold, event) or _try_to_confirm(payment, hold, now)
    kind = AttemptKind.VOID if reason else AttemptKind.CAPTURE
    if not reason:
        attempts.forget_stop(payment=payment, at=now)  # it was declined before, and another card has paid
    attempts.owe(kind=kind, payment=payment, subject=reason or f"hold {hold.ref[:8]} is confirmed", at=now)


def take_money(payment: Payment, hold: Hold, event: ProviderEvent, now: datetime) -> None:
    """Book money that came in: for the order it was authorised for, for one made this moment, or to be sent back."""
    if payment.state in HAS_MONEY:
        note_fee(payment, event, now)
        return
    void = payment.attempts.filter(kind=AttemptKind.VOID).order_by("pk").first()
    order = _order_made_by(payment, hold)
    was_authorised = payment.state == PaymentState.AUTHORISED
    payment.fee_minor = event.fee_minor
    payment.fee_look_at = now + FEE_LOOK_AGAIN if event.fee_minor is None else None
    _move(payment, PaymentState.CAPTURED, closed_at=now)
    for kind in (AttemptKind.CAPTURE, AttemptKind.VOID):
        attempts.settle_owed(payment=payment, kind=kind, state=AttemptState.DONE, at=now)
    if order is not None and _is_as_agreed(payment, hold, event):
        _book(payment, order, event, now)
    elif order is not None:
        if undo_order(payment=payment, hold=hold, reason="another amount was captured", now=now):
            _send_back(payment, event, "amount differs from the quote", now)
        else:
            _book(payment, order, event, now)  # the goods are gone; what is missing stays open in the books
    elif was_authorised:
        _send_back(payment, event, void.subject if void else "it could not be voided in time", now)
    else:
        reason = _reason_against(payment, hold, event) or _try_to_confirm(payment, hold, now)
        if reason:
            _send_back(payment, event, reason, now)
        else:
            _book(payment, Order.objects.get(hold=hold), event, now)


def note_fee(payment: Payment, event: ProviderEvent, now: datetime) -> None:
    """Book a fee that the provider had not told when the money came in. Once: of one that is known nothing more is heard."""
    if payment.fee_minor is not None or event.fee_minor is None:
        return
    payment.fee_minor, payment.fee_look_at = event.fee_minor, None
    payment.save(update_fields=["fee_minor", "fee_look_at"])
    captured = LedgerTransaction.objects.filter(cause=f"capture:{payment.ref}").first()
    order_ref = captured.order_ref if captured else ""
    post_fee(payment=payment, order_ref=order_ref, fee_minor=event.fee_minor, at=now)


def note_end(payment: Payment, hold: Hold, event: ProviderEvent, now: datetime, *, is_last: bool) -> None:
    """
    Note that no money comes: the hold goes on without the payment, or the order that was made of it is undone.

    `is_last` says that none can come any more, so that there is nothing left to be stopped.
    """
    if payment.state in HAS_MONEY:
        return
    if is_last:
        attempts.settle_owed(payment=payment, kind=AttemptKind.VOID, state=AttemptState.DONE, at=now)
    if payment.state not in (PaymentState.STARTED, PaymentState.AUTHORISED):
        return
    state = PaymentState.FAILED if event.outcome == Outcome.FAILED else PaymentState.CANCELLED
    end_payment(payment, hold, state=state, reason=event.reason, now=now)


def end_payment(payment: Payment, hold: Hold, *, state: PaymentState, reason: str, now: datetime) -> None:
    """Write down that a payment is over without money, with everything that hangs on it."""
    attempts.settle_owed(payment=payment, kind=AttemptKind.CAPTURE, state=AttemptState.REFUSED, at=now)
    order = _order_made_by(payment, hold)
    _move(payment, state, closed_at=now, failure=reason[:_FAILURE])
    if order is not None:
        undo_order(payment=payment, hold=hold, reason=(reason or f"payment {state}")[:_REASON], now=now)
    elif hold.state == HoldState.PAYING and not hold.payments.filter(state=PaymentState.STARTED).exists():
        holds.stop_paying(hold=hold, now=now, reason=f"payment {state}")
        method = delivery_method(hold.delivery_method)
        if hold.state == HoldState.HELD:
            method.reserve(hold=hold, option=hold.delivery_option)
        else:
            method.release(hold=hold)
    announce(payment_failed, payment_id=payment.pk, reason=reason)


def note_dispute(payment: Payment, hold: Hold, event: ProviderEvent, now: datetime) -> None:
    """
    Book what became of a shopper's complaint to their bank. Once it is decided, an older word changes nothing.

    The bank takes the money when a dispute opens, so an end that overtook its beginning is booked as both.
    """
    if payment.dispute in (DisputeState.WON, DisputeState.LOST):
        return
    was, payment.dispute = payment.dispute, DISPUTES[event.outcome]
    if was == payment.dispute:
        return
    payment.save(update_fields=["dispute"])
    order = Order.objects.filter(hold=hold).order_by("pk").first()
    facts: _Disputed = {
        "payment": payment,
        "key": payment.ref,
        "order_ref": order.ref if order else "",
        "amount_minor": event.amount_minor,
        "at": now,
    }
    post_dispute_opened(fee_minor=event.fee_minor or 0, **facts)
    if payment.dispute == DisputeState.WON:
        post_dispute_won(**facts)
    elif payment.dispute == DisputeState.LOST:
        post_dispute_lost(**facts)


def _order_made_by(payment: Payment, hold: Hold) -> Order | None:
    """Return the order that this payment's authorisation made, if it still stands."""
    if not payment.attempts.filter(kind=AttemptKind.CAPTURE).exists():
        return None
    standing = [OrderState.PAID, OrderState.FULFILLED]
    return Order.objects.filter(hold=hold, state__in=standing).order_by("pk").first()


def _reason_against(payment: Payment, hold: Hold, event: ProviderEvent) -> str:
    """Return why this money cannot be for this hold; nothing if it can."""
    if not _is_as_agreed(payment, hold, event):
        return "amount differs from the quote"
    if hold.state not in MAY_STILL_BE_PAID:
        # Paid twice, let go, or revoked: this money has no unit to belong to.
        return f"hold was {hold.get_state_display().lower()}"
    return ""


def _is_as_agreed(payment: Payment, hold: Hold, event: ProviderEvent) -> bool:
    said = (event.amount_minor, event.currency, payment.quote_hash)
    return said == (hold.total_minor, hold.currency, hold.quote_hash)


def _try_to_confirm(payment: Payment, hold: Hold, now: datetime) -> str:
    """Confirm the hold and make its order, or end the hold and return why it could not be."""
    try:
        with transaction.atomic():
            _confirm(payment, hold, now)
    except _UnitsLost as lost:
        hold.refresh_from_db()
        holds.close(hold=hold, state=HoldState.LATE_REFUND, now=now, actor="provider", reason=lost.reason)
        delivery_method(hold.delivery_method).release(hold=hold)
        return lost.reason
    return ""


def _confirm(payment: Payment, hold: Hold, now: datetime) -> None:
    try:
        token_ids = holds.confirm(hold=hold, now=now, identities=identities_of(payment=payment, hold=hold))
    except LimitReached:
        raise _UnitsLost("the limit was used up") from None
    if token_ids is None:
        raise _UnitsLost("the last unit was gone")
    if hold.is_late:
        try:
            delivery_method(hold.delivery_method).reserve(hold=hold, option=hold.delivery_option)
        except DeliveryGone:
            raise _UnitsLost("the pickup slot was full") from None
    mark_paid(hold=hold, payment=payment, token_ids=token_ids, at=now)


def _book(payment: Payment, order: Order, event: ProviderEvent, now: datetime) -> None:
    post_capture(
        payment=payment,
        order_ref=order.ref,
        amount_minor=event.amount_minor,
        fee_minor=event.fee_minor or 0,
        at=now,
    )


def _send_back(payment: Payment, event: ProviderEvent, reason: str, now: datetime) -> None:
    refunds.owe_refund(payment=payment, amount_minor=event.amount_minor, reason=reason[:_REASON], at=now)
    if event.fee_minor:
        post_fee(payment=payment, fee_minor=event.fee_minor, at=now)


def _move(payment: Payment, state: PaymentState, *, closed_at: datetime | None, failure: str = "") -> None:
    payment.state, payment.closed_at, payment.failure = state, closed_at, failure
    payment.save(update_fields=["state", "closed_at", "failure", "fee_minor", "fee_look_at"])
