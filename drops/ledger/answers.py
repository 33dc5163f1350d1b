"""
How a proposal is answered: each payee for themselves, and it counts once all of them have accepted it.

Splits among creators and the terms of partners are answered by the same functions.
"""

from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from drops.errors import NotFound, Refused
from drops.ledger.agreement_models import AgreementState, PartnerAgreement, Proposal, SplitAgreement
from drops.ledger.models import Payee

P = TypeVar("P", SplitAgreement, PartnerAgreement)


class AgreementNotFound(NotFound):
    code = "agreement_not_found"


class AgreementClosed(Refused):
    """Everybody has accepted it, somebody declined it, or a later version took its place."""

    code = "agreement_closed"


class NoPartInAgreement(Refused):
    code = "no_part_in_agreement"


def accept(*, model: type[P], agreement_id: int, payee: Payee, actor: str, now: datetime) -> P:
    """
    Accept a proposal for one payee; with the last one's answer it counts, from its first day on. A repeat is harmless.

    :raises AgreementNotFound: if there is none.
    :raises NoPartInAgreement: if the payee has no part in it.
    :raises AgreementClosed: if it no longer waits for answers.
    """
    with transaction.atomic():
        agreement = locked(model=model, agreement_id=agreement_id)
        _refuse_without_part(agreement, payee)
        if agreement.acceptances.filter(payee=payee).exists():
            return agreement
        _refuse_closed(agreement)
        note_acceptance(agreement=agreement, payee=payee, actor=actor, now=now)
        if not unanswered_by(agreement=agreement).exists():
            agreement.state, agreement.closed_by, agreement.closed_at = AgreementState.ACCEPTED, actor, now
            agreement.effective_at = max(now, agreement.valid_from)
            agreement.save(update_fields=["state", "closed_by", "closed_at", "effective_at"])
    return agreement


def decline(*, model: type[P], agreement_id: int, payee: Payee, actor: str, now: datetime) -> P:
    """
    Decline a proposal for one payee: it is over, and what counted before goes on.

    :raises AgreementNotFound: if there is none.
    :raises NoPartInAgreement: if the payee has no part in it.
    :raises AgreementClosed: if it no longer waits for answers.
    """
    with transaction.atomic():
        agreement = locked(model=model, agreement_id=agreement_id)
        _refuse_without_part(agreement, payee)
        _refuse_closed(agreement)
        return _closed(agreement, AgreementState.DECLINED, actor, now)


def withdraw(*, model: type[P], agreement_id: int, actor: str, now: datetime) -> P:
    """
    Take back a proposal that still waits for answers.

    :raises AgreementNotFound: if there is none.
    :raises AgreementClosed: if it no longer waits for answers.
    """
    with transaction.atomic():
        agreement = locked(model=model, agreement_id=agreement_id)
        _refuse_closed(agreement)
        return _closed(agreement, AgreementState.WITHDRAWN, actor, now)


def note_acceptance(*, agreement: Proposal, payee: Payee, actor: str, now: datetime) -> None:
    """Write down that a payee accepted. A transaction's step."""
    agreement.acceptances.create(payee=payee, accepted_by=actor, accepted_at=now)


def unanswered_by(*, agreement: Proposal) -> QuerySet[Payee]:
    """Return the payees that have not accepted a proposal."""
    return agreement.parties().exclude(pk__in=agreement.acceptances.values("payee"))


def locked(*, model: type[P], agreement_id: int) -> P:
    """
    Return a proposal that nobody else answers, or takes back, until the transaction ends.

    :raises AgreementNotFound: if there is none.
    """
    rows = model._default_manager.select_for_update(no_key=True, of=("self",))
    agreement = rows.filter(pk=agreement_id).first()
    if agreement is None:
        raise AgreementNotFound("There is no such agreement.")
    return agreement


def _refuse_without_part(agreement: Proposal, payee: Payee) -> None:
    if not agreement.parties().filter(pk=payee.pk).exists():
        raise NoPartInAgreement(f"{payee} has no share in this agreement.")


def _refuse_closed(agreement: Proposal) -> None:
    if agreement.state != AgreementState.PROPOSED:
        raise AgreementClosed(f"{agreement} is {agreement.get_state_display().lower()}; it waits for no answer.")


def _closed(agreement: P, state: AgreementState, actor: str, now: datetime) -> P:
    agreement.state, agreement.closed_by, agreement.closed_at = state, actor, now
    agreement.save(update_fields=["state", "closed_by", "closed_at"])
    return agreement
