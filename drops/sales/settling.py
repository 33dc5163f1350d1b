"""
The one function that every word of a provider ends in: webhook, return address and poll (stock.md R6).

Its transaction confirms the hold and writes down what is owed to the provider because of it; that is carried out after
the commit, here or by the periodic task, and its answer is taken in the same way.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db import IntegrityError, transaction

from drops.clock import database_now
from drops.errors import NotFound, ShopError, Unreachable
from drops.risk.models import Trait
from drops.sales import attempts, refund_failures, refunds, taking
from drops.sales.assessing import note_traits
from drops.sales.models import (
    AttemptKind,
    InboundEvent,
    Order,
    Payment,
    PaymentAttempt,
    PaymentState,
    RefundState,
)
from drops.sales.payment import Outcome, ProviderEvent
from drops.sales.taking import DISPUTES, MAY_STILL_BE_PAID
from drops.stock import holds
from drops.stock.models import LIVE_STATES, Hold

__all__ = ["MAY_STILL_BE_PAID", "PaymentNotFound", "Settled", "refresh_payment", "settle"]

logger = logging.getLogger(__name__)

UNDECIDED = (Outcome.PENDING, Outcome.ACTION_NEEDED)
ENDED = (Outcome.FAILED, Outcome.CANCELLED)
MONEY = (Outcome.AUTHORISED, Outcome.CAPTURED)
STEPS = 4  # capture, refused, void, and one more
LOOK_AGAIN = timedelta(seconds=60)  # how often a declined payment is asked about that another card may still pay


class _Word(Enum):
    """How a word of a provider came here: it says how old it may be, and whether another may follow it."""

    TOLD = "told"  # by webhook: it may have been overtaken
    ASKED = "asked"  # true this moment
    STOPPED = "stopped"  # true this moment, and the last: the payment was to be stopped


class PaymentNotFound(NotFound):
    code = "payment_not_found"


@dataclass(frozen=True)
class Settled:
    """How a payment and its hold stand after what was said."""

    payment: Payment
    hold: Hold
    order: Order | None


def settle(*, provider: str, event: ProviderEvent) -> Settled:
    """
    Take in what a provider says of a payment: confirm the hold, rescue it, let the money go, or note the failure.

    A repeat changes nothing. Money that came late still wins if nobody else has its units, or if others are free. Words
    may come in any order; one that contradicts what is known is not believed, and the provider is asked.

    :raises PaymentNotFound: if we never started such a payment.
    :raises Unreachable: if the provider had to be asked and does not answer; nothing changes then.
    """
    payment = _payment_named(provider, event)
    if event.outcome in UNDECIDED:
        return _as_it_stands(payment)
    if not _take_in(payment, event, _Word.TOLD):
        return _take_in_answer(payment, attempts.fetch(payment=payment), _Word.ASKED)
    return _finish(payment)


def settle_answer(*, payment: Payment, event: ProviderEvent) -> Settled:
    """Take in what a provider answered just now, when it was told to stop a payment: if that failed, it is over."""
    return _take_in_answer(payment, event, _Word.STOPPED)


def refresh_payment(*, payment_ref: str) -> Settled:
    """
    Ask the provider how a payment stands that may still be paid, and take that in.

    :raises PaymentNotFound: if there is none.
    :raises Unreachable: if the provider does not answer; nothing changes then.
    """
    payment = Payment.objects.filter(ref=payment_ref).select_related("hold").first()
    if payment is None:
        raise PaymentNotFound("There is no such payment.")
    if not _may_bring_news(payment):
        return _as_it_stands(payment)
    return _take_in_answer(payment, attempts.fetch(payment=payment), _Word.ASKED)


def carry_out_owed() -> int:
    """Make every capture and void that is owed and due, oldest first; return how many were taken in."""
    done = 0
    for attempt in attempts.due(now=database_now()):
        payment = attempt.payment
        assert payment is not None, "captures and voids are of a payment"
        try:
            if _carry_out(attempt):
                done += 1
                _finish(payment)  # a capture that failed leaves something to be stopped
        except ShopError as refusal:
            # Such as units that differ: somebody has to look, and the others go on.
            logger.warning("Unable to carry out %s: %s", attempt.key, refusal.code)
    return done


def look_at_sent_refunds() -> int:
    """Ask about refunds that went, for the message that one came back may be lost; return how many did."""
    found = 0
    for refund in refund_failures.due_for_a_look(now=database_now()):
        try:
            event = attempts.fetch_refund(refund=refund)
        except ShopError as refusal:
            logger.info("Nothing was heard of refund %s: %s", refund.sending_key, refusal.code)
            continue
        if event.outcome == Outcome.REFUND_FAILED:
            _take_in(refund.payment, event, _Word.ASKED)
            found += 1
    return found


def look_for_fees() -> int:
    """Ask for the fees that providers had not told when the money came in; return how many are known now."""
    now, found = database_now(), 0
    awaited = Payment.objects.filter(fee_look_at__lte=now).select_related("hold").order_by("fee_look_at", "pk")
    for payment in list(awaited[:100]):
        ours = Payment.objects.filter(pk=payment.pk, fee_look_at=payment.fee_look_at)
        if not ours.update(fee_look_at=now + taking.FEE_LOOK_AGAIN):
            continue
        try:
            event = attempts.fetch(payment=payment)
        except ShopError as refusal:
            logger.info("The fee of payment %s is not known yet: %s", payment.ref[:8], refusal.code)
            continue
        if event.outcome in (Outcome.CAPTURED, Outcome.REFUNDED) and event.fee_minor is not None:
            _take_in(payment, event, _Word.ASKED)
            found += 1
    return found


def drop_payments_never_begun(*, hold_id: int) -> int:
    """
    Cancel a hold's payments that no provider ever answered about: whoever began them died before asking.

    Should one turn out to be alive after all, its money is taken in as usual, and goes back if the hold is over.
    """
    unheard = Payment.objects.filter(hold_id=hold_id, state=PaymentState.STARTED, provider_ref="")
    return unheard.update(
        state=PaymentState.CANCELLED, failure="it never reached the provider", closed_at=database_now()
    )


def _payment_named(provider: str, event: ProviderEvent) -> Payment:
    payment = Payment.objects.filter(provider=provider, provider_ref=event.provider_ref).select_related("hold").first()
    if payment is None:
        raise PaymentNotFound("There is no such payment.", provider_ref=event.provider_ref)
    return payment


def _take_in_answer(payment: Payment, event: ProviderEvent, word: _Word) -> Settled:
    if event.outcome not in UNDECIDED:
        _take_in(payment, event, word)
    return _finish(payment)


def _take_in(payment: Payment, event: ProviderEvent, word: _Word) -> bool:
    """Take a word in, under the hold's lock; False if it contradicts what is known and the provider has to be asked."""
    with transaction.atomic(durable=True):
        hold, now = holds.lock_hold(ref=payment.hold.ref)
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        if word == _Word.TOLD and _may_be_stale(payment, event):
            return False
        # An answer is never old news: what it is about was asked this moment, and each step looks at the state first.
        if _is_news(payment.provider, event) or word != _Word.TOLD:
            _act(payment, hold, event, now, word)
    if event.card:
        note_traits(shopper=hold.shopper, seen={Trait.CARD: event.card}, at=now)
    return True


def _act(payment: Payment, hold: Hold, event: ProviderEvent, now: datetime, word: _Word) -> None:
    if event.outcome == Outcome.AUTHORISED:
        taking.take_authorisation(payment, hold, event, now)
    elif event.outcome == Outcome.CAPTURED:
        taking.take_money(payment, hold, event, now)
    elif event.outcome in ENDED:
        is_last = event.outcome == Outcome.CANCELLED or word == _Word.STOPPED
        taking.note_end(payment, hold, event, now, is_last=is_last)
        if not is_last:
            _owe_stop_of_declined(payment, hold, now)
    elif event.outcome in DISPUTES:
        taking.note_dispute(payment, hold, event, now)
    elif event.outcome == Outcome.REFUNDED:
        taking.note_fee(payment, event, now)  # the money went back before the fee of its capture was told
    elif event.outcome == Outcome.REFUND_FAILED:
        refund_failures.note_failure(payment=payment, sending_key=event.refund, reason=event.reason, at=now)


def _owe_stop_of_declined(payment: Payment, hold: Hold, now: datetime) -> None:
    """
    Owe a void of a declined payment, for a decline is not the end at every provider: another card may be tried on it.

    While its hold may still be paid it is looked at instead, again and again, since the word of that card may be lost.
    """
    if payment.state == PaymentState.FAILED and not attempts.is_to_be_stopped(payment=payment):
        at = now + LOOK_AGAIN if hold.state in MAY_STILL_BE_PAID else now
        attempts.owe(kind=AttemptKind.VOID, payment=payment, subject="declined, and open at the provider", at=at)


def _may_be_stale(payment: Payment, event: ProviderEvent) -> bool:
    """
    Say whether a message may have been overtaken by another one.

    An authorisation that comes after the payment's end would make an order of money that is not there; an end that comes
    after the authorisation would undo an order whose money is.
    """
    if event.outcome == Outcome.AUTHORISED:
        return payment.state in (PaymentState.FAILED, PaymentState.CANCELLED)
    return event.outcome in ENDED and payment.state == PaymentState.AUTHORISED


def _finish(payment: Payment) -> Settled:
    """Carry out what is owed by now: captures, voids, refunds. Whatever fails is tried again by the periodic tasks."""
    for _ in range(STEPS):
        owed = attempts.due(now=database_now(), payment=payment)
        if sum(_carry_out(attempt) for attempt in owed) == 0:
            break
    for refund_id in payment.refunds.filter(state=RefundState.OPEN).values_list("pk", flat=True):
        refunds.send_refund(refund_id=refund_id)
    return _as_it_stands(payment)


def _carry_out(attempt: PaymentAttempt) -> bool:
    payment = attempt.payment
    assert payment is not None, "captures and voids are of a payment"
    try:
        if _may_be_paid_yet(payment):
            event = attempts.look(attempt=attempt)
            if event.outcome in MONEY:
                _take_in(payment, event, _Word.ASKED)
                return True
            if payment.hold.state_at(database_now()) in LIVE_STATES:
                attempts.rest(attempt=attempt, until=database_now() + LOOK_AGAIN)
                return False
            attempts.rest(attempt=attempt, until=database_now())
        event = attempts.carry_out(attempt=attempt)
    except (Unreachable, attempts.NotDue):
        return False
    except ShopError as refusal:
        if attempt.kind != AttemptKind.CAPTURE:
            return False
        _give_up_capture(payment, reason=refusal.message)
        return True
    if event.outcome in (*UNDECIDED, Outcome.AUTHORISED):
        return False  # still reserved: neither taken nor let go
    _take_in(payment, event, _Word.STOPPED if attempt.kind == AttemptKind.VOID else _Word.ASKED)
    return True


def _may_bring_news(payment: Payment) -> bool:
    if payment.state == PaymentState.FAILED:
        return attempts.is_to_be_stopped(payment=payment)  # another card may have paid
    return payment.state == PaymentState.STARTED


def _may_be_paid_yet(payment: Payment) -> bool:
    """Say whether money for a declined payment would still be welcome: then it is looked at before it is stopped."""
    return payment.state == PaymentState.FAILED and payment.hold.state in MAY_STILL_BE_PAID


def _give_up_capture(payment: Payment, *, reason: str) -> None:
    """The bank said no to an order it had promised to pay: undo it, and let go of what may still be reserved."""
    with transaction.atomic(durable=True):
        hold, now = holds.lock_hold(ref=payment.hold.ref)
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        if payment.state != PaymentState.AUTHORISED:
            return
        taking.end_payment(payment, hold, state=PaymentState.FAILED, reason=reason, now=now)
        attempts.owe(kind=AttemptKind.VOID, payment=payment, subject="it could not be captured", at=now)


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
