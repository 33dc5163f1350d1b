"""
Taking back what a payee has already, after a refund: from their own payouts at the provider, the newest first.

A refund takes unpaid money first. What it could not find there the payee owes (RECEIVABLE); here the provider is asked for
it. Where it says no, because the payee has spent it for instance, the debt stays and is kept back from later payouts.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, Sum

from drops.clock import database_now
from drops.errors import ShopError, Unreachable
from drops.ledger.balances import balances_by_payee
from drops.ledger.entries import balance_of
from drops.ledger.models import Account, Payee
from drops.ledger.moves import post_set_off, post_transfer_reversal
from drops.ledger.payees import lock_payees
from drops.payouts.debts import open_debt
from drops.payouts.models import Payout, PayoutState, ReversalState, TransferReversal
from drops.payouts.sending import CLAIM_LASTS
from drops.refs import new_ref
from drops.sales import attempts

logger = logging.getLogger(__name__)

# For so long a refused transfer is not asked about again: by then the payee may have earned something there.
REST_AFTER_REFUSAL = timedelta(days=1)


def take_back_debts() -> int:
    """Plan a reversal for every debt that a payout can pay, and carry out all that are open; return how many went."""
    now = database_now()
    for currency in Payout.objects.filter(state=PayoutState.SENT).values_list("currency", flat=True).distinct():
        owing = [
            payee
            for payee, owed in balances_by_payee(account=Account.RECEIVABLE, currency=currency).items()
            if owed > 0
        ]
        for payee_id in owing:
            plan_reversals(payee_id=payee_id, currency=currency, now=now)
    is_free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    due = TransferReversal.objects.filter(is_free, state=ReversalState.OPEN).order_by("pk")
    return sum(carry_out_reversal(reversal_id=pk) for pk in list(due.values_list("pk", flat=True)))


def plan_reversals(*, payee_id: int, currency: str, now: datetime) -> list[TransferReversal]:
    """Write down what is to be taken back of a payee's payouts for their debt; what is under way counts as paid."""
    with transaction.atomic():
        lock_payees(payee_ids=[payee_id])
        payee = Payee.objects.get(pk=payee_id)
        owed = open_debt(payee=payee, currency=currency)
        planned = []
        for payout, left in _takeable(payee_id, currency, now):
            if owed <= 0:
                break
            amount = min(owed, left)
            ref = new_ref()
            planned.append(
                TransferReversal.objects.create(
                    ref=ref, payout=payout, amount_minor=amount, key=f"reversal:{ref}", created_at=now
                )
            )
            owed -= amount
    return planned


def carry_out_reversal(*, reversal_id: int) -> bool:
    """
    Have the provider take one part of a transfer back, and note its answer; True if it came back now.

    False if somebody else is at it, the provider does not answer, or it says no: the row tells which.
    """
    now = database_now()
    is_free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    claimed = TransferReversal.objects.filter(is_free, pk=reversal_id, state=ReversalState.OPEN)
    if claimed.update(claimed_until=now + CLAIM_LASTS, tries=F("tries") + 1) != 1:
        return False
    reversal = TransferReversal.objects.select_related("payout__payee").get(pk=reversal_id)
    payout = reversal.payout
    try:
        reversal_ref = attempts.reverse(
            provider=payout.provider,
            transfer_ref=payout.transfer_ref,
            amount_minor=reversal.amount_minor,
            key=reversal.key,
        )
    except ShopError as refusal:
        # Silence may mean yes or no: only the same key may be asked again. A no is final, and the debt stays.
        is_final = not isinstance(refusal, Unreachable)
        logger.info("Reversal %s: %s", reversal.ref, refusal.code)
        TransferReversal.objects.filter(pk=reversal.pk, state=ReversalState.OPEN).update(
            state=ReversalState.REFUSED if is_final else ReversalState.OPEN,
            failure=refusal.message[:200],
            claimed_until=None,
            closed_at=database_now() if is_final else None,
        )
        return False
    return _note_back(reversal, reversal_ref)


def _takeable(payee_id: int, currency: str, now: datetime) -> list[tuple[Payout, int]]:
    """Return the payouts that something may be taken back of, newest first, each with how much is left of it."""
    sent = Payout.objects.filter(payee=payee_id, currency=currency, state=PayoutState.SENT).exclude(provider="")
    refused = TransferReversal.objects.filter(
        payout__payee=payee_id, state=ReversalState.REFUSED, closed_at__gt=now - REST_AFTER_REFUSAL
    )
    asked = Sum("reversals__amount_minor", filter=~Q(reversals__state=ReversalState.REFUSED), default=0)
    rows = sent.exclude(pk__in=refused.values("payout")).annotate(taken=asked).order_by("-pk")
    return [(row, row.amount_minor - row.taken) for row in rows.filter(taken__lt=F("amount_minor"))]


def _note_back(reversal: TransferReversal, reversal_ref: str) -> bool:
    now, payout, key = database_now(), reversal.payout, reversal.ref
    payee, currency = payout.payee, payout.currency
    with transaction.atomic():
        lock_payees(payee_ids=[payout.payee_id])
        open_still = TransferReversal.objects.filter(pk=reversal.pk, state=ReversalState.OPEN)
        moved = open_still.update(
            state=ReversalState.DONE, reversal_ref=reversal_ref, failure="", claimed_until=None, closed_at=now
        )
        if moved == 1:
            post_transfer_reversal(key=key, payee=payee, amount_minor=reversal.amount_minor, currency=currency, at=now)
            # Should the debt have been given up meanwhile, the money is the payee's and goes out with their next payout.
            owed = balance_of(account=Account.RECEIVABLE, currency=currency, payee=payee)
            if kept := min(reversal.amount_minor, max(0, owed)):
                post_set_off(key=key, payee=payee, amount_minor=kept, currency=currency, at=now)
    return moved == 1
