"""
The one function that every word of a provider ends in: webhook, return address and poll (stock.md R6).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from drops.clock import database_now
from drops.errors import NotFound
from drops.events import announce, payment_failed
from drops.risk.models import Trait
from drops.sales import refunds
from drops.sales.assessing import note_traits
from drops.sales.delivery import DeliveryGone, delivery_method
from drops.sales.identifying import identities_of
from drops.sales.models import InboundEvent, Order, Payment, PaymentState
from drops.sales.orders import mark_paid
from drops.sales.payment import Outcome, ProviderEvent, payment_provider
from drops.stock import holds
from drops.stock.limits import LimitReached
from drops.stock.models import LIVE_STATES, Hold, HoldState

MAY_STILL_BE_PAID = [*LIVE_STATES, HoldState.EXPIRED]


class PaymentNotFound(NotFound):
    code = "payment_not_found"


@dataclass(frozen=True)
class Settled:
    """How a payment and its hold stand after what was said."""

    payment: Payment
    hold: Hold
    order: Order | None


class _UnitsLost(Exception):
    """The hold's units or its delivery place are gone: undo the confirmation and send the money back."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def settle(*, provider: str, event: ProviderEvent) -> Settled:
    """
    Take in what a provider says of a payment: confirm the hold, rescue it, send the money back, or note the failure.

    A repeat changes nothing. Money that came late still wins if nobody else has its units, or if others are free.

    :raises PaymentNotFound: if we never started such a payment.
    """
    payment = Payment.objects.filter(provider=provider, provider_ref=event.provider_ref).select_related("hold").first()
    if payment is None:
        raise PaymentNotFound("There is no such payment.", provider_ref=event.provider_ref)
    if event.outcome == Outcome.PENDING:
        return _as_it_stands(payment)
    with transaction.atomic(durable=True):
        if not _is_news(provider, event):
            return _as_it_stands(payment)
        hold, now = holds.lock_hold(ref=payment.hold.ref)
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        if event.outcome == Outcome.CAPTURED:
            _take_money(payment, hold, event, now)
        elif event.outcome in (Outcome.FAILED, Outcome.CANCELLED):
            _note_failure(payment, hold, event, now)
    if event.card:
        note_traits(shopper=hold.shopper, seen={Trait.CARD: event.card}, at=now)
    for refund_id in payment.refunds.filter(state="open").values_list("pk", flat=True):
        refunds.send_refund(refund_id=refund_id)
    return _as_it_stands(payment)


def refresh_payment(*, payment_ref: str) -> Settled:
    """
    Ask the provider how a payment stands, and take that in.

    :raises PaymentNotFound: if there is none.
    :raises Unreachable: if the provider does not answer; nothing changes then.
    """
    payment = Payment.objects.filter(ref=payment_ref).select_related("hold").first()
    if payment is None:
        raise PaymentNotFound("There is no such payment.")
    if payment.state != PaymentState.STARTED:
        return _as_it_stands(payment)
    event = payment_provider(payment.provider).fetch(payment=payment)
    return settle(provider=payment.provider, event=event)


def drop_payments_never_begun(*, hold_id: int) -> int:
    """
    Cancel a hold's payments that no provider ever answered about: whoever began them died before asking.

    Should one turn out to be alive after all, its money is taken in as usual, and goes back if the hold is over.
    """
    unheard = Payment.objects.filter(hold_id=hold_id, state=PaymentState.STARTED, provider_ref="")
    return unheard.update(
        state=PaymentState.CANCELLED, failure="it never reached the provider", closed_at=database_now()
    )


def _take_money(payment: Payment, hold: Hold, event: ProviderEvent, now: datetime) -> None:
    if payment.state in (PaymentState.CAPTURED, PaymentState.REFUNDED):
        return
    payment.state = PaymentState.CAPTURED
    payment.closed_at = now
    payment.save(update_fields=["state", "closed_at"])
    is_as_agreed = (event.amount_minor, event.currency, payment.quote_hash) == (
        hold.total_minor,
        hold.currency,
        hold.quote_hash,
    )
    if not is_as_agreed:
        _send_back(payment, hold, event.amount_minor, "amount differs from the quote", now)
    elif hold.state not in MAY_STILL_BE_PAID:
        # Paid twice, let go, or revoked: this money has no unit to belong to.
        _send_back(payment, hold, event.amount_minor, f"hold was {hold.get_state_display().lower()}", now)
    else:
        try:
            with transaction.atomic():
                _confirm(payment, hold, now)
        except _UnitsLost as lost:
            hold.refresh_from_db()
            holds.close(hold=hold, state=HoldState.LATE_REFUND, now=now, actor="provider", reason=lost.reason)
            delivery_method(hold.delivery_method).release(hold=hold)
            _send_back(payment, hold, event.amount_minor, lost.reason, now)


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


def _send_back(payment: Payment, hold: Hold, amount_minor: int, reason: str, now: datetime) -> None:
    refunds.owe_refund(payment=payment, amount_minor=amount_minor, reason=reason[:40], at=now)


def _note_failure(payment: Payment, hold: Hold, event: ProviderEvent, now: datetime) -> None:
    if payment.state != PaymentState.STARTED:
        return
    payment.state = PaymentState.FAILED if event.outcome == Outcome.FAILED else PaymentState.CANCELLED
    payment.failure = event.reason[:80]
    payment.closed_at = now
    payment.save(update_fields=["state", "failure", "closed_at"])
    if hold.state == HoldState.PAYING:
        holds.stop_paying(hold=hold, now=now, reason=f"payment {event.outcome}")
        method = delivery_method(hold.delivery_method)
        if hold.state == HoldState.HELD:
            method.reserve(hold=hold, option=hold.delivery_option)
        else:
            method.release(hold=hold)
    announce(payment_failed, payment_id=payment.pk, reason=event.reason)


def _is_news(provider: str, event: ProviderEvent) -> bool:
    try:
        with transaction.atomic():
            InboundEvent.objects.create(provider=provider, event_id=event.event_id, received_at=database_now())
    except IntegrityError:
        return False
    return True


def _as_it_stands(payment: Payment) -> Settled:
    payment.refresh_from_db()
    hold = Hold.objects.select_related("drop_sku__drop__creator").get(pk=payment.hold_id)
    order = Order.objects.filter(hold=hold).first()
    return Settled(payment=payment, hold=hold, order=order)
