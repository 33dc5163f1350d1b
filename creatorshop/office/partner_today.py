"""
A partner at a glance: what waits for its answer, what it is paid by now, and where its money is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from creatorshop.insights.explaining import fee_words
from creatorshop.office.agreements import own_creators
from creatorshop.office.partner_agreement_view import example_of
from creatorshop.office.partner_scope import spoken_for
from drops.catalog.models import Creator
from drops.clock import database_now
from drops.ledger.agreement_models import AgreementState, PartnerAgreement
from drops.ledger.models import Payee
from drops.ledger.partner_agreements import terms_in_effect
from drops.money import format_minor
from drops.payouts.standings import standing_of
from pickups.models import Partner


def partners_today(request: HttpRequest, now: datetime) -> list[dict[str, Any]]:
    """Return what the first page says to somebody who speaks for partners, one after the other."""
    return [_partner(payee, now) for payee in Payee.objects.filter(pk__in=spoken_for(request)).order_by("name", "pk")]


def terms_with(request: HttpRequest, partner: Partner) -> list[dict[str, Any]]:
    """Return what each creator whose money the person sees has agreed with a partner that hands over for them."""
    if partner.payee is None:
        return []
    served = own_creators(request).filter(pickup_locations__partner=partner).distinct()
    return [_terms(creator, partner.payee, database_now()) for creator in served]


def _partner(payee: Payee, now: datetime) -> dict[str, Any]:
    said = PartnerAgreement.objects.filter(partner=payee).select_related("creator", "partner")
    standing = standing_of(payee=payee, currency=payee.currency)
    return {
        "name": payee.name,
        "waiting": [
            {"url": _address(one), "creator": one.creator.name, "fee": fee_words(one), "example": example_of(one)}
            for one in said.filter(state=AgreementState.PROPOSED).order_by("pk")
        ],
        "terms": [
            _terms(creator, payee, now)
            for creator in Creator.objects.filter(pk__in=said.values("creator")).order_by("name", "pk")
        ],
        "released": format_minor(standing.payable_minor, payee.currency),
        "not_released": format_minor(standing.accrued_minor, payee.currency),
        "payouts": f"{reverse('admin:drops_payout_changelist')}?payee={payee.pk}",
    }


def _terms(creator: Creator, payee: Payee, now: datetime) -> dict[str, Any]:
    counts = terms_in_effect(creator=creator, partner=payee, at=now)
    waits = PartnerAgreement.objects.filter(creator=creator, partner=payee, state=AgreementState.PROPOSED).first()
    return {
        "creator": creator.name,
        "version": counts.version if counts else 0,
        "fee": fee_words(counts) if counts else "",
        "since": counts.effective_at if counts else None,
        "url": _address(counts) if counts else "",
        "waits": _address(waits) if waits else "",
        "propose": f"{reverse('admin:drops_partneragreement_add')}?creator={creator.pk}&partner={payee.pk}",
    }


def _address(agreement: PartnerAgreement) -> str:
    return reverse("admin:drops_partneragreement_change", args=[agreement.pk])
