"""
The creator's brakes: ending holds that live, and sending back what was paid (stock.md R6.7).

A revoked hold's money always goes back, whenever it comes: the hold is closed under its lock, and `settle`, which takes
the same lock, refunds what it finds closed. So the provider need not answer for the brake to hold.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from drops.errors import Refused, ShopError
from drops.sales import attempts
from drops.sales.delivery import delivery_method
from drops.sales.models import Order, OrderState, Payment, PaymentState, Refund
from drops.sales.orders import OrderNotFound
from drops.sales.payment import ProviderEvent
from drops.sales.refund_facts import order_money
from drops.sales.refund_plans import plan_refund
from drops.sales.refund_selections import WHOLE
from drops.sales.refunds import OrderNotRefundable, carry_out, checked, lock_order, payment_of, send_refund
from drops.sales.settling import settle_answer
from drops.stock import holds
from drops.stock.models import LIVE_STATES, Hold, HoldState

logger = logging.getLogger(__name__)

AT_ONCE = 500


class PartlyHandedOver(Refused):
    """Somebody has a part of the order already, so the whole of its money does not go back by itself."""

    code = "order_partly_handed_over"


@dataclass(frozen=True)
class Braked:
    """How far one pull of a brake came; pull again while something is left."""

    done: int
    refused: int
    left: int


def revoke_hold(*, hold_ref: str, actor: str, reason: str) -> Hold:
    """
    End a hold that may still be paid: its units, places and slot are free again at once.

    Its payment is cancelled at the provider first. If that went through meanwhile, or comes later, the money goes back.
    A hold that has ended otherwise, by being paid for instance, is returned as it is.

    :raises HoldNotFound: if there is no such hold.
    :raises ReasonMissing: without a reason.
    """
    reason, actor = checked(reason, actor)
    said = _cancel_payments(hold_ref)
    with transaction.atomic(durable=True):
        hold, now = holds.lock_hold(ref=hold_ref)
        # Also one whose time is over, whether or not somebody wrote that down: a late payment could still win its units.
        was_revoked = hold.state in (*LIVE_STATES, HoldState.EXPIRED)
        if was_revoked:
            holds.close(hold=hold, state=HoldState.REVOKED, now=now, actor=actor, reason=reason)
            delivery_method(hold.delivery_method).release(hold=hold)
    if was_revoked:
        # One that began between the question and the lock.
        said += _cancel_payments(hold_ref)
    for payment, event in said:
        settle_answer(payment=payment, event=event)
    hold.refresh_from_db()
    return hold


def release_all_holds(*, drop_id: int, actor: str, reason: str) -> Braked:
    """
    Revoke the holds of a drop that live or for which money is on its way, oldest first, at most 500 a call.

    It does not keep new ones from beginning: pause the drop first.

    :raises ReasonMissing: without a reason.
    """
    reason, actor = checked(reason, actor)
    payable = _payable_holds(drop_id=drop_id)
    refs = list(payable.values_list("ref", flat=True)[:AT_ONCE])
    return _each(refs, lambda ref: revoke_hold(hold_ref=ref, actor=actor, reason=reason), payable.count)


def refund_order(*, order_ref: str, actor: str, reason: str) -> Refund:
    """
    Send the whole of a paid order back, and call its delivery off.

    What went back of it before is left out. Its units leave the drop and are not sold again by themselves; the buyer's
    places are free again, since it was not their doing.

    :raises OrderNotFound: if there is no such order.
    :raises OrderNotRefundable: if it was handed over or refunded before.
    :raises PartlyHandedOver: if a part of it was; what one part is worth is for a person to say.
    :raises PaymentMissing: if no money came in for it.
    :raises UnitsDiffer: if its units are not as many as were paid for.
    :raises ReasonMissing: without a reason.
    """
    reason, actor = checked(reason, actor)
    hold_ref = Order.objects.filter(ref=order_ref).values_list("hold__ref", flat=True).first()
    if hold_ref is None:
        raise OrderNotFound("There is no such order.")
    with transaction.atomic(durable=True):
        hold, now = holds.lock_hold(ref=hold_ref)
        payment = payment_of(hold)
        order, gone = lock_order(hold)
        _refuse_a_part(order, len(gone), hold)
        if order.state != OrderState.PAID:
            raise OrderNotRefundable(f"{order} is {order.get_state_display().lower()}.", order=order_ref)
        plan = plan_refund(money=order_money(order=order, gone=gone), selection=WHOLE)
        refund = carry_out(order=order, payment=payment, plan=plan, gone=gone, actor=actor, reason=reason, at=now)
    send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    return refund


def refund_all_orders(*, drop_id: int, actor: str, reason: str) -> Braked:
    """
    Refund the paid orders of a drop in full, oldest first, at most 500 a call. What was handed over or sent is left.

    :raises ReasonMissing: without a reason.
    """
    reason, actor = checked(reason, actor)
    paid = Order.objects.filter(drop=drop_id, state=OrderState.PAID).order_by("pk")
    refs = list(paid.values_list("ref", flat=True)[:AT_ONCE])
    return _each(refs, lambda ref: refund_order(order_ref=ref, actor=actor, reason=reason), paid.count)


def stop_payments_of_revoked_holds() -> int:
    """Cancel payments that could not be cancelled when their hold was revoked; return how many were open."""
    open_payments = Payment.objects.filter(state=PaymentState.STARTED, hold__state=HoldState.REVOKED)
    refs = list(open_payments.order_by("pk").values_list("hold__ref", flat=True)[:AT_ONCE])
    for ref in refs:
        for payment, event in _cancel_payments(ref):
            settle_answer(payment=payment, event=event)
    return len(refs)


def _payable_holds(*, drop_id: int) -> QuerySet[Hold]:
    on_its_way = Payment.objects.filter(hold=OuterRef("pk"), state=PaymentState.STARTED)
    lapsed = Q(Exists(on_its_way), state=HoldState.EXPIRED)
    return Hold.objects.filter(Q(state__in=LIVE_STATES) | lapsed, drop_sku__drop=drop_id).order_by("pk")


def _cancel_payments(hold_ref: str) -> list[tuple[Payment, ProviderEvent]]:
    """Ask the providers to stop a hold's payments, and return what they said; it is settled after the hold is closed."""
    said = []
    started = Payment.objects.filter(hold__ref=hold_ref, state=PaymentState.STARTED).exclude(provider_ref="")
    for payment in started.order_by("number"):
        try:
            said.append((payment, attempts.void(payment=payment)))
        except ShopError as refusal:
            # The sweep tries again. Should it be paid first, the money goes back.
            logger.info("Payment %s could not be cancelled: %s", payment.ref, refusal.code)
    return said


def _refuse_a_part(order: Order, handed_over: int, hold: Hold) -> None:
    if 0 < handed_over < hold.quantity:
        raise PartlyHandedOver(
            f"{handed_over} of the {hold.quantity} units of {order} went over the counter already, so not all of its money"
            " goes back by itself.",
            order=order.ref,
            handed_over=handed_over,
            units=hold.quantity,
        )


def _each(refs: list[str], do: Callable[[str], object], left: Callable[[], int]) -> Braked:
    refused = 0
    for ref in refs:
        try:
            do(ref)
        except ShopError as refusal:
            # Handed over or paid this very moment, or in need of a person: the others go on.
            logger.warning("Unable to brake %s: %s", ref, refusal.code)
            refused += 1
    return Braked(done=len(refs) - refused, refused=refused, left=left())
