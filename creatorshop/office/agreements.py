"""
Who shares in what is sold: an owner proposes it, every creator named in it answers for themselves.

An agreement belongs to whoever sells and to everybody who has a part of it; others do not know that it exists.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from creatorshop.office.agreement_view import view_of
from creatorshop.office.pages import office_page, row_or_404
from creatorshop.office.scope import LogAdmin, scope_of
from drops.catalog.creators import Work
from drops.catalog.models import Creator
from drops.clock import database_now
from drops.errors import Invalid, ShopError
from drops.ledger import agreements
from drops.ledger.agreement_models import Acceptance, AgreementLine, SplitAgreement
from drops.ledger.agreements import ProposedLine
from drops.ledger.answers import NoPartInAgreement
from drops.ledger.models import Payee
from drops.schedule.models import Drop

ROWS = 6


class FirstDayUnreadable(Invalid):
    code = "first_day_unreadable"


@admin.register(SplitAgreement)
class SplitAgreementAdmin(LogAdmin):
    see = Work.MONEY
    row_relations = ("creator", "drop")
    list_display = ["__str__", "creator", "state", "in_effect", "valid_from", "proposed_by"]
    list_filter = ["state"]
    search_fields = ["creator__name", "drop__title"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SplitAgreement]:
        rows = SplitAgreement.objects.select_related(*self.row_relations)
        scope = scope_of(request)
        if scope.is_all:
            return rows
        own = scope.creator_ids(Work.MONEY)
        part = AgreementLine.objects.filter(payee__creator__in=own).values("agreement")
        return rows.filter(Q(creator__in=own) | Q(pk__in=part))

    def creator_ids_of(self, row: Any) -> list[int]:
        sharing = row.lines.filter(payee__creator__isnull=False).values_list("payee__creator", flat=True)
        return list({row.creator_id, *sharing})

    @admin.display(description="In effect", boolean=True)
    def in_effect(self, agreement: SplitAgreement) -> bool:
        return agreements.is_in_effect(agreement=agreement, at=database_now())

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).may_anywhere(Work.MONEY)

    def get_urls(self) -> list[URLPattern]:
        answer = self.admin_site.admin_view(self.answer_view)
        return [path("<path:object_id>/answer/", answer, name="office_answer_agreement"), *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return propose_page(request, self)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        agreement: SplitAgreement = row_or_404(self, request, object_id)
        view = view_of(agreement, own=scope_of(request).creator_ids(Work.MONEY), now=database_now())
        return office_page(
            request,
            self,
            "admin/office/agreement.html",
            title=str(agreement),
            view=view,
            may_withdraw=view.waits and scope_of(request).may(Work.MONEY, agreement.creator_id),
        )

    def answer_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take in an answer: accept or decline for one of one's own payees, or withdraw what one's own shop proposed."""
        agreement: SplitAgreement = row_or_404(self, request, object_id)
        if request.method == "POST":
            try:
                messages.success(request, _answered(request, agreement))
            except ShopError as refusal:
                messages.error(request, refusal.message)
        return HttpResponseRedirect(reverse("admin:drops_splitagreement_change", args=[agreement.pk]))


@admin.register(AgreementLine)
class AgreementLineAdmin(LogAdmin):
    creator_path = "agreement__creator_id"
    see = Work.MONEY
    row_relations = ("agreement__creator", "agreement__drop", "payee")
    list_display = ["__str__", "agreement"]


@admin.register(Acceptance)
class AcceptanceAdmin(LogAdmin):
    see = Work.MONEY
    row_relations = (
        "agreement__creator",
        "agreement__drop",
        "partner_agreement__creator",
        "partner_agreement__partner",
        "payee",
    )
    list_display = ["__str__", "about", "accepted_by", "accepted_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Acceptance]:
        rows = Acceptance.objects.select_related(*self.row_relations)
        scope = scope_of(request)
        if scope.is_all:
            return rows
        own = scope.creator_ids(Work.MONEY)
        return rows.filter(Q(agreement__creator__in=own) | Q(partner_agreement__creator__in=own))

    def creator_ids_of(self, row: Any) -> list[int]:
        return [(row.agreement or row.partner_agreement).creator_id]

    @admin.display(description="What")
    def about(self, row: Acceptance) -> str:
        return str(row.agreement or row.partner_agreement)


def propose_page(request: HttpRequest, agreement_admin: SplitAgreementAdmin) -> HttpResponse:
    """Ask who is to share in what, and propose it."""
    listed = HttpResponseRedirect(reverse("admin:drops_splitagreement_changelist"))
    creator = _creator(request)
    if creator is None:
        messages.error(request, "Your role does not include this.")
        return listed
    typed = request.POST if request.method == "POST" else None
    if typed is not None:
        try:
            agreement = _proposed(request, creator)
        except ShopError as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, f"{agreement} is proposed. It counts once everybody has accepted it.")
            return HttpResponseRedirect(reverse("admin:drops_splitagreement_change", args=[agreement.pk]))
    rows = [
        {
            "slug": typed.get(f"slug-{row}", "") if typed is not None else creator.slug if row == 0 else "",
            "share": typed.get(f"share-{row}", "") if typed is not None else "100" if row == 0 else "",
        }
        for row in range(ROWS)
    ]
    return office_page(
        request,
        agreement_admin,
        "admin/office/propose_agreement.html",
        title="Propose an agreement",
        creator=creator,
        creators=own_creators(request),
        drops=Drop.objects.filter(creator=creator).order_by("-opens_at", "-pk")[:50],
        rows=rows,
        typed=typed or {},
        is_operator=scope_of(request).is_all,
    )


def own_creators(request: HttpRequest) -> QuerySet[Creator]:
    """Return the creators for whom a person speaks about money: all for the operator."""
    scope = scope_of(request)
    rows = Creator.objects.order_by("name", "pk")
    return rows if scope.is_all else rows.filter(pk__in=scope.creator_ids(Work.MONEY))


def _creator(request: HttpRequest) -> Creator | None:
    asked = (request.POST or request.GET).get("creator", "")
    own = own_creators(request)
    return own.filter(pk=asked).first() if asked.isdecimal() else own.first()


def _proposed(request: HttpRequest, creator: Creator) -> SplitAgreement:
    form = request.POST
    drop_id = form.get("drop", "")
    drop = Drop.objects.filter(pk=drop_id, creator=creator).first() if drop_id.isdecimal() else None
    if drop_id and drop is None:
        raise agreements.DropOfSomebodyElse("There is no such drop in this shop.")
    now = database_now()
    fees = {}
    if scope_of(request).is_all and form.get("platform", "").strip():
        # What the platform takes is not for a creator to say.
        fees["platform_bp"] = basis_points(form["platform"])
    return agreements.propose_agreement(
        creator=creator,
        drop=drop,
        lines=_lines(form),
        valid_from=first_day(form.get("valid_from", ""), creator) or now,
        note=form.get("note", "").strip()[:200],
        actor=f"office:{request.user}"[:60],
        now=now,
        **fees,
    )


def _lines(form: Any) -> list[ProposedLine]:
    lines = []
    for row in range(ROWS):
        slug, share = form.get(f"slug-{row}", "").strip().strip("/"), form.get(f"share-{row}", "").strip()
        if not slug and not share:
            continue
        named = Creator.objects.filter(slug=slug.rsplit("/", 1)[-1]).first()
        if named is None:
            raise agreements.PayeesUnfit(f"No creator of this shop has the address {slug!r}.")
        lines.append(ProposedLine(named, basis_points(share)))
    return lines


def first_day(typed: str, creator: Creator) -> datetime | None:
    """
    Return the begin of a day where the creator lives; None if none was given.

    :raises FirstDayUnreadable: if it is no day.
    """
    if not typed.strip():
        return None
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        raise FirstDayUnreadable(f"{typed!r} is no day like 2026-12-01.") from None
    return datetime.combine(day, time(0), tzinfo=ZoneInfo(creator.time_zone))


def basis_points(percent: str) -> int:
    """
    Return what somebody typed as a percentage.

    :raises SharesNotWhole: if it is none, or has more than two decimals.
    """
    try:
        exact = Decimal(percent.replace(",", ".").rstrip(" %")) * 100
        whole = int(exact)
    except (InvalidOperation, ValueError, OverflowError):
        raise agreements.SharesNotWhole(f"{percent!r} is no percentage like 33.34.") from None
    if exact != whole or not 0 <= whole <= 10_000:
        raise agreements.SharesNotWhole(f"{percent} % has to be between 0 and 100, with at most two decimals.")
    return whole


def _answered(request: HttpRequest, agreement: SplitAgreement) -> str:
    now, actor, said = database_now(), f"office:{request.user}"[:60], request.POST.get("answer", "")
    scope = scope_of(request)
    if said == "withdraw":
        if not scope.may(Work.MONEY, agreement.creator_id):
            raise NoPartInAgreement("Only the shop that proposed it takes it back.")
        agreements.withdraw_agreement(agreement_id=agreement.pk, actor=actor, now=now)
        return f"{agreement} is withdrawn."
    # For a payee speak its own people and nobody else, not even the operator.
    asked = request.POST.get("payee", "")
    own = Payee.objects.filter(creator__in=scope.creator_ids(Work.MONEY))
    payee = own.filter(pk=asked).first() if asked.isdecimal() else None
    if payee is None or said not in ("accept", "decline"):
        raise NoPartInAgreement("You cannot answer for them.")
    answer = agreements.accept_agreement if said == "accept" else agreements.decline_agreement
    answered = answer(agreement_id=agreement.pk, payee=payee, actor=actor, now=now)
    return f"{payee} has {'accepted' if said == 'accept' else 'declined'}. {answered.get_state_display()}."
