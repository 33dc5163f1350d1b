"""
From a payout's row to the payee's money: by the provider, outside of any transaction, or by somebody's own hand.

Whoever dies between two steps leaves a row that says how far they came. The provider is asked again under the same key,
which moves nothing twice; only after it has refused is there a new key.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from drops.clock import database_now
from drops.errors import Invalid, NotFound, Refused, ShopError, Unreachable
from drops.ledger.moves import post_given_back, post_paid_by_hand, post_payout_sent
from drops.payouts.accounts import payout_account
from drops.payouts.models import UNPAID, Payout, PayoutState
from drops.payouts.runs import close_if_complete
from drops.sales import attempts
from drops.sales.payment import TransferOrder

logger = logging.getLogger(__name__)

# Longer than any answer takes. Whoever has not come back by then is dead, and another worker asks again.
CLAIM_LASTS = timedelta(minutes=5)


class PayoutNotFound(NotFound):
    code = "payout_not_found"


class PayoutInOtherState(Refused):
    """It is paid, given back, or with the provider this moment."""

    code = "payout_in_other_state"


class BankRefMissing(Invalid):
    code = "bank_ref_missing"


def carry_out_run(*, run_id: int) -> int:
    """Send what is left of a run to the payees' accounts; return how many went. Payouts by hand are left."""
    return _send_all(Payout.objects.filter(run=run_id).to_send(now=database_now()).order_by("pk"))


def send_open_payouts() -> int:
    """Go on with every payout that is still to be sent, whoever began it; return how many went."""
    return _send_all(Payout.objects.to_send(now=database_now()).order_by("pk"))


def send_payout(*, payout_id: int) -> bool:
    """
    Have the provider send one payout, and note its answer; True if it went now.

    False if somebody else is at it, the provider does not answer, or it says no: the row tells which.
    """
    now = database_now()
    claimed = Payout.objects.filter(pk=payout_id).to_send(now=now)
    if claimed.update(claimed_until=now + CLAIM_LASTS, tries=F("tries") + 1) != 1:
        return False
    payout = Payout.objects.select_related("run", "payee").get(pk=payout_id)
    order = TransferOrder(
        key=payout.key,
        account=payout.account,
        amount_minor=payout.amount_minor,
        currency=payout.currency,
        group=payout.run.ref,
    )
    try:
        transfer_ref = attempts.transfer(provider=payout.provider, order=order)
    except Unreachable as silence:
        # It may have gone, or not: only the same key may be asked again.
        _note_silence(payout, silence)
        return False
    except ShopError as refusal:
        _note_refusal(payout, refusal)
        return False
    return _note_sent(payout, transfer_ref)


def mark_paid_by_hand(*, payout_ref: str, bank_ref: str, actor: str, now: datetime) -> Payout:
    """
    Note that somebody paid a payout from the platform's own bank: one without an account, or one that was refused.

    :raises BankRefMissing: without the bank's reference.
    :raises PayoutNotFound: if there is none.
    :raises PayoutInOtherState: if it is paid, or the provider may still send it.
    """
    bank_ref = bank_ref.strip()
    if not bank_ref:
        raise BankRefMissing("Please give the bank's reference, so that the payment can be found.")
    with transaction.atomic():
        payout = _locked(payout_ref)
        if payout.state == PayoutState.PAID and payout.bank_ref == bank_ref[:80]:
            return payout
        _refuse_unless_in_our_hands(payout)
        _close(payout, PayoutState.PAID, actor, now, bank_ref=bank_ref[:80])
        post_paid_by_hand(
            key=payout.ref, payee=payout.payee, amount_minor=payout.amount_minor, currency=payout.currency, at=now
        )
        close_if_complete(run_id=payout.run_id, now=now)
    return payout


def give_back(*, payout_ref: str, actor: str, now: datetime) -> Payout:
    """
    Give up a payout that did not leave: its money may be paid out by the next run, or go back to shoppers.

    :raises PayoutNotFound: if there is none.
    :raises PayoutInOtherState: if it is paid, or the provider may still send it.
    """
    with transaction.atomic():
        payout = _locked(payout_ref)
        _refuse_unless_in_our_hands(payout)
        _close(payout, PayoutState.GIVEN_BACK, actor, now)
        post_given_back(
            key=payout.ref, payee=payout.payee, amount_minor=payout.amount_minor, currency=payout.currency, at=now
        )
        close_if_complete(run_id=payout.run_id, now=now)
    return payout


def retry_payout(*, payout_ref: str, now: datetime) -> Payout:
    """
    Make a refused payout one to be sent again, to the account that the payee has by now, under a new key.

    :raises PayoutNotFound: if there is none.
    :raises PayoutInOtherState: if it was not refused.
    """
    with transaction.atomic():
        payout = _locked(payout_ref)
        if payout.state != PayoutState.FAILED:
            raise PayoutInOtherState(f"{payout} is {payout.get_state_display().lower()}, so there is nothing to retry.")
        place = payout_account(payee=payout.payee)
        payout.provider, payout.account = (place.provider, place.account) if place else ("", "")
        payout.key = f"payout:{payout.ref}:{payout.tries}"
        payout.state, payout.failure, payout.claimed_until = PayoutState.DRAFT, "", None
        payout.save(update_fields=["provider", "account", "key", "state", "failure", "claimed_until"])
    return payout


def _send_all(payouts: QuerySet[Payout]) -> int:
    return sum(send_payout(payout_id=pk) for pk in list(payouts.values_list("pk", flat=True)))


def _note_sent(payout: Payout, transfer_ref: str) -> bool:
    now = database_now()
    with transaction.atomic():
        # The money has gone under this key, whatever was thought of it meanwhile.
        sent = Payout.objects.filter(pk=payout.pk, key=payout.key, state__in=UNPAID)
        moved = sent.update(
            state=PayoutState.SENT, transfer_ref=transfer_ref, failure="", claimed_until=None, closed_at=now
        )
        if moved == 1:
            post_payout_sent(
                key=payout.ref, payee=payout.payee, amount_minor=payout.amount_minor, currency=payout.currency, at=now
            )
            close_if_complete(run_id=payout.run_id, now=now)
    return moved == 1


def _note_silence(payout: Payout, silence: ShopError) -> None:
    logger.info("Payout %s waits: %s", payout.ref, silence.code)
    _still_ours(payout).update(failure=silence.message[:200], claimed_until=None)


def _note_refusal(payout: Payout, refusal: ShopError) -> None:
    logger.warning("Payout %s was refused: %s", payout.ref, refusal.code)
    _still_ours(payout).update(state=PayoutState.FAILED, failure=refusal.message[:200], claimed_until=None)


def _still_ours(payout: Payout) -> QuerySet[Payout]:
    return Payout.objects.filter(pk=payout.pk, key=payout.key, tries=payout.tries, state=PayoutState.DRAFT)


def _locked(ref: str) -> Payout:
    payout = Payout.objects.select_for_update(no_key=True, of=["self"]).select_related("payee").filter(ref=ref).first()
    if payout is None:
        raise PayoutNotFound("There is no such payout.")
    return payout


def _refuse_unless_in_our_hands(payout: Payout) -> None:
    is_by_hand = payout.state == PayoutState.DRAFT and payout.provider == ""
    if not is_by_hand and payout.state != PayoutState.FAILED:
        said = "with the provider" if payout.state == PayoutState.DRAFT else payout.get_state_display().lower()
        raise PayoutInOtherState(f"{payout} is {said}, so nothing was changed.", state=payout.state)


def _close(payout: Payout, state: PayoutState, actor: str, now: datetime, *, bank_ref: str = "") -> None:
    payout.state, payout.bank_ref, payout.closed_at, payout.closed_by = state, bank_ref, now, actor[:60]
    payout.save(update_fields=["state", "bank_ref", "closed_at", "closed_by"])
