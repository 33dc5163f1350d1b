"""
What was left behind: payments nobody reported on, and holds that ended while being paid.
"""

import logging
from datetime import timedelta

from django.db import transaction

from drops.clock import database_now
from drops.errors import ShopError
from drops.sales import attempts
from drops.sales.models import Payment, PaymentState
from drops.sales.settling import drop_payments_never_begun, refresh_payment, settle_answer
from drops.stock import holds
from drops.stock.models import Hold, HoldState

logger = logging.getLogger(__name__)

ASK_AFTER = timedelta(seconds=60)


def poll_open_payments() -> int:
    """Ask the providers about payments that have been silent for a minute; return how many are settled now."""
    silent = Payment.objects.filter(state=PaymentState.STARTED, created_at__lte=database_now() - ASK_AFTER).exclude(
        provider_ref=""
    )
    settled = 0
    for ref in list(silent.order_by("created_at", "pk").values_list("ref", flat=True)[:500]):
        try:
            settled += refresh_payment(payment_ref=ref).payment.state != PaymentState.STARTED
        except ShopError as refusal:
            logger.info("Payment %s could not be asked about: %s", ref, refusal.code)
    return settled


def end_overdue_payments() -> int:
    """
    Stop payments whose hold's time is over: cancelled at the provider first, and its word decides.

    If the provider does not answer, the hold stays in paying until its hard deadline and then expires; money that
    comes later is rescued or sent back by `settle` (stock.md R7).
    """
    now = database_now()
    overdue = Hold.objects.filter(state=HoldState.PAYING, expires_at__lte=now - holds.MARGIN).order_by(
        "expires_at", "pk"
    )
    ended = 0
    for hold in list(overdue[:500]):
        drop_payments_never_begun(hold_id=hold.pk)
        for payment in hold.payments.filter(state=PaymentState.STARTED).order_by("number"):
            try:
                # Asked before it is stopped: one that was authorised in time, and not told, is still to win.
                if refresh_payment(payment_ref=payment.ref).payment.state == PaymentState.STARTED:
                    settle_answer(payment=payment, event=attempts.void(payment=payment))
            except ShopError as refusal:
                logger.info("Payment %s could not be cancelled: %s", payment.ref, refusal.code)
        ended += _expire_if_still_paying(hold.ref)
    return ended


def _expire_if_still_paying(ref: str) -> int:
    with transaction.atomic():
        hold, now = holds.lock_hold(ref=ref)
        has_open_payment = hold.payments.filter(state=PaymentState.STARTED).exists()
        if hold.state != HoldState.PAYING or now < hold.expires_at + holds.MARGIN:
            return 0
        if has_open_payment and now < hold.hard_deadline:
            return 0
        holds.close(hold=hold, state=HoldState.EXPIRED, now=now, actor="clock", reason="time ran out")
    return 1
