"""
Every cent of an order, with what a partner agreed on, all read at one instant.
"""

from creatorshop.insights.snapshots import one_snapshot
from drops.ledger.agreement_models import PartnerAgreement
from drops.money import format_minor
from drops.sales.explaining import explain
from drops.sales.explanation_facts import facts_of
from drops.sales.explanation_words import percent
from drops.sales.explanations import Explanation

BEFORE_VERSIONS = "As it was agreed on that day; versions were not kept then."


def explanation_of(*, order_ref: str) -> Explanation:
    """
    Return where every cent of an order went.

    :raises OrderNotFound: if there is none.
    """
    with one_snapshot():
        return explain(facts_of(order_ref=order_ref, partner_rule=_partner_rule(order_ref)))


def fee_words(agreement: PartnerAgreement) -> str:
    """Return what a version pays, like "€1.00 a unit and 2.5 % of the goods"; "Nothing" if that is what was agreed."""
    words = (
        [f"{format_minor(agreement.fixed_minor, agreement.creator.currency)} a unit"] if agreement.fixed_minor else []
    )
    words += [f"{percent(agreement.bp)} of the goods"] if agreement.bp else []
    return " and ".join(words) or "Nothing"


def _partner_rule(order_ref: str) -> str:
    agreed = PartnerAgreement.objects.filter(order_lines__order__ref=order_ref)
    agreement = agreed.select_related("creator", "partner").order_by("order_lines__pk").first()
    if agreement is None:
        return BEFORE_VERSIONS
    since = f", in effect since {agreement.effective_at:%Y-%m-%d}" if agreement.effective_at else ""
    return (
        f"Version {agreement.version} of the terms with {agreement.partner.name}{since}: {fee_words(agreement)},"
        " never more than the goods cost."
    )
