"""
The money of a return: a refund of what came back, by the same plan that is shown before it runs (ADR 40).

It may go back before the goods are there, as it has to within 14 days of a withdrawal once they were sent (Directive
2011/83/EU, art. 13). What is known to be missing is left out.
"""

from __future__ import annotations

from django.db import transaction

from drops.errors import Refused
from drops.returns.models import Return, ReturnReason, ReturnState
from drops.returns.steps import ReturnNotFound, StepNotNow, lock_return, step, write_event
from drops.sales.models import Order, Refund
from drops.sales.refund_facts import order_money
from drops.sales.refund_plans import NothingChosen, RefundPlan, left_of, plan_refund
from drops.sales.refund_selections import WHOLE, Doing, Kind, Selection
from drops.sales.refunds import PlanChanged, carry_out, checked, lock_order, payment_of, send_refund
from drops.stock import holds

_PAYABLE = [ReturnState.APPROVED, ReturnState.IN_TRANSIT, ReturnState.RECEIVED, ReturnState.INSPECTED]
# Everything but a change of mind is the shop's to answer for, so that the buyer's places come back.
_BUYERS_DOING = (ReturnReason.CHANGED_MIND, ReturnReason.OTHER)


def is_payable(returned: Return) -> bool:
    """Tell whether the money of a return may go back: it was agreed to, is not over, and did not go yet."""
    return returned.refund_id is None and returned.state in _PAYABLE


class AlreadyRefunded(Refused):
    code = "return_already_refunded"


def preview_return_refund(*, ref: str) -> RefundPlan:
    """
    Return what the refund of a return would do now.

    :raises ReturnNotFound: if there is none.
    :raises StepNotNow: if it was not approved, or is over.
    :raises AlreadyRefunded: if its money went back.
    :raises NothingChosen: if none of it came back.
    :raises MoreThanIsLeft: if the money of these units went back by another refund.
    """
    with transaction.atomic():
        returned = Return.objects.filter(ref=ref).first()
        if returned is None:
            raise ReturnNotFound("There is no such return.")
        _refuse_unless_payable(returned)
        order = Order.objects.select_related("hold").get(pk=returned.order_id)
        payment_of(order.hold)
        return _plan(returned, *lock_order(order.hold))


def refund_return(*, ref: str, plan_hash: str, actor: str, reason: str) -> Refund:
    """
    Send the money of a return back as it was planned; the same form again changes nothing.

    It closes the return if that was looked at, or if nothing of it had left; otherwise the goods are still to come.

    :raises ReturnNotFound: if there is none.
    :raises StepNotNow: if it was not approved, or is over.
    :raises AlreadyRefunded: if its money went back by another plan.
    :raises PlanChanged: if the plan would be another by now; nothing is changed then.
    :raises NothingChosen: if none of it came back.
    :raises MoreThanIsLeft: if the money of these units went back by another refund.
    :raises ReasonMissing: without a reason.
    """
    reason, actor = checked(reason, actor)
    with transaction.atomic(durable=True):
        returned = lock_return(ref=ref)
        done = returned.refund
        if done is None or done.plan_hash != plan_hash:
            _refuse_unless_payable(returned)
            hold, now = holds.lock_hold(ref=Order.objects.values_list("hold__ref", flat=True).get(pk=returned.order_id))
            payment = payment_of(hold)
            order, gone = lock_order(hold)
            plan = _plan(returned, order, gone)
            if plan.hash != plan_hash:
                raise PlanChanged("The order has changed since. Please look at it again.", order=order.ref)
            done = carry_out(order=order, payment=payment, plan=plan, gone=gone, actor=actor, reason=reason, at=now)
            returned.refund = done
            if returned.state == ReturnState.INSPECTED or _was_at_home(order, plan):
                step(returned=returned, to=ReturnState.CLOSED, actor=actor, at=now)
            else:
                returned.save(update_fields=["refund"])
                write_event(returned=returned, before=returned.state, actor=actor, words="refunded", at=now)
    send_refund(refund_id=done.pk)
    done.refresh_from_db()
    return done


def _refuse_unless_payable(returned: Return) -> None:
    if returned.refund_id is not None:
        raise AlreadyRefunded("The money of this return went back already.")
    if returned.state not in _PAYABLE:
        raise StepNotNow(f"{returned} is at “{returned.get_state_display()}”.", state=returned.state)


def _plan(returned: Return, order: Order, gone: frozenset[int]) -> RefundPlan:
    money = order_money(order=order, gone=gone)
    wanted = {line.row: line.quantity - (line.missing or 0) for line in returned.lines.all()}
    if not any(wanted.values()):
        raise NothingChosen("None of it came back, so nothing goes back. Close the return and say why.")
    doing = Doing.BUYER if returned.reason in _BUYERS_DOING else Doing.SHOP
    goods = {line["row"]: line["quantity_left"] for line in left_of(money=money) if line["kind"] == "goods"}
    # With the last of the goods everything goes back, the postage too (art. 13(1)).
    if any(goods.values()) and all(wanted.get(row, 0) == left for row, left in goods.items()):
        return plan_refund(money=money, selection=Selection(WHOLE.kind, doing=doing))
    quantities = tuple(sorted((row, units) for row, units in wanted.items() if units))
    return plan_refund(money=money, selection=Selection(Kind.LINES, quantities=quantities, doing=doing))


def _was_at_home(order: Order, plan: RefundPlan) -> bool:
    """Tell whether nothing of what went back had left, so that nothing is to come."""
    asked, back = plan.data["units_asked"], plan.data["units_back"]
    return asked == back and (asked > 0 or order.fulfilled_at is None)
