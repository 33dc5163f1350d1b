"""
What a payee owes, and giving it up: the platform bears it then, never another payee.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from drops.errors import Refused
from drops.ledger.entries import balance_of
from drops.ledger.models import Account, Payee
from drops.ledger.moves import post_write_off
from drops.ledger.payees import lock_payees
from drops.money import format_minor
from drops.payouts.models import ReversalState, TransferReversal, WriteOff
from drops.sales.refunds import ReasonMissing


class DebtIsAnother(Refused):
    """What is to be given up is not what is owed by now."""

    code = "debt_is_another"


def coming_back(*, payee_id: int, currency: str) -> int:
    """Return what the provider was asked, or will be, to take back from a payee and has not answered yet, in minor units."""
    under_way = TransferReversal.objects.filter(
        payout__payee=payee_id, payout__currency=currency, state=ReversalState.OPEN
    )
    return int(under_way.aggregate(total=Sum("amount_minor", default=0))["total"])


def open_debt(*, payee: Payee, currency: str) -> int:
    """Return what a payee owes and nobody is taking back at this moment, in minor units."""
    owed = balance_of(account=Account.RECEIVABLE, currency=currency, payee=payee)
    return open_part(owed_minor=owed, payee=payee, currency=currency)


def open_part(*, owed_minor: int, payee: Payee, currency: str) -> int:
    """Return what nobody is taking back at this moment of a debt that was read already, in minor units."""
    return max(0, owed_minor - coming_back(payee_id=payee.pk, currency=currency))


def give_up_debt(
    *, payee: Payee, currency: str, amount_minor: int, reason: str, actor: str, key: str, now: datetime
) -> WriteOff:
    """
    Give up the whole open debt of a payee for good; the same key gives the same write-off again.

    :param amount_minor: the debt as whoever gives it up has seen it, so that nobody gives up what they have not seen.
    :raises ReasonMissing: without a reason.
    :raises DebtIsAnother: if the open debt is another by now, or none.
    """
    if not reason.strip():
        raise ReasonMissing("Please say why; the reason is kept.")
    with transaction.atomic():
        lock_payees(payee_ids=[payee.pk])
        known = WriteOff.objects.filter(key=key).first()
        if known is not None:
            return known
        owed = open_debt(payee=payee, currency=currency)
        if owed == 0:
            raise DebtIsAnother(f"{payee.name} owes nothing that could be given up.")
        if amount_minor != owed:
            raise DebtIsAnother(
                f"{payee.name} owes {format_minor(owed, currency)} by now. Nothing was given up; look again, then decide."
            )
        row = WriteOff.objects.create(
            payee=payee,
            currency=currency,
            amount_minor=owed,
            reason=reason.strip()[:200],
            key=key,
            created_by=actor[:60],
            created_at=now,
        )
        post_write_off(key=row.ref, payee=payee, amount_minor=owed, currency=currency, at=now)
    return row
