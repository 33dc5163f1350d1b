"""
How a drop stands when a fault is over: every sum through all floors, every chain of hashes, and no money without an owner.
"""

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from django.db.models import F

from creatorshop.adapters.testpay.models import ChargeState, TestCharge
from creatorshop.insights.proof import audit_problems, ledger_problems, whole_proof_of
from drops.sales.models import Order, Payment, PaymentState, Refund
from drops.schedule.models import Drop
from drops.stock.models import Hold, Token

PATIENCE_S = 60.0


def problems_of(drop_id: int) -> list[str]:
    """Return a sentence for everything that does not add up, and for every captured payment that belongs to nobody."""
    drop = Drop.objects.get(pk=drop_id)
    lines = whole_proof_of(drop=drop)
    return [
        *(str(problem) for line in lines for problem in line.problems),
        *ledger_problems(),
        *audit_problems(drop=drop),
        *_lost_money(drop),
    ]


def counts_of(drop_id: int) -> list[tuple[int, int, int]]:
    """Return free, held and sold of every SKU."""
    lines = whole_proof_of(drop=Drop.objects.get(pk=drop_id))
    return [(line.stock.free, line.stock.held, line.stock.sold) for line in lines]


def let_lapse(hold_ref: str) -> None:
    """Put the end of a hold into the past, as if its eleven minutes had gone by."""
    ago = timedelta(minutes=11)
    Hold.objects.filter(ref=hold_ref).update(expires_at=F("expires_at") - ago, created_at=F("created_at") - ago)
    Token.objects.filter(hold__ref=hold_ref).update(free_at=F("free_at") - ago)


def wait_until(is_so: Callable[[], bool], what: Callable[[], str]) -> None:
    """Look again and again until something is so; after a minute say what was seen instead."""
    patience = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < patience, what()
        time.sleep(0.2)


def _lost_money(drop: Drop) -> list[str]:
    """The bank's own books against ours: what it captured makes one order or goes back, and never both."""
    problems = []
    payments = Payment.objects.filter(hold__drop_sku__drop=drop, provider="test")
    arrived = [ChargeState.CAPTURED, ChargeState.REFUNDED]
    captured = set(TestCharge.objects.filter(state__in=arrived).values_list("payment_ref", flat=True))
    refunded = set(Refund.objects.filter(payment__in=payments).values_list("payment_id", flat=True))
    kept: Counter[int] = Counter()
    for payment in payments:
        is_taken_in = payment.state in (PaymentState.CAPTURED, PaymentState.REFUNDED)
        if (payment.ref in captured) != is_taken_in:
            problems.append(f"{payment} is {payment.state}, and the bank's books differ")
        kept[payment.hold_id] += is_taken_in and payment.pk not in refunded
    for hold_id, orders in Counter(Order.objects.filter(drop=drop).values_list("hold_id", flat=True)).items():
        kept[hold_id] -= orders
    return problems + [f"hold {hold_id}: {units} payments more than orders" for hold_id, units in kept.items() if units]
