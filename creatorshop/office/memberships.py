"""
Who may buy first: a creator's tiers, who has joined them, and personal links to early access.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from creatorshop.office.fields import LinesField
from creatorshop.office.scope import OneCreatorForm, ScopedAdmin
from creatorshop.storefront.references import absolute
from drops.audience.models import LONGEST_BENEFIT, MOST_BENEFITS, Membership, Tier
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.schedule import early
from drops.schedule.models import EarlyAccess, EarlyLink


class TierForm(OneCreatorForm):
    benefits = LinesField(most=MOST_BENEFITS, longest=LONGEST_BENEFIT, help_text="One a line, as members read them.")

    class Meta:
        model = Tier
        fields = ["creator", "name", "benefits", "position", "is_open"]


@admin.register(Tier)
class TierAdmin(ScopedAdmin):
    change = Work.DROPS
    can_add = True
    form = TierForm
    row_relations = ("creator",)
    list_display = ["name", "creator", "is_open", "member_count"]
    ordering = ("creator", "position", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tier]:
        rows: QuerySet[Tier] = super().get_queryset(request)
        return rows.annotate(living=Count("memberships", filter=Q(memberships__ended_at=None)))

    @admin.display(description="Members", ordering="living")
    def member_count(self, tier: Tier) -> int:
        return int(getattr(tier, "living", 0))


@admin.register(Membership)
class MembershipAdmin(ScopedAdmin):
    """Who joined what, and when. Whom they are is on their orders, for whoever may see those."""

    creator_path = "tier__creator_id"
    see = Work.ORDERS
    row_relations = ("tier__creator", "shopper")
    list_display = ["shopper", "tier", "joined_at", "ended_at", "source"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter)]
    ordering = ("-joined_at", "-pk")


@admin.register(EarlyAccess)
class EarlyAccessAdmin(ScopedAdmin):
    """Who was given early access, to what, and from where: a link, the chat, an order."""

    see = Work.ORDERS
    row_relations = ("creator", "shopper", "drop")
    list_display = ["shopper", "drop", "source", "granted_at", "withdrawn_at"]
    ordering = ("-granted_at", "-pk")


class EarlyLinkForm(OneCreatorForm):
    class Meta:
        model = EarlyLink
        fields = ["creator", "drop", "note"]


@admin.register(EarlyLink)
class EarlyLinkAdmin(ScopedAdmin):
    change = Work.DROPS
    can_add = True
    form = EarlyLinkForm
    row_relations = ("creator", "drop", "used_by")
    list_display = ["__str__", "creator", "drop", "state", "made_by", "made_at", "expires_at"]
    ordering = ("-made_at", "-pk")
    actions = ["revoke"]

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "creator", "drop", "note"]

    def save_model(self, request: HttpRequest, obj: EarlyLink, form: Any, change: bool) -> None:
        """Make the link, and show its address this once: the database keeps a hash of it."""
        if change:
            return
        made, token = early.make_link(
            creator=obj.creator,
            drop=obj.drop,
            made_by=request.user.get_username(),
            now=database_now(),
            note=obj.note,
        )
        obj.pk = made.pk
        obj.refresh_from_db()
        address = absolute(reverse("early", args=[token]))
        messages.success(request, f"Send them this address now, it is shown only once: {address}")

    @admin.display(description="State")
    def state(self, link: EarlyLink) -> str:
        if link.used_at:
            return f"used {link.used_at:%d %b %Y}"
        if link.revoked_at:
            return "revoked"
        return "expired" if link.expires_at <= database_now() else "not used yet"

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, rows: QuerySet[EarlyLink]) -> None:
        self.run_on_rows(
            request,
            rows,
            work=Work.DROPS,
            do=lambda link: early.revoke_link(link=link, now=database_now()),
            done="lets nobody in any more.",
        )
