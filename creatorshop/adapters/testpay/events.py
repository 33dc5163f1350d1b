"""
What the provider says of a charge: when it is asked, and by itself.
"""

from datetime import datetime

from creatorshop.adapters.testpay.faults import fate_of
from creatorshop.adapters.testpay.models import ChargeState, TestCharge, TestEvent, TestRefund
from drops.sales.payment import Outcome, ProviderEvent

_OUTCOMES = {
    ChargeState.PENDING: Outcome.PENDING,
    ChargeState.CHALLENGED: Outcome.ACTION_NEEDED,
    ChargeState.APPROVED: Outcome.PENDING,
    ChargeState.AUTHORISED: Outcome.AUTHORISED,
    ChargeState.CAPTURED: Outcome.CAPTURED,
    ChargeState.DECLINED: Outcome.FAILED,
    ChargeState.CANCELLED: Outcome.CANCELLED,
    ChargeState.REFUNDED: Outcome.REFUNDED,
}


def event_of(*, charge: TestCharge, now: datetime) -> ProviderEvent:
    """Return how a charge stands; the same fact always under the same event id."""
    outcome = _OUTCOMES[charge.state_at(now)]
    return ProviderEvent(
        event_id=f"{charge.ref}:{outcome}",
        provider_ref=charge.ref,
        outcome=outcome,
        amount_minor=charge.amount_minor,
        currency=charge.currency,
        reason=charge.reason,
        fee_minor=charge.fee_at(now),
    )


def report(*, charge: TestCharge, at: datetime) -> None:
    """Write down, in the transaction that changed a charge, that the shop is to be told how it stands at an instant."""
    event = event_of(charge=charge, now=at)
    _write(charge, event.event_id, event.outcome, event.amount_minor, at)


def report_more(*, charge: TestCharge, outcome: Outcome, amount_minor: int, mark: str, at: datetime) -> None:
    """Write down that the shop is to be told of something else about a charge: a refund, a dispute."""
    _write(charge, f"{charge.ref}:{outcome}:{mark}", outcome, amount_minor, at)


def report_fee(*, charge: TestCharge, at: datetime) -> None:
    """Write down that the shop is to be told, at an instant, what was kept of a charge."""
    _write(charge, f"{charge.ref}:{Outcome.CAPTURED}:fee", Outcome.CAPTURED, charge.amount_minor, at)


def report_failed_refund(*, refund: TestRefund, at: datetime) -> None:
    """Write down that the shop is to be told, at an instant, that a refund came back."""
    event = event_of_refund(refund=refund, now=at)
    _write(refund.charge, event.event_id, event.outcome, event.amount_minor, at, refund=refund)


def event_of_refund(*, refund: TestRefund, now: datetime) -> ProviderEvent:
    """Return how a refund stands."""
    is_back = refund.fails_at is not None and refund.fails_at <= now
    outcome = Outcome.REFUND_FAILED if is_back else Outcome.REFUNDED
    return ProviderEvent(
        event_id=f"{refund.charge.ref}:{outcome}:{refund.pk}",
        provider_ref=refund.charge.ref,
        outcome=outcome,
        amount_minor=refund.amount_minor,
        currency=refund.charge.currency,
        reason=refund.failure if is_back else "",
        refund=refund.key,
    )


def _write(
    charge: TestCharge,
    event_id: str,
    outcome: Outcome,
    amount_minor: int,
    at: datetime,
    *,
    refund: TestRefund | None = None,
) -> None:
    fate = fate_of(event_id)
    TestEvent.objects.get_or_create(
        event_id=event_id,
        defaults={
            "charge": charge,
            "outcome": outcome,
            "amount_minor": amount_minor,
            "reason": refund.failure if refund else charge.reason,
            "refund_key": refund.key if refund else "",
            "fee_minor": charge.fee_at(at) if outcome == Outcome.CAPTURED else None,
            "created_at": at,
            "due_at": at + fate.delay if fate.copies else None,
            "copies": fate.copies,
        },
    )


def as_told(event: TestEvent) -> ProviderEvent:
    """Return an event as the shop is told it."""
    return ProviderEvent(
        event_id=event.event_id,
        provider_ref=event.charge.ref,
        outcome=Outcome(event.outcome),
        amount_minor=event.amount_minor,
        currency=event.charge.currency,
        reason=event.reason,
        fee_minor=event.fee_minor,
        refund=event.refund_key,
    )
