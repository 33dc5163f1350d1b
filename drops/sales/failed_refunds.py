"""
Refunds that a provider took on and could not carry out: the card is closed, or its bank sends the money back days later.

The money is with the provider again and owed to the shopper as before; nobody's part in the order changes. It never goes
again by itself, since the same card would say no again: a person sends it once more, under another key, or pays by another
way and says which.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from drops.clock import database_now
from drops.errors import Invalid, NotFound, Refused
from drops.events import announce, refund_failed
from drops.sales.models import Payment, PaymentState, Refund, RefundState
from drops.sales.postings import post_refund_by_hand, post_refund_failed
from drops.sales.refunds import note_all_sent, send_refund

_TEXT = 80  # what the columns take


class RefundUnknown(NotFound):
    code = "refund_not_found"


class RefundNotFailed(Refused):
    """It is on its way, or was paid by now."""

    code = "refund_not_failed"


class WayMissing(Invalid):
    """Whoever paid by another way says which; it is kept."""

    code = "way_missing"


def note_failed_refund(*, payment: Payment, key: str, reason: str, at: datetime) -> None:
    """
    Take in, in the transaction that locked the payment, that a refund failed; what is said of an older try changes nothing.

    It may be told before the answer to the refund itself was written down. Then nothing has left the books yet.
    """
    owed = next((one for one in payment.refunds.exclude(state=RefundState.FAILED) if one.provider_key == key), None)
    if owed is None or owed.by_hand:
        return
    was_sent = owed.state == RefundState.SENT
    owed.state, owed.sent_at, owed.failures = RefundState.FAILED, None, owed.failures + 1
    owed.failure = reason[:_TEXT] or "no reason was given"
    owed.save(update_fields=["state", "sent_at", "failures", "failure"])
    if was_sent:
        post_refund_failed(refund=owed, at=at)
    if payment.state == PaymentState.REFUNDED:
        payment.state = PaymentState.CAPTURED
        payment.save(update_fields=["state"])
    announce(refund_failed, payment_id=payment.pk, refund_id=owed.pk)


def send_again(*, refund_id: int) -> Refund:
    """
    Ask the provider once more to send a refund that failed, under a new key.

    :raises RefundUnknown: if there is none.
    :raises RefundNotFailed: if it did not fail, or somebody was faster.
    """
    with transaction.atomic(durable=True):
        owed = _failed(refund_id)
        owed.state = RefundState.OPEN
        owed.save(update_fields=["state"])
    send_refund(refund_id=owed.pk)
    owed.refresh_from_db()
    return owed


def pay_by_hand(*, refund_id: int, how: str) -> Refund:
    """
    Note that a refund that failed was paid by another way, such as a transfer from the platform's own bank.

    :raises RefundUnknown: if there is none.
    :raises WayMissing: without a word about how.
    :raises RefundNotFailed: if it did not fail, or somebody was faster.
    """
    if not how.strip():
        raise WayMissing("Please say how it was paid, like the bank's reference; it is kept.")
    with transaction.atomic(durable=True):
        owed, now = _failed(refund_id), database_now()
        owed.state, owed.sent_at, owed.by_hand = RefundState.SENT, now, how.strip()[:_TEXT]
        owed.save(update_fields=["state", "sent_at", "by_hand"])
        note_all_sent(payment_id=owed.payment_id)
        post_refund_by_hand(refund=owed, at=now)
    return owed


def _failed(refund_id: int) -> Refund:
    """Return a refund that failed, locked after its payment as everywhere."""
    payment_id = Refund.objects.filter(pk=refund_id).values_list("payment", flat=True).first()
    if payment_id is None:
        raise RefundUnknown("There is no such refund.")
    Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
    owed = Refund.objects.select_related("payment").select_for_update(of=("self",), no_key=True).get(pk=refund_id)
    if owed.state != RefundState.FAILED:
        raise RefundNotFailed(f"This refund is {owed.get_state_display().lower()} by now. Nothing was changed.")
    return owed
