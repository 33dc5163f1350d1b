"""
What a partner is paid, as its page shows it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from creatorshop.insights.explaining import fee_words
from drops.ledger.agreement_models import AgreementState, PartnerAgreement
from drops.ledger.partner_agreements import PartnerTerms, terms_in_effect
from drops.money import format_minor

# What the example is about: an order of two, at a price that is easy to reckon with.
UNITS, UNIT_MINOR = 2, 4000


@dataclass(frozen=True)
class PartyView:
    payee_id: int
    name: str
    accepted_by: str  # empty: not yet
    accepted_at: datetime | None
    may_answer: bool


@dataclass(frozen=True)
class PartnerAgreementView:
    agreement: PartnerAgreement
    parties: list[PartyView]
    fee: str
    example: str
    standing: str
    waits: bool
    is_in_effect: bool

    @property
    def missing(self) -> list[str]:
        return [party.name for party in self.parties if not party.accepted_by]


def view_of(agreement: PartnerAgreement, *, own: Collection[int], now: datetime) -> PartnerAgreementView:
    """Return what a person sees of an agreement; they answer for the payees in `own`."""
    said = {row.payee_id: row for row in agreement.acceptances.all()}
    waits = agreement.state == AgreementState.PROPOSED
    parties = []
    for payee in agreement.parties().order_by("kind", "pk"):
        answer = said.get(payee.pk)
        parties.append(
            PartyView(
                payee_id=payee.pk,
                name=payee.name,
                accepted_by=answer.accepted_by.removeprefix("office:") if answer else "",
                accepted_at=answer.accepted_at if answer else None,
                may_answer=waits and answer is None and payee.pk in own,
            )
        )
    counts = terms_in_effect(creator=agreement.creator, partner=agreement.partner, at=now) == agreement
    return PartnerAgreementView(
        agreement=agreement,
        parties=parties,
        fee=fee_words(agreement),
        example=example_of(agreement),
        standing=_standing(agreement, counts, now),
        waits=waits,
        is_in_effect=counts,
    )


def example_of(agreement: PartnerAgreement) -> str:
    """Return what comes of it for one order, in words."""
    goods, currency = UNITS * UNIT_MINOR, agreement.creator.currency
    terms = PartnerTerms(agreement.ref, agreement.version, agreement.fixed_minor, agreement.bp)
    fee = terms.fee_minor(quantity=UNITS, goods_minor=goods)
    each, price = format_minor(UNIT_MINOR, currency), format_minor(goods, currency)
    return f"For {UNITS} units of {each}, {price} together, {agreement.partner} gets {format_minor(fee, currency)}."


def _standing(agreement: PartnerAgreement, is_in_effect: bool, now: datetime) -> str:
    if is_in_effect:
        return "In effect: new orders pay this"
    if agreement.state != AgreementState.ACCEPTED:
        return agreement.get_state_display()
    if agreement.effective_at is not None and agreement.effective_at > now:
        return "Accepted by both, and not begun yet"
    return "A later version took its place; orders made under it keep it"
