"""
What the shop does with a charge: take the money, let it go, send it back. Each once for its key, and no more than there is.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce

from creatorshop.adapters.testpay import cards
from creatorshop.adapters.testpay.charges import AlreadyDecided, ChargeUnknown, KeyTaken
from creatorshop.adapters.testpay.events import (
    event_of,
    event_of_refund,
    report,
    report_failed_refund,
    report_fee,
    report_more,
)
from creatorshop.adapters.testpay.fees import fee_on
from creatorshop.adapters.testpay.models import TAKEN, ChargeState, TestCharge, TestRefund
from drops.clock import database_now
from drops.errors import Refused
from drops.sales.payment import Outcome, ProviderEvent

PROMISE_BROKEN = "Your bank took its promise back."
EXPIRED = "The authorisation has expired."
ACCOUNT_CLOSED = "The account was closed."
FEE_TOLD_AFTER = timedelta(seconds=20)
RETURNED_AFTER = timedelta(seconds=20)  # real banks take days


class AlreadyCaptured(Refused):
    """The charge was captured under another key."""

    code = "charge_captured"


class OverRefund(Refused):
    """More would go back than came in."""

    code = "over_refund"


def capture(*, payment_ref: str, key: str) -> ProviderEvent:
    """
    Take what is reserved, and return how the charge stands. What is not reserved any more stays as it is.

    :raises ChargeUnknown: if there is no such charge.
    :raises AlreadyCaptured: if it was taken under another key.
    """
    with transaction.atomic():
        charge, now = _locked(payment_ref), database_now()
        if charge.capture_key and charge.capture_key != key:
            raise AlreadyCaptured("This payment was captured before.")
        if charge.state_at(now) == ChargeState.AUTHORISED:
            if cards.card_of(charge.card).breaks_its_promise:
                _move(charge, ChargeState.DECLINED, now, reason=PROMISE_BROKEN)
            else:
                charge.capture_key, charge.fee_minor = key, fee_on(charge.amount_minor)
                is_late = cards.card_of(charge.card).is_fee_late
                charge.fee_told_at = now + FEE_TOLD_AFTER if is_late else None
                _move(charge, ChargeState.CAPTURED, now)
                if charge.fee_told_at is not None:
                    report_fee(charge=charge, at=charge.fee_told_at)
        return event_of(charge=charge, now=now)


def void(*, payment_ref: str) -> ProviderEvent:
    """
    Let go of what is not taken, and return how the charge stands. One that was approved late is with the bank until then.

    :raises ChargeUnknown: if there is no such charge.
    """
    with transaction.atomic():
        charge, now = _locked(payment_ref), database_now()
        if charge.state_at(now) in (ChargeState.PENDING, ChargeState.CHALLENGED, ChargeState.AUTHORISED):
            _move(charge, ChargeState.CANCELLED, now, reason="Cancelled by the shop.")
        return event_of(charge=charge, now=now)


def expire(*, charge: TestCharge) -> None:
    """
    Let an authorisation run out, as a bank does after a week.

    :raises AlreadyDecided: if nothing is reserved.
    """
    with transaction.atomic():
        charge, now = _locked(charge.payment_ref), database_now()
        if charge.state_at(now) != ChargeState.AUTHORISED:
            raise AlreadyDecided("Nothing is reserved that could expire.", state=charge.state)
        _move(charge, ChargeState.CANCELLED, now, reason=EXPIRED)


def send_back(*, payment_ref: str, key: str, amount_minor: int) -> TestRefund:
    """
    Send money back, once for each key.

    :raises ChargeUnknown: if there is no such charge.
    :raises KeyTaken: if the key was used for something else.
    :raises AlreadyDecided: if no money came in that could go back.
    :raises OverRefund: if it is more than what is left of the charge.
    """
    with transaction.atomic():
        charge, now = _locked(payment_ref), database_now()
        known = TestRefund.objects.filter(key=key).first()
        if known is not None:
            if (known.charge_id, known.amount_minor) != (charge.pk, amount_minor):
                raise KeyTaken("This key was used for another refund.", key=key)
            return known
        if charge.state not in TAKEN:
            raise AlreadyDecided("Nothing was captured that could be sent back.", state=charge.state)
        standing = charge.refunds.filter(TestRefund.standing(now))
        gone = standing.aggregate(total=Coalesce(Sum("amount_minor"), 0))["total"]
        if gone + amount_minor > charge.amount_minor:
            raise OverRefund("That is more than what came in.", left=charge.amount_minor - gone, asked=amount_minor)
        comes_back = cards.card_of(charge.card).returns_a_refund and not charge.refunds.exists()
        refund = TestRefund.objects.create(charge=charge, key=key, amount_minor=amount_minor, created_at=now)
        if gone + amount_minor == charge.amount_minor:
            TestCharge.objects.filter(pk=charge.pk).update(state=ChargeState.REFUNDED)
        report_more(charge=charge, outcome=Outcome.REFUNDED, amount_minor=amount_minor, mark=str(refund.pk), at=now)
        if comes_back:
            _let_come_back(refund, now + RETURNED_AFTER)
    return refund


def return_refund(*, ref: str) -> TestCharge:
    """
    Let the bank send the last refund of a charge back, as it does days later to an account that was closed.

    :raises ChargeUnknown: if there is no such charge.
    :raises AlreadyDecided: if nothing was sent back, or that came back before.
    """
    with transaction.atomic():
        charge, now = _locked(ref), database_now()
        refund = charge.refunds.filter(TestRefund.standing(now)).order_by("-pk").first()
        if refund is None:
            raise AlreadyDecided("Nothing was sent back that could come back.", state=charge.state)
        _let_come_back(refund, now)
    return charge


def stand_of(*, key: str) -> ProviderEvent | None:
    """Return how the refund of a key stands; None, if nothing was ever sent under it."""
    refund = TestRefund.objects.select_related("charge").filter(key=key).first()
    return event_of_refund(refund=refund, now=database_now()) if refund else None


def _let_come_back(refund: TestRefund, at: datetime) -> None:
    refund.fails_at, refund.failure = at, ACCOUNT_CLOSED
    refund.save(update_fields=["fails_at", "failure"])
    TestCharge.objects.filter(pk=refund.charge_id, state=ChargeState.REFUNDED).update(state=ChargeState.CAPTURED)
    report_failed_refund(refund=refund, at=at)


def _locked(payment_ref: str) -> TestCharge:
    charge = TestCharge.objects.select_for_update().filter(payment_ref=payment_ref).first()
    if charge is None:
        raise ChargeUnknown("There is no such test payment.")
    charge.write_arrival(now=database_now())
    return charge


def _move(charge: TestCharge, state: ChargeState, now: datetime, *, reason: str = "") -> None:
    charge.state, charge.reason, charge.decided_at = state, reason, now
    charge.save(update_fields=["state", "reason", "decided_at", "capture_key", "fee_minor", "fee_told_at"])
    report(charge=charge, at=now)
