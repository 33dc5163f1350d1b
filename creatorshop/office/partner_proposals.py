"""
Proposing what a partner is paid: an owner offers it and has accepted by that, the operator proposes it to both.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from creatorshop.office.agreements import basis_points, first_day, own_creators
from creatorshop.office.pages import office_page
from creatorshop.office.scope import ScopedAdmin, scope_of
from drops.catalog.models import Creator
from drops.clock import database_now
from drops.errors import ShopError
from drops.ledger.agreement_models import PartnerAgreement
from drops.ledger.models import Payee
from drops.ledger.partner_agreements import PartnerTermsUnfit, offer_terms, propose_terms
from drops.money import minor_from_decimal
from pickups.models import Partner


def propose_page(request: HttpRequest, agreement_admin: ScopedAdmin) -> HttpResponse:
    """Ask what a partner is to be paid, and propose it."""
    creator = _creator(request)
    if creator is None:
        raise PermissionDenied
    partners = _partners_of(creator)
    typed = request.POST if request.method == "POST" else None
    if typed is not None:
        try:
            agreement = _proposed(request, creator, partners)
        except ShopError as refusal:
            messages.error(request, refusal.message)
        else:
            waits = "both have" if scope_of(request).is_all else f"{agreement.partner} has"
            messages.success(request, f"{agreement} is proposed. It counts once {waits} accepted it.")
            return HttpResponseRedirect(reverse("admin:drops_partneragreement_change", args=[agreement.pk]))
    return office_page(
        request,
        agreement_admin,
        "admin/office/propose_partner_agreement.html",
        title="Propose terms to a partner",
        creator=creator,
        creators=own_creators(request),
        partners=partners,
        chosen=(request.POST or request.GET).get("partner", ""),
        typed=typed or {},
        is_operator=scope_of(request).is_all,
    )


def _creator(request: HttpRequest) -> Creator | None:
    asked = (request.POST or request.GET).get("creator", "")
    own = own_creators(request)
    return own.filter(pk=asked).first() if asked.isdecimal() else own.first()


def _partners_of(creator: Creator) -> QuerySet[Payee]:
    """Return the partners that hand over for a creator and can be paid in the creator's currency."""
    serving = Partner.objects.filter(locations__creators=creator, payee__currency=creator.currency)
    return Payee.objects.filter(pk__in=serving.values("payee")).order_by("name", "pk")


def _proposed(request: HttpRequest, creator: Creator, partners: QuerySet[Payee]) -> PartnerAgreement:
    form, now = request.POST, database_now()
    asked = form.get("partner", "")
    partner = partners.filter(pk=asked).first() if asked.isdecimal() else None
    if partner is None:
        raise PartnerTermsUnfit("No such partner hands over for this shop.")
    facts: dict[str, Any] = {
        "creator": creator,
        "partner": partner,
        "fixed_minor": _fixed_minor(form.get("fixed", ""), creator.currency),
        "bp": basis_points(form["percent"]) if form.get("percent", "").strip() else 0,
        "valid_from": first_day(form.get("valid_from", ""), creator) or now,
        "note": form.get("note", "").strip()[:200],
        "actor": f"office:{request.user}"[:60],
        "now": now,
    }
    return propose_terms(**facts) if scope_of(request).is_all else offer_terms(**facts)


def _fixed_minor(typed: str, currency: str) -> int:
    """Return what somebody typed as an amount; nothing is nothing."""
    if not typed.strip():
        return 0
    try:
        # Longer is no fee, and an exponent would make a short text a long number.
        if not typed.strip().replace(",", ".").replace(".", "", 1).isdecimal() or len(typed) > 12:
            raise ValueError(typed)
        return minor_from_decimal(Decimal(typed.strip().replace(",", ".")), currency)
    except (ValueError, InvalidOperation):
        raise PartnerTermsUnfit(f"{typed[:20]!r} is no amount of {currency} like 1.20.") from None
