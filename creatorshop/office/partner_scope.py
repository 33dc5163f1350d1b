"""
Whom a person speaks for who works for no creator: a partner. Everything else in the office stays closed to them.
"""

from __future__ import annotations

from django.http import HttpRequest

from drops.ledger.agreement_models import PartnerAgreement
from pickups.people import payees_spoken_for


def spoken_for(request: HttpRequest) -> frozenset[int]:
    """Return the payees of the partners that the person speaks for; read from the database once a request."""
    found: frozenset[int] | None = getattr(request, "_office_partners", None)
    if found is None:
        found = frozenset(payees_spoken_for(request.user).values_list("pk", flat=True))
        request._office_partners = found  # type: ignore[attr-defined]
    return found


def may_answer_as_partner(*, agreement: PartnerAgreement, partners: frozenset[int], creators: frozenset[int]) -> bool:
    """Tell whether somebody answers for the partner: they speak for it, and do not work for the other side."""
    return agreement.partner_id in partners and agreement.creator_id not in creators
