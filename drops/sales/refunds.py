"""
Money that goes back: planned, written down in one transaction, and then asked of the provider until it says yes.

What a person saw is what runs: the plan is made again under the order's lock and compared by its hash (ADR 40).
Locks are taken in the order hold, payment, parcel or pickup, order; sold tokens last, which nobody else waits for.
"""

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from drops.clock import database_now
from drops.errors import Invalid, Refused, ShopError
from drops.events import announce, order_refunded, payment_refunded
from drops.sales import attempts
from drops.sales.delivery import delivery_method
from drops.sales.gift_ends import revoke_gifts_of
from drops.sales.models import Order, OrderState, OrderUnit, Payment, PaymentState, Refund, RefundState
from drops.sales.orders import OrderNotFound, mark_fulfilled
from drops.sales.payment import RefundFailed
from drops.sales.postings import post_refund_sent, post_unowned_money
from drops.sales.refund_facts import order_money
from drops.sales.refund_failures import FIRST_LOOK, note_all_sent, note_failure, open_again
from drops.sales.refund_plans import OrderMoney, RefundPlan, left_of, plan_refund
from drops.sales.refund_postings import post_refund
from drops.sales.refund_selections import Doing, Selection
from drops.stock import holds, limits
from drops.stock.models import Hold

logger = logging.getLogger(__name__)

_REASON, _ACTOR = 40, 60  # what the columns take


class ReasonMissing(Invalid):
    """Whoever gives money back says why; it is kept for good."""

    code = "reason_missing"


class PaymentMissing(Refused):
    """No captured payment belongs to the order, so there is nothing that could go back."""

    code = "payment_missing"


class OrderNotRefundable(Refused):
    """The order was handed over, or refunded before."""

    code = "order_not_refundable"


class PlanChanged(Refused):
    """Something happened since the plan was shown: it has to be looked at again."""

    code = "plan_changed"


def preview_refund(*, order_ref: str, selection: Selection) -> RefundPlan:
    """
    Return what a refund would do now; `refund` with its hash does exactly that, or nothing.

    :raises OrderNotFound: if there is no such order.
    :raises PaymentMissing: if no money came in for it.
    :raises NothingToRefund: if all of it went back before.
    :raises NothingChosen: if the selection comes to nothing.
    :raises MoreThanIsLeft: if it is more than is left.
    """
    with transaction.atomic():
        order = _order(order_ref)
        payment_of(order.hold)
        return plan_refund(money=_money(order), selection=selection)


def refundable_lines(*, order_ref: str) -> list[dict[str, Any]]:
    """
    Return the lines of an order that a person may choose from, with the units and money left of each.

    :raises OrderNotFound: if there is no such order.
    :raises OrderNotRefundable: if all of its money went back.
    :raises PaymentMissing: if no money came in for it.
    """
    with transaction.atomic():
        order = _order(order_ref)
        payment_of(order.hold)
        return left_of(money=_money(order))


def refund(*, order_ref: str, plan_hash: str, selection: Selection, actor: str, reason: str) -> Refund:
    """
    Send money of an order back as it was planned, and take back what the plan says. The same plan again changes nothing.

    Units that nobody has yet leave the drop and their parcel or pickup; those that somebody has stay sold until they
    come back. The buyer's places are free again where it was the shop's doing.

    :raises OrderNotFound: if there is no such order.
    :raises PaymentMissing: if no money came in for it.
    :raises PlanChanged: if the plan would be another by now; nothing is changed then.
    :raises NothingToRefund: if all of it went back before.
    :raises NothingChosen: if the selection comes to nothing.
    :raises MoreThanIsLeft: if it is more than is left.
    :raises ReasonMissing: without a reason.
    """
    reason, actor = checked(reason, actor)
    with transaction.atomic(durable=True):
        hold, now = holds.lock_hold(ref=_order(order_ref).hold.ref)
        done = Refund.objects.filter(order__ref=order_ref, plan_hash=plan_hash).first()
        if done is None:
            payment = payment_of(hold)
            order, gone = lock_order(hold)
            plan = plan_refund(money=order_money(order=order, gone=gone), selection=selection)
            if plan.hash != plan_hash:
                raise PlanChanged("The order has changed since. Please look at it again.", order=order_ref)
            done = carry_out(order=order, payment=payment, plan=plan, gone=gone, actor=actor, reason=reason, at=now)
    send_refund(refund_id=done.pk)
    done.refresh_from_db()
    return done


def lock_order(hold: Hold) -> tuple[Order, frozenset[int]]:
    """Return the order of a locked hold, locked, and which of its units are gone; none goes until the transaction ends."""
    order = Order.objects.select_related("creator").get(hold=hold)
    gone = delivery_method(hold.delivery_method).units_gone(order=order)
    order = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("creator").get(pk=order.pk)
    order.hold = hold
    return order, gone


def carry_out(
    *,
    order: Order,
    payment: Payment,
    plan: RefundPlan,
    gone: Collection[int],
    actor: str,
    reason: str,
    at: datetime,
) -> Refund:
    """Write down a refund and all that comes of it, in the transaction that locked its order."""
    number = plan.data["number"]
    written = Refund.objects.create(
        payment=payment,
        order=order,
        number=number,
        key=f"refund:{payment.ref}:{number}",
        amount_minor=plan.amount_minor,
        reason=reason,
        actor=actor,
        # What a credit note says beside the amounts. Not hashed: it is not known before somebody decides.
        plan={**plan.data, "note": {"reason": reason, "at": at.isoformat(), "order": order.ref}},
        plan_hash=plan.hash,
        created_at=at,
    )
    _take_units(order, written, gone, at)
    post_refund(order=order, refund=written, at=at)
    if plan.is_last:
        Order.objects.filter(pk=order.pk).update(state=OrderState.REFUNDED)
        revoke_gifts_of(order_ids=[order.pk], now=at)
    announce(order_refunded, order_id=order.pk, refund_id=written.pk)
    return written


def payment_of(hold: Hold) -> Payment:
    """
    Return the payment that made a hold's order, locked. Others of the same hold have their own refund already.

    :raises OrderNotRefundable: if all of the order's money went back.
    :raises PaymentMissing: if there is none.
    """
    if (order := Order.objects.filter(hold=hold, state=OrderState.REFUNDED).first()) is not None:
        raise OrderNotRefundable(f"{order} is refunded.", order=order.ref)
    paid = Payment.objects.select_for_update(no_key=True).filter(hold=hold, state=PaymentState.CAPTURED)
    unowned = Refund.objects.filter(order=None).values("payment")
    payment = paid.exclude(pk__in=unowned).order_by("number").first()
    if payment is None:
        raise PaymentMissing(f"No captured payment belongs to {hold}.", hold=hold.ref)
    return payment


def checked(reason: str, actor: str) -> tuple[str, str]:
    """
    Return reason and actor as they are kept.

    :raises ReasonMissing: without a reason.
    """
    if not reason.strip():
        raise ReasonMissing("Please say why; the reason is kept.")
    return reason.strip()[:_REASON], actor[:_ACTOR]


def owe_refund(*, payment: Payment, amount_minor: int, reason: str, at: datetime) -> Refund:
    """
    Write down, in the transaction that learnt of it, that a captured payment without an order has to go back.

    Once per payment, and with what came in beyond the amount that was asked for.
    """
    if amount_minor > payment.amount_minor:
        Payment.objects.filter(pk=payment.pk).update(overpaid_minor=amount_minor - payment.amount_minor)
    owed, is_new = Refund.objects.get_or_create(
        key=f"refund:{payment.ref}",
        defaults={"payment": payment, "amount_minor": amount_minor, "reason": reason, "created_at": at},
    )
    if is_new:
        post_unowned_money(payment=payment, amount_minor=amount_minor, at=at)
    return owed


def send_refund(*, refund_id: int) -> bool:
    """Ask the provider to send a refund, and note that it went; False if it has to be tried again."""
    owed = Refund.objects.select_related("payment").get(pk=refund_id)
    if owed.state != RefundState.OPEN:
        return owed.state == RefundState.SENT
    try:
        attempts.refund(refund=owed)
    except RefundFailed as failure:
        with transaction.atomic():
            payment = Payment.objects.select_for_update(no_key=True).get(pk=owed.payment_id)
            note_failure(payment=payment, sending_key=owed.sending_key, reason=failure.message, at=database_now())
        return False
    except ShopError as refusal:
        logger.info("Refund %s waits: %s", owed.key, refusal.code)
        return False
    with transaction.atomic():
        now = database_now()
        # Two refunds of one payment that are sent at once: the second sees that the first is.
        Payment.objects.select_for_update(no_key=True).get(pk=owed.payment_id)
        # That it came back may have been heard before this answer was; a later sending is not this one.
        ours = Refund.objects.filter(pk=owed.pk, state=RefundState.OPEN, tries=owed.tries)
        moved = ours.update(state=RefundState.SENT, sent_at=now, look_at=now + FIRST_LOOK)
        if moved == 1:
            note_all_sent(payment_id=owed.payment_id)
            post_refund_sent(refund=owed, at=now)
            announce(payment_refunded, payment_id=owed.payment_id, refund_id=owed.pk, reason=owed.reason)
    return True


def send_again(*, refund_id: int) -> Refund:
    """
    Send a refund that came back once more, under another key.

    :raises RefundNotFound: if there is none.
    :raises RefundNotFailed: if it did not come back, or somebody has seen to it.
    """
    owed = open_again(refund_id=refund_id)
    send_refund(refund_id=owed.pk)
    owed.refresh_from_db()
    return owed


def send_open_refunds() -> int:
    """Try every refund that is still to be sent, oldest first; return how many went."""
    due = Refund.objects.filter(state=RefundState.OPEN).order_by("created_at", "pk").values_list("pk", flat=True)
    return sum(send_refund(refund_id=refund_id) for refund_id in list(due[:500]))


def _take_units(order: Order, written: Refund, gone: Collection[int], at: datetime) -> None:
    """Mark the units whose money goes back, and call off those that nobody has yet."""
    plan, hold = written.plan, order.hold
    open_units = OrderUnit.objects.filter(line__order=order, refund=None).order_by("pk")
    units = list(open_units.values_list("pk", "token_id"))
    here = [(pk, token) for pk, token in units if pk not in gone]
    back, kept = here[: plan["units_back"]], [pk for pk, _ in units if pk in gone]
    beside = kept[: plan["units_asked"] - len(back)]
    OrderUnit.objects.filter(pk__in=[*(pk for pk, _ in back), *beside]).update(refund=written)
    method = delivery_method(hold.delivery_method)
    if back:
        holds.retire_units(
            hold=hold, token_ids=[token for _, token in back], now=at, actor=written.actor, reason=written.reason
        )
        if len(back) == len(here):
            method.release(hold=hold)
        else:
            method.take_out(order=order, unit_ids=[pk for pk, _ in back])
        if len(back) == len(here) and len(kept) > len(beside):
            mark_fulfilled(order_id=order.pk)  # Of what was not refunded, somebody has everything.
    if plan["selection"]["doing"] == Doing.SHOP and plan["units_asked"]:
        limits.give_some_places_back(hold=hold, units=len(back) + len(beside))


def _order(order_ref: str) -> Order:
    order = Order.objects.select_related("hold", "creator").filter(ref=order_ref).first()
    if order is None:
        raise OrderNotFound("There is no such order.")
    return order


def _money(order: Order) -> OrderMoney:
    return order_money(order=order, gone=delivery_method(order.delivery_method).units_gone(order=order))
