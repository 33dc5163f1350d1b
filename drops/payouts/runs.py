"""
A payout run: whoever has enough released money gets a row, and the money is kept aside for it in the same transaction.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from drops.errors import Refused
from drops.ledger.balances import balances_by_payee
from drops.ledger.models import Account, Payee, PayeeKind
from drops.ledger.moves import post_set_aside, post_set_off
from drops.ledger.payees import lock_payees
from drops.payouts.accounts import payout_account
from drops.payouts.debts import coming_back
from drops.payouts.models import UNPAID, Payout, PayoutRun, RunState
from drops.refs import new_ref

logger = logging.getLogger(__name__)


class NobodyToPay(Refused):
    """Nobody has as much released money as the minimum."""

    code = "nobody_to_pay"


def start_run(*, currency: str, created_by: str, now: datetime, key: str = "") -> PayoutRun:
    """
    Write down who is to be paid how much in a currency, and keep that money aside. The same key gives the same run again.

    What a payee owes us is kept back first, from their own money only. The platform is not in a run: what is left at the
    provider is its own, and there its losses are taken from too.

    :raises NobodyToPay: if nobody has enough; debts that could be set off are, all the same.
    """
    with transaction.atomic():
        _one_at_a_time(currency)
        known = PayoutRun.objects.filter(key=key).first() if key else None
        if known is not None:
            return known
        run = PayoutRun(
            key=key or new_ref(),
            currency=currency,
            minimum_minor=settings.PAYOUT_MINIMUM_MINOR,
            created_by=created_by[:60],
            created_at=now,
        )
        payouts = _planned(run, now)
        if payouts:
            run.save(force_insert=True)
            for payout in payouts:
                payout.save(force_insert=True)
                post_set_aside(
                    key=payout.ref,
                    payee=payout.payee,
                    amount_minor=payout.amount_minor,
                    currency=currency,
                    at=now,
                )
    if not payouts:
        raise NobodyToPay(f"Nobody has enough released money in {currency} to be paid out.", currency=currency)
    logger.info("Payout run %s: %s payouts", run.ref, len(payouts))
    return run


def close_if_complete(*, run_id: int, now: datetime) -> None:
    """Note that nothing of a run is left to be paid; a step of the transaction that finished with the last payout."""
    # Whoever finishes last finds nothing left: two at once wait for each other here.
    PayoutRun.objects.select_for_update(no_key=True).get(pk=run_id)
    if not Payout.objects.filter(run=run_id, state__in=UNPAID).exists():
        PayoutRun.objects.filter(pk=run_id, state=RunState.OPEN).update(state=RunState.DONE, closed_at=now)


def _planned(run: PayoutRun, now: datetime) -> list[Payout]:
    """Return the payouts of a run that is not saved, and set off debts. Under the lock the balances cannot shrink."""
    having = balances_by_payee(account=Account.PAYABLE, currency=run.currency)
    lock_payees(payee_ids=having)
    payable = balances_by_payee(account=Account.PAYABLE, currency=run.currency)
    owed = balances_by_payee(account=Account.RECEIVABLE, currency=run.currency)
    payees = Payee.objects.exclude(kind=PayeeKind.PLATFORM).filter(pk__in=having).order_by("pk")
    payouts = []
    for payee in payees:
        has = max(0, -payable.get(payee.pk, 0))
        # What a provider was asked to take back is on its way: it would be paid twice.
        debt = owed.get(payee.pk, 0)
        debt -= coming_back(payee_id=payee.pk, currency=run.currency) if debt > 0 else 0
        kept = min(has, max(0, debt))
        if kept:
            post_set_off(key=f"{run.ref}:{payee.pk}", payee=payee, amount_minor=kept, currency=run.currency, at=now)
        if has - kept >= max(1, run.minimum_minor):
            payouts.append(_payout(run, payee, has - kept, kept, now))
    return payouts


def _payout(run: PayoutRun, payee: Payee, amount_minor: int, kept_minor: int, now: datetime) -> Payout:
    place = payout_account(payee=payee)
    ref = new_ref()
    return Payout(
        ref=ref,
        run=run,
        payee=payee,
        currency=run.currency,
        amount_minor=amount_minor,
        set_off_minor=kept_minor,
        provider=place.provider if place else "",
        account=place.account if place else "",
        key=f"payout:{ref}:0",
        created_at=now,
    )


def _one_at_a_time(currency: str) -> None:
    # Two runs at once would read the same balances; the second one waits, and finds what the first one left.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"drops.payout_run:{currency}"])
