"""
Releasing what was earned, order by order: from accrued to payable, once the verdict says so.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, IntegerField, Q, QuerySet, Sum, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from drops.ledger.models import Account, Entry, Payee
from drops.ledger.moves import post_release
from drops.payouts.verdicts import ReleaseFacts, ReleaseVerdict, release_verdict
from drops.sales.delivery import delivery_method
from drops.sales.models import DisputeState, Order, OrderState, PaymentState, RefundState
from drops.sales.return_terms import return_days_of

_PAID = (PaymentState.CAPTURED, PaymentState.REFUNDED)


def with_release_facts(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Return orders with all that their verdict is made from, in a handful of queries for all of them."""
    return orders.select_related("creator", "hold").prefetch_related("hold__payments__refunds", "returns")


def facts_of(*, order: Order) -> ReleaseFacts:
    """Return what the verdict on an order is made from."""
    payments = list(order.hold.payments.all())
    refunds = [refund for payment in payments for refund in payment.refunds.all()]
    is_refunded = order.state == OrderState.REFUNDED
    sent = [refund.sent_at for refund in refunds if refund.sent_at is not None]
    latest = order.terms.get("delivery", {}).get("latest_date")
    return ReleaseFacts(
        fulfilled_at=order.fulfilled_at,
        latest_date=date.fromisoformat(latest) if latest else None,
        return_days=return_days_of(order.terms),
        buffer_days=settings.PAYOUT_BUFFER_DAYS,
        zone=ZoneInfo(order.creator.time_zone),
        refunded_at=max(sent, default=order.paid_at) if is_refunded else None,
        is_captured=is_refunded or order.total_minor == 0 or any(payment.state in _PAID for payment in payments),
        has_open_refund=any(refund.state != RefundState.SENT for refund in refunds),
        has_open_return=any(returned.is_open for returned in order.returns.all()),
        has_open_dispute=any(payment.dispute == DisputeState.OPEN for payment in payments),
        conflicts=tuple(delivery_method(order.delivery_method).conflicts(order=order)),
    )


def verdict_on(*, order: Order, now: datetime) -> ReleaseVerdict:
    """Return whether what was earned on an order may be released, from when on, and what it waits for."""
    return release_verdict(facts=facts_of(order=order), now=now)


def release_order(*, order_id: int, now: datetime) -> bool:
    """
    Release what everybody earned on an order, if it is due; True if it was this call that did.

    Somebody else's lock on the order is somebody else's work on it: it is left for the next time.
    """
    with transaction.atomic():
        # The lock that refunds and returns take too: none takes money that another one counted.
        locked = Order.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=order_id, released_at=None)
        if locked.first() is None:
            return False
        order = with_release_facts(Order.objects.filter(pk=order_id)).get()
        if not verdict_on(order=order, now=now).is_release:
            return False
        for payee, earned, postage in accrued_on(order_ref=order.ref):
            # Who is left with a cost, as the platform may be, has nothing to be released.
            if earned + postage > 0:
                post_release(
                    key=f"{order.ref}:{payee.pk}",
                    payee=payee,
                    amount_minor=earned,
                    postage_minor=postage,
                    currency=order.currency,
                    order_ref=order.ref,
                    at=now,
                )
        Order.objects.filter(pk=order.pk).update(released_at=now)
    return True


def release_due_orders(*, now: datetime) -> int:
    """Release every order that is due, each in a transaction of its own; return how many were."""
    return sum(release_order(order_id=order_id, now=now) for order_id in list(_worth_a_look(now)))


def accrued_on(*, order_ref: str) -> list[tuple[Payee, int, int]]:
    """Return what is accrued for each payee of an order and not released: earned, and postage, in minor units."""
    sums = (
        Entry.objects.filter(transaction__order_ref=order_ref, account__in=[Account.ACCRUED, Account.POSTAGE])
        .values("payee")
        .annotate(
            earned=-Sum("amount_minor", filter=Q(account=Account.ACCRUED), default=0),
            postage=-Sum("amount_minor", filter=Q(account=Account.POSTAGE), default=0),
        )
        .order_by("payee")
    )
    rows = list(sums)
    payees = Payee.objects.in_bulk([row["payee"] for row in rows])
    return [(payees[row["payee"]], row["earned"], row["postage"]) for row in rows]


def _worth_a_look(now: datetime) -> QuerySet[Order, int]:
    """Return the keys of orders whose days may be over. Only the verdict knows: it counts to the end of local days."""
    days = Coalesce(Cast(KeyTextTransform("return_days", "terms"), IntegerField()), 0)
    window = ExpressionWrapper(days * Value(timedelta(days=1), DurationField()), output_field=DurationField())
    buffer = timedelta(days=settings.PAYOUT_BUFFER_DAYS)
    orders: QuerySet[Order] = Order.objects.filter(released_at=None).annotate(return_window=window)
    is_over = Q(fulfilled_at__lte=now - buffer - F("return_window"))
    return orders.filter(is_over | Q(state=OrderState.REFUNDED)).order_by("pk").values_list("pk", flat=True)
