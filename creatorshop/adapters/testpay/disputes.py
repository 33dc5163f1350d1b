"""
A shopper complains to their bank, and the bank takes the money back until it has decided.
"""

from django.db import transaction

from creatorshop.adapters.testpay.charges import AlreadyDecided, ChargeUnknown
from creatorshop.adapters.testpay.events import report_more
from creatorshop.adapters.testpay.models import ChargeState, TestCharge
from drops.clock import database_now
from drops.sales.models import DisputeState
from drops.sales.payment import Outcome

_SAID = {
    DisputeState.OPEN: Outcome.DISPUTED,
    DisputeState.WON: Outcome.DISPUTE_WON,
    DisputeState.LOST: Outcome.DISPUTE_LOST,
}


def open_dispute(*, ref: str) -> TestCharge:
    """
    Open a dispute about a captured charge, by the charge's ref or the payment's.

    :raises ChargeUnknown: if there is none.
    :raises AlreadyDecided: if there is nothing to dispute, or it was disputed before.
    """
    return _move(ref, DisputeState.NONE, DisputeState.OPEN)


def decide_dispute(*, ref: str, is_won: bool) -> TestCharge:
    """
    Decide an open dispute: won, the shop has its money back.

    :raises ChargeUnknown: if there is none.
    :raises AlreadyDecided: if none is open.
    """
    return _move(ref, DisputeState.OPEN, DisputeState.WON if is_won else DisputeState.LOST)


def _move(ref: str, was: DisputeState, to: DisputeState) -> TestCharge:
    with transaction.atomic():
        charges = TestCharge.objects.select_for_update()
        charge = charges.filter(ref=ref).first() or charges.filter(payment_ref=ref).first()
        if charge is None:
            raise ChargeUnknown("There is no such test payment.")
        charge.write_arrival(now=database_now())
        if charge.state != ChargeState.CAPTURED or charge.dispute != was:
            raise AlreadyDecided("There is no such dispute to be had.", state=charge.state, dispute=charge.dispute)
        charge.dispute = to
        charge.save(update_fields=["dispute"])
        report_more(charge=charge, outcome=_SAID[to], amount_minor=charge.amount_minor, mark="1", at=database_now())
    return charge
