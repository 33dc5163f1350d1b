"""
The provider's own books. It behaves like a real one: what it decided stays decided, and asking twice does nothing twice.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from creatorshop.adapters.testpay.models import ChargeState, TestCharge, TestRefund
from drops.clock import database_now
from drops.errors import NotFound, Refused
from drops.sales.models import Payment
from drops.sales.payment import Outcome, ProviderEvent

# A late approval arrives this long after the hold has ended and its units are free for others.
LATE_BY = timedelta(seconds=8)
DECLINED_WITH = "Your bank said no."
_REASON = 80  # what the column takes

_OUTCOMES = {
    ChargeState.PENDING: Outcome.PENDING,
    ChargeState.APPROVED: Outcome.PENDING,
    ChargeState.CAPTURED: Outcome.CAPTURED,
    ChargeState.DECLINED: Outcome.FAILED,
    ChargeState.CANCELLED: Outcome.CANCELLED,
    ChargeState.REFUNDED: Outcome.REFUNDED,
}


class ChargeUnknown(NotFound):
    code = "charge_unknown"


class AlreadyDecided(Refused):
    """The charge was approved, declined or cancelled before."""

    code = "charge_decided"


class OverRefund(Refused):
    """More would go back than came in."""

    code = "over_refund"


def begin_charge(*, payment: Payment, return_url: str) -> TestCharge:
    """Return the charge of a payment, made at the first call; a later one may only say another way back."""
    charge, _ = TestCharge.objects.get_or_create(
        payment_ref=payment.ref,
        defaults={
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
            "return_url": return_url,
            "created_at": database_now(),
        },
    )
    if charge.return_url != return_url:
        charge.return_url = return_url
        charge.save(update_fields=["return_url"])
    return charge


def charge_of(*, payment_ref: str) -> TestCharge:
    """
    Return the charge of a payment.

    :raises ChargeUnknown: if there is none.
    """
    charge = TestCharge.objects.filter(payment_ref=payment_ref).first()
    if charge is None:
        raise ChargeUnknown("There is no such test payment.")
    return charge


def approve(*, charge: TestCharge) -> None:
    """
    Let the money arrive at once.

    :raises AlreadyDecided: if something else was decided before.
    """
    now = database_now()
    _decide(charge, ChargeState.CAPTURED, now=now, webhook_due_at=now)


def approve_late(*, charge: TestCharge) -> datetime:
    """
    Let the money arrive a few seconds after the hold has ended, and return when; until then the bank is "still busy".

    :raises AlreadyDecided: if something else was decided before.
    """
    now = database_now()
    hold = Payment.objects.select_related("hold").get(ref=charge.payment_ref).hold
    arrives_at = max(hold.expires_at, now) + LATE_BY
    _decide(charge, ChargeState.APPROVED, now=now, webhook_due_at=arrives_at, arrives_at=arrives_at)
    return arrives_at


def decline(*, charge: TestCharge, reason: str = DECLINED_WITH) -> None:
    """
    Say no, as a bank does, or for the reason that the shop gave when it was asked about the card.

    :raises AlreadyDecided: if something else was decided before.
    """
    now = database_now()
    _decide(charge, ChargeState.DECLINED, now=now, webhook_due_at=now, reason=reason[:_REASON])


def cancel(*, charge: TestCharge) -> TestCharge:
    """Stop a charge nobody has decided yet, for the shop that asked; return how it stands afterwards."""
    TestCharge.objects.filter(pk=charge.pk, state=ChargeState.PENDING).update(
        state=ChargeState.CANCELLED, decided_at=database_now(), reason="Cancelled by the shop."
    )
    charge.refresh_from_db()
    return charge


def send_back(*, payment_ref: str, key: str, amount_minor: int) -> TestRefund:
    """
    Send money back, once for each key.

    :raises ChargeUnknown: if there is no such charge.
    :raises AlreadyDecided: if no money came in that could go back.
    :raises OverRefund: if it is more than what is left of the charge.
    """
    with transaction.atomic():
        charge = TestCharge.objects.select_for_update().filter(payment_ref=payment_ref).first()
        if charge is None:
            raise ChargeUnknown("There is no such test payment.")
        known = TestRefund.objects.filter(key=key).first()
        if known is not None:
            return known
        now = database_now()
        if charge.state_at(now) not in (ChargeState.CAPTURED, ChargeState.REFUNDED):
            raise AlreadyDecided("Nothing was captured that could be sent back.", state=charge.state)
        gone = charge.refunds.aggregate(total=Sum("amount_minor"))["total"] or 0
        if gone + amount_minor > charge.amount_minor:
            raise OverRefund("That is more than what came in.", left=charge.amount_minor - gone, asked=amount_minor)
        refund = TestRefund.objects.create(charge=charge, key=key, amount_minor=amount_minor, created_at=now)
        is_all = gone + amount_minor == charge.amount_minor
        charge.state = ChargeState.REFUNDED if is_all else ChargeState.CAPTURED
        charge.save(update_fields=["state"])
    return refund


def event_of(*, charge: TestCharge, now: datetime) -> ProviderEvent:
    """Return what the provider says of a charge; the same fact always under the same event id."""
    outcome = _OUTCOMES[charge.state_at(now)]
    return ProviderEvent(
        event_id=f"{charge.ref}:{outcome}",
        provider_ref=charge.ref,
        outcome=outcome,
        amount_minor=charge.amount_minor,
        currency=charge.currency,
        reason=charge.reason,
    )


def _decide(
    charge: TestCharge,
    state: ChargeState,
    *,
    now: datetime,
    webhook_due_at: datetime,
    arrives_at: datetime | None = None,
    reason: str = "",
) -> None:
    decided = TestCharge.objects.filter(pk=charge.pk, state=ChargeState.PENDING).update(
        state=state, decided_at=now, webhook_due_at=webhook_due_at, arrives_at=arrives_at, reason=reason
    )
    charge.refresh_from_db()
    if decided != 1:
        raise AlreadyDecided("This payment was decided before.", state=charge.state)
