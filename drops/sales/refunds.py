"""
Money that has to go back: asked of the provider until it says yes, one refund at a time, never inside a transaction.
"""

import logging
from datetime import datetime

from django.db import transaction

from drops.clock import database_now
from drops.errors import ShopError
from drops.events import announce, payment_refunded
from drops.sales import attempts
from drops.sales.models import Order, Payment, PaymentState, Refund, RefundState
from drops.sales.postings import post_order_reversal, post_refund_sent, post_unowned_money

logger = logging.getLogger(__name__)


def owe_refund(*, payment: Payment, amount_minor: int, reason: str, at: datetime) -> Refund:
    """Write down, in the transaction that learnt of it, that a captured payment has to go back. Once per payment."""
    refund, is_new = Refund.objects.get_or_create(
        key=f"refund:{payment.ref}",
        defaults={"payment": payment, "amount_minor": amount_minor, "reason": reason, "created_at": at},
    )
    if is_new:
        post_unowned_money(payment=payment, amount_minor=amount_minor, at=at)
    return refund


def owe_order_refund(*, order: Order, payment: Payment, reason: str, at: datetime) -> Refund:
    """
    Write down that a paid order's money has to go back, all of it. A step of the transaction that refunds the order.

    The key is the payment's, as for money without an order: whatever the reason, a payment goes back once.
    """
    refund, is_new = Refund.objects.get_or_create(
        key=f"refund:{payment.ref}",
        defaults={"payment": payment, "amount_minor": order.total_minor, "reason": reason, "created_at": at},
    )
    if is_new:
        post_order_reversal(order=order, at=at)
    return refund


def send_refund(*, refund_id: int) -> bool:
    """Ask the provider to send a refund, and note that it went; False if it has to be tried again."""
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.state == RefundState.SENT:
        return True
    try:
        attempts.refund(refund=refund)
    except ShopError as refusal:
        logger.info("Refund %s waits: %s", refund.key, refusal.code)
        return False
    with transaction.atomic():
        now = database_now()
        moved = Refund.objects.filter(pk=refund.pk, state=RefundState.OPEN).update(state=RefundState.SENT, sent_at=now)
        if moved == 1:
            Payment.objects.filter(pk=refund.payment_id).update(state=PaymentState.REFUNDED)
            post_refund_sent(refund=refund, at=now)
            announce(payment_refunded, payment_id=refund.payment_id, reason=refund.reason)
    return True


def send_open_refunds() -> int:
    """Try every refund that is still to be sent, oldest first; return how many went."""
    due = Refund.objects.filter(state=RefundState.OPEN).order_by("created_at", "pk").values_list("pk", flat=True)
    return sum(send_refund(refund_id=refund_id) for refund_id in list(due[:500]))
