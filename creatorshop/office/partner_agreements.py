"""
What partners are paid for handing over: seen by the creator whose orders they are, and by whoever speaks for the partner.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from creatorshop.insights.explaining import fee_words
from creatorshop.office.pages import office_page, row_or_404
from creatorshop.office.partner_agreement_view import view_of
from creatorshop.office.partner_proposals import propose_page
from creatorshop.office.partner_scope import may_answer_as_partner, spoken_for
from creatorshop.office.scope import LogAdmin, scope_of
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.errors import ShopError
from drops.ledger import partner_agreements
from drops.ledger.agreement_models import PartnerAgreement
from drops.ledger.answers import NoPartInAgreement
from drops.ledger.models import Payee


@admin.register(PartnerAgreement)
class PartnerAgreementAdmin(LogAdmin):
    see = Work.MONEY
    row_relations = ("creator", "partner")
    list_display = ["__str__", "creator", "fee", "state", "in_effect", "valid_from", "proposed_by"]
    list_filter = ["state"]
    search_fields = ["creator__name", "partner__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PartnerAgreement]:
        rows = PartnerAgreement.objects.select_related(*self.row_relations)
        scope = scope_of(request)
        if scope.is_all:
            return rows
        return rows.filter(Q(creator__in=scope.creator_ids(Work.MONEY)) | Q(partner__in=spoken_for(request)))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if super().has_view_permission(request, obj):  # asked first: it needs no query
            return True
        return bool(spoken_for(request)) if obj is None else obj.partner_id in spoken_for(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).may_anywhere(Work.MONEY)

    @admin.display(description="Fee")
    def fee(self, agreement: PartnerAgreement) -> str:
        return fee_words(agreement)

    @admin.display(description="In effect", boolean=True)
    def in_effect(self, agreement: PartnerAgreement) -> bool:
        now = database_now()
        return (
            partner_agreements.terms_in_effect(creator=agreement.creator, partner=agreement.partner, at=now)
            == agreement
        )

    def get_urls(self) -> list[URLPattern]:
        answer = self.admin_site.admin_view(self.answer_view)
        return [path("<path:object_id>/answer/", answer, name="office_answer_terms"), *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return propose_page(request, self)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        agreement: PartnerAgreement = row_or_404(self, request, object_id)
        own = frozenset(_answers_for(request, agreement).values_list("pk", flat=True))
        view = view_of(agreement, own=own, now=database_now())
        return office_page(
            request,
            self,
            "admin/office/partner_agreement.html",
            title=str(agreement),
            view=view,
            may_withdraw=view.waits and scope_of(request).may(Work.MONEY, agreement.creator_id),
        )

    def answer_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take in an answer: accept or decline for one's own side, or withdraw what the creator's side proposed."""
        agreement: PartnerAgreement = row_or_404(self, request, object_id)
        if request.method == "POST":
            try:
                messages.success(request, _answered(request, agreement))
            except ShopError as refusal:
                messages.error(request, refusal.message)
        return HttpResponseRedirect(reverse("admin:drops_partneragreement_change", args=[agreement.pk]))


def _answers_for(request: HttpRequest, agreement: PartnerAgreement) -> QuerySet[Payee]:
    """Return the side that a person answers for, which is never both, and for the operator neither."""
    scope = scope_of(request)
    mine = Q(creator__in=scope.creator_ids(Work.MONEY))
    if may_answer_as_partner(agreement=agreement, partners=spoken_for(request), creators=frozenset(scope.works)):
        mine |= Q(pk=agreement.partner_id)
    return agreement.parties().filter(mine)


def _answered(request: HttpRequest, agreement: PartnerAgreement) -> str:
    now, actor, said = database_now(), f"office:{request.user}"[:60], request.POST.get("answer", "")
    if said == "withdraw":
        if not scope_of(request).may(Work.MONEY, agreement.creator_id):
            raise NoPartInAgreement("Only the shop that proposed it takes it back.")
        partner_agreements.withdraw_terms(agreement_id=agreement.pk, actor=actor, now=now)
        return f"{agreement} is withdrawn."
    asked = request.POST.get("payee", "")
    payee = _answers_for(request, agreement).filter(pk=asked).first() if asked.isdecimal() else None
    if payee is None or said not in ("accept", "decline"):
        raise NoPartInAgreement("You cannot answer for them.")
    answer = partner_agreements.accept_terms if said == "accept" else partner_agreements.decline_terms
    answered = answer(agreement_id=agreement.pk, payee=payee, actor=actor, now=now)
    return f"{payee} has {'accepted' if said == 'accept' else 'declined'}. {answered.get_state_display()}."
