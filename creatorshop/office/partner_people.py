"""
Who speaks for a partner: named by the operator alone, since a creator may not choose who answers a proposal of theirs.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from creatorshop.office.fields import PersonForm
from creatorshop.office.scope import ScopedAdmin, scope_of
from drops.catalog.creators import Work
from pickups.models import PartnerMember


class PartnerMemberForm(PersonForm):
    """A person is named by their login, as a creator's members are."""

    class Meta:
        model = PartnerMember
        fields = ["partner"]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        partner, person = cleaned.get("partner"), cleaned.get("login")
        if partner and person and PartnerMember.objects.filter(partner=partner, user=person).exists():
            raise forms.ValidationError(f"{person} speaks for {partner} already.")
        return cleaned


@admin.register(PartnerMember)
class PartnerMemberAdmin(ScopedAdmin):
    creator_path = "partner__locations__creators"
    is_shared = True
    see = change = Work.MEMBERS
    can_add = can_delete = True
    row_relations = ("partner", "user")
    list_display = ["user", "partner", "added_at"]
    list_filter = [("partner", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["user__username", "partner__name"]
    form = PartnerMemberForm

    def has_module_permission(self, request: HttpRequest) -> bool:
        return scope_of(request).is_all

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).is_all

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).is_all

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Somebody else is somebody new: take one away and name another.
        return scope_of(request).is_all and obj is None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).is_all

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["partner", "user", "added_at"] if obj else ["partner", "login"]

    def save_model(self, request: HttpRequest, obj: PartnerMember, form: Any, change: bool) -> None:
        obj.user = form.cleaned_data["login"]
        super().save_model(request, obj, form, change)
