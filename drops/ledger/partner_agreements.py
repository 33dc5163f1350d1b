"""
What a partner gets for handing a creator's units over: proposed by one side, accepted by the other, and only then true.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from drops.catalog.models import Creator
from drops.errors import Invalid
from drops.ledger import answers
from drops.ledger.agreement_models import AgreementState, PartnerAgreement
from drops.ledger.models import Payee, PayeeKind
from drops.ledger.payees import payee_of
from drops.money import BASIS, share_of

MOST_FIXED_MINOR = 100_000


class PartnerTermsUnfit(Invalid):
    """Nobody who hands over is paid by it, it is paid in another currency, or the fee is none that can be."""

    code = "partner_terms_unfit"


@dataclass(frozen=True)
class PartnerTerms:
    """What a version says, as a quote reads it."""

    ref: str
    version: int
    fixed_minor: int
    bp: int

    def fee_minor(self, *, quantity: int, goods_minor: int) -> int:
        """Return what is earned for handing units over; never more than the goods cost."""
        return min(goods_minor, self.fixed_minor * quantity + share_of(goods_minor, self.bp))


def agreed_terms(*, creator_id: int, partner: str, at: datetime) -> Subquery:
    """
    Return an expression for what a creator has agreed at an instant with the payee that a column of the query names.

    It is read along with the rows that name partners, so that a quote asks no more often. `terms_from` reads its value.
    """
    best = PartnerAgreement.objects.in_effect(at=at).filter(creator=creator_id, partner=OuterRef(partner))
    facts = JSONObject(ref="ref", version="version", fixed_minor="fixed_minor", bp="bp")
    return Subquery(best.order_by("-version").values(facts=facts)[:1])


def terms_from(value: Mapping[str, Any] | None) -> PartnerTerms | None:
    """Return what `agreed_terms` found; None where nothing is agreed, and then nothing is earned."""
    return PartnerTerms(**value) if value else None


def offer_terms(
    *,
    creator: Creator,
    partner: Payee,
    fixed_minor: int,
    bp: int,
    valid_from: datetime,
    actor: str,
    now: datetime,
    note: str = "",
) -> PartnerAgreement:
    """
    Propose terms as the creator, who accepts them by that; a proposal that still waits for answers is withdrawn.

    :raises PartnerTermsUnfit: if the fee is none that can be, or is paid in another currency.
    """
    with transaction.atomic():
        agreement = propose_terms(
            creator=creator,
            partner=partner,
            fixed_minor=fixed_minor,
            bp=bp,
            valid_from=valid_from,
            actor=actor,
            now=now,
            note=note,
        )
        answers.note_acceptance(agreement=agreement, payee=payee_of(creator=creator), actor=actor, now=now)
    return agreement


def propose_terms(
    *,
    creator: Creator,
    partner: Payee,
    fixed_minor: int,
    bp: int,
    valid_from: datetime,
    actor: str,
    now: datetime,
    note: str = "",
) -> PartnerAgreement:
    """
    Propose terms as somebody in between, the operator for instance: creator and partner both have to accept them.

    :raises PartnerTermsUnfit: if the fee is none that can be, or is paid in another currency.
    """
    _refuse_unfit(creator, partner, fixed_minor, bp)
    with transaction.atomic():
        _one_at_a_time(creator)
        payee_of(creator=creator)  # who has to accept it
        series = PartnerAgreement.objects.filter(creator=creator, partner=partner)
        series.filter(state=AgreementState.PROPOSED).update(
            state=AgreementState.WITHDRAWN, closed_by=actor, closed_at=now
        )
        return PartnerAgreement.objects.create(
            **_next_of(series),
            creator=creator,
            partner=partner,
            fixed_minor=fixed_minor,
            bp=bp,
            valid_from=valid_from,
            note=note,
            proposed_by=actor,
            proposed_at=now,
        )


def accept_terms(*, agreement_id: int, payee: Payee, actor: str, now: datetime) -> PartnerAgreement:
    """
    Accept terms for one of the two; with the other's answer they count, from their first day on. A repeat is harmless.

    :raises AgreementNotFound: and the others, as `answers.accept` says.
    """
    return answers.accept(model=PartnerAgreement, agreement_id=agreement_id, payee=payee, actor=actor, now=now)


def decline_terms(*, agreement_id: int, payee: Payee, actor: str, now: datetime) -> PartnerAgreement:
    """
    Decline terms for one of the two: what counted before goes on.

    :raises AgreementNotFound: and the others, as `answers.decline` says.
    """
    return answers.decline(model=PartnerAgreement, agreement_id=agreement_id, payee=payee, actor=actor, now=now)


def withdraw_terms(*, agreement_id: int, actor: str, now: datetime) -> PartnerAgreement:
    """
    Take back terms that still wait for answers.

    :raises AgreementNotFound: and the others, as `answers.withdraw` says.
    """
    return answers.withdraw(model=PartnerAgreement, agreement_id=agreement_id, actor=actor, now=now)


def terms_in_effect(*, creator: Creator, partner: Payee, at: datetime) -> PartnerAgreement | None:
    """Return the version that new orders of a creator follow with a partner."""
    rows = PartnerAgreement.objects.in_effect(at=at).filter(creator=creator, partner=partner)
    return rows.order_by("-version").first()


def _one_at_a_time(creator: Creator) -> None:
    """Let whoever proposes for the same shop wait, so that versions are numbered without gaps."""
    Creator.objects.select_for_update(no_key=True).get(pk=creator.pk)


def _next_of(series: QuerySet[PartnerAgreement]) -> dict[str, Any]:
    """Return what names the next version of a series; the first makes up a name."""
    last = series.aggregate(version=Max("version"), ref=Max("ref"))
    return ({"ref": last["ref"]} if last["ref"] else {}) | {"version": (last["version"] or 0) + 1}


def _refuse_unfit(creator: Creator, partner: Payee, fixed_minor: int, bp: int) -> None:
    if partner.kind != PayeeKind.PARTNER:
        raise PartnerTermsUnfit(f"{partner} is no partner.")
    if partner.currency != creator.currency:
        raise PartnerTermsUnfit(f"{partner} is paid in {partner.currency}, and {creator} sells in {creator.currency}.")
    if not 0 <= bp <= BASIS:
        raise PartnerTermsUnfit("The part of the goods has to be between 0 and 100 %.")
    if not 0 <= fixed_minor <= MOST_FIXED_MINOR:
        raise PartnerTermsUnfit("The amount for a unit is too large.")
