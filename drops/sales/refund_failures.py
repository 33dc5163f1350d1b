"""
Refunds that a provider took on and that came back days later: the money is here again, and the shopper was not paid.

The refund's row stays, and so does its part of what may go back: it is sent again under another key, or paid past the
provider, and never becomes a second one. Everything is done under the lock of its payment.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from drops.clock import database_now
from drops.errors import Invalid, NotFound, Refused
from drops.events import announce, payment_refunded, refund_failed
from drops.sales import attempts
from drops.sales.models import Payment, PaymentState, Refund, RefundState
from drops.sales.postings import post_refund_by_hand, post_refund_failed, post_refund_sent

logger = logging.getLogger(__name__)

# A bank may return a refund for weeks. If that message is lost, the provider is asked once a day.
FIRST_LOOK = LOOK_AGAIN = timedelta(days=1)
LOOKED_AT_FOR = timedelta(days=35)
UNSENT = (RefundState.OPEN, RefundState.FAILED)
_FAILURE, _BY_HAND = 80, 80  # what the columns take


class RefundNotFound(NotFound):
    code = "refund_not_found"


class RefundNotFailed(Refused):
    """It was sent, or somebody else has seen to it already."""

    code = "refund_not_failed"


class WayMissing(Invalid):
    """Whoever pays past the provider says how; it is kept for good."""

    code = "way_missing"


def note_failure(*, payment: Payment, sending_key: str, reason: str, at: datetime) -> None:
    """
    Write down, in the transaction that locked the payment, that a sending of a refund came back. A repeat changes nothing.

    It may be heard before the answer to that sending was written down: then both are booked now.
    """
    key = sending_key.partition("~")[0]
    refund = Refund.objects.select_related("payment").filter(payment=payment, key=key).first()
    if refund is None:
        logger.warning("Refund %s of payment %s came back, and is none of ours", sending_key, payment.ref[:8])
        return
    if refund.state == RefundState.FAILED or refund.sending_key != sending_key:
        return
    post_refund_sent(refund=refund, at=at)
    post_refund_failed(refund=refund, at=at)
    attempts.close_refund(refund=refund, reason=reason, at=at)
    Refund.objects.filter(pk=refund.pk).update(
        state=RefundState.FAILED, failed_at=at, failure=reason[:_FAILURE], sent_at=None, look_at=None
    )
    Payment.objects.filter(pk=payment.pk, state=PaymentState.REFUNDED).update(state=PaymentState.CAPTURED)
    logger.warning("Refund %s came back: %s", sending_key, reason)
    announce(refund_failed, refund_id=refund.pk)


def open_again(*, refund_id: int) -> Refund:
    """
    Let a refund that came back be sent once more, under a key of its own.

    :raises RefundNotFound: if there is none.
    :raises RefundNotFailed: if it did not come back, or somebody has seen to it.
    """
    with transaction.atomic():
        refund = _failed(refund_id)
        _move(refund, state=RefundState.OPEN)
    return refund


def pay_by_hand(*, refund_id: int, way: str, actor: str) -> Refund:
    """
    Write down that a refund which came back was paid past the provider, and how.

    :raises RefundNotFound: if there is none.
    :raises RefundNotFailed: if it did not come back, or somebody has seen to it.
    :raises WayMissing: if nobody says how.
    """
    if not way.strip():
        raise WayMissing("Please say how it was paid; that is kept.")
    with transaction.atomic():
        refund, now = _failed(refund_id), database_now()
        said = f"{way.strip()} ({actor})"
        _move(refund, state=RefundState.SENT, sent_at=now, by_hand=said[:_BY_HAND])
        post_refund_by_hand(refund=refund, at=now)
        note_all_sent(payment_id=refund.payment_id)
        announce(payment_refunded, payment_id=refund.payment_id, refund_id=refund.pk, reason=refund.reason)
    return refund


def note_all_sent(*, payment_id: int) -> None:
    """Call a payment refunded once all of what came in was sent back; money without an order always is all."""
    is_all = Q(refunded_minor__gte=F("amount_minor")) | Q(refunds__order=None, refunds__isnull=False)
    paid = Payment.objects.filter(is_all, pk=payment_id).exclude(refunds__state__in=UNSENT)
    Payment.objects.filter(pk__in=paid.values("pk")).update(state=PaymentState.REFUNDED)


def due_for_a_look(*, now: datetime) -> list[Refund]:
    """Return the refunds whose provider is to be asked whether they came back, and put each off to its next time."""
    due = Refund.objects.filter(look_at__lte=now).select_related("payment__hold").order_by("look_at", "pk")[:100]
    taken = []
    for refund in due:
        next_look = now + LOOK_AGAIN
        is_over = refund.sent_at is None or next_look > refund.sent_at + LOOKED_AT_FOR
        ours = Refund.objects.filter(pk=refund.pk, look_at=refund.look_at)
        if ours.update(look_at=None if is_over else next_look):
            taken.append(refund)
    return taken


def _failed(refund_id: int) -> Refund:
    payment_id = Refund.objects.filter(pk=refund_id).values_list("payment_id", flat=True).first()
    if payment_id is None:
        raise RefundNotFound("There is no such refund.")
    # Two people may see to it at once, each in their own way: the second finds it seen to.
    Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.state != RefundState.FAILED:
        raise RefundNotFailed("Somebody has seen to this refund already.", state=refund.state)
    return refund


def _move(refund: Refund, *, state: RefundState, sent_at: datetime | None = None, by_hand: str = "") -> None:
    refund.state, refund.sent_at, refund.by_hand = state, sent_at, by_hand
    refund.tries, refund.failed_at, refund.failure = refund.tries + 1, None, ""
    refund.save(update_fields=["state", "sent_at", "by_hand", "tries", "failed_at", "failure"])
