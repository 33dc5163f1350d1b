"""
Creators, who works for them, who buys from them, and who may log in at all.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from creatorshop.office.connecting import connect_page, is_stripe_wired
from creatorshop.office.embed import embed_page
from creatorshop.office.fields import LinesField, PersonForm, cleaned_picture
from creatorshop.office.risk import overrule_page
from creatorshop.office.scope import LogAdmin, OneCreatorForm, ScopedAdmin, ScopedInline, scope_of
from drops.audience.models import Identity, Shopper
from drops.catalog.creators import Work
from drops.catalog.heads import avatar_picture, banner_picture
from drops.catalog.models import Creator, CreatorMember
from drops.schedule.models import validate_time_zone

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class PersonAdmin(UserAdmin, ModelAdmin):
    """People with a login. Only a superuser sees them."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class PeopleGroupAdmin(GroupAdmin, ModelAdmin):
    """Django's groups, for operators. The shop itself goes by roles."""


class CreatorForm(OneCreatorForm):
    allowed_origins = LinesField(
        help_text="One a line, like https://kilnandtide.example. Only these pages may embed the chat."
    )

    class Meta:
        model = Creator
        fields = "__all__"

    def clean_avatar(self) -> Any:
        return cleaned_picture(self.cleaned_data["avatar"], avatar_picture)

    def clean_banner(self) -> Any:
        return cleaned_picture(self.cleaned_data["banner"], banner_picture)

    def clean_time_zone(self) -> str:
        name: str = self.cleaned_data["time_zone"]
        validate_time_zone(name)
        return name


@admin.register(Creator)
class CreatorAdmin(ScopedAdmin):
    creator_path = "pk"
    change = Work.MEMBERS
    form = CreatorForm
    list_display = ["name", "slug", "currency", "country", "put_on_site"]
    search_fields = ["name", "slug"]
    readonly_fields = ["embed_key"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "tagline", "greeting", "story"]}),
        ("Looks", {"fields": ["avatar", "banner", "banner_alt", "accent"]}),
        ("Where", {"fields": ["country", "currency", "time_zone"]}),
        (
            "Prices and tax",
            {
                "fields": ["prices_include_tax", "tax_rounding", "uses_oss", "tax_rate_bp"],
                "description": "Rates are those of the table of tax rates, by the tax class of each product.",
            },
        ),
        (
            "Fees",
            {"fields": ["processor_borne_by", "service_fee_bp", "service_fee_fixed_minor", "sku_limit"]},
        ),
        ("On your site", {"fields": ["embed_key", "allowed_origins"]}),
    ]
    # What the platform agreed with the creator is not the creator's to change.
    platform_fields = (
        "slug",
        "currency",
        "processor_borne_by",
        "service_fee_bp",
        "service_fee_fixed_minor",
        "sku_limit",
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).is_all

    def _readonly(self, request: HttpRequest, obj: Any) -> list[str]:
        fields = super()._readonly(request, obj)
        return fields if scope_of(request).is_all else [*fields, *self.platform_fields]

    def get_urls(self) -> list[URLPattern]:
        embed, connect = (self.admin_site.admin_view(view) for view in (self.embed_view, self.connect_view))
        return [
            path("<path:object_id>/embed/", embed, name="office_embed"),
            path("<path:object_id>/stripe/", connect, name="office_stripe"),
            *super().get_urls(),
        ]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        shown = list(super().get_list_display(request))
        return [*shown, "get_paid"] if is_stripe_wired() and scope_of(request).may_anywhere(Work.MONEY) else shown

    def embed_view(self, request: HttpRequest, object_id: str) -> Any:
        return embed_page(request, self, object_id)

    def connect_view(self, request: HttpRequest, object_id: str) -> Any:
        return connect_page(request, self, object_id)

    @admin.display(description="On your site")
    def put_on_site(self, creator: Creator) -> str:
        return format_html(
            '<a class="office-link" href="{}">Put it on your site</a>', reverse("admin:office_embed", args=[creator.pk])
        )

    @admin.display(description="Payouts")
    def get_paid(self, creator: Creator) -> str:
        return format_html(
            '<a class="office-link" href="{}">Connect Stripe</a>', reverse("admin:office_stripe", args=[creator.pk])
        )


class MemberForm(PersonForm):
    """A new member is named by their login: nobody is shown a list of everybody's accounts."""

    class Meta:
        model = CreatorMember
        fields = ["creator", "role"]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        creator, person = cleaned.get("creator"), cleaned.get("login")
        if creator and person and CreatorMember.objects.filter(creator=creator, user=person).exists():
            raise forms.ValidationError(f"{person} works for {creator} already.")
        return cleaned


@admin.register(CreatorMember)
class MemberAdmin(ScopedAdmin):
    see = change = Work.MEMBERS
    can_add = can_delete = True
    row_relations = ("creator", "user")
    list_display = ["user", "creator", "role"]
    list_filter = ["role"]
    search_fields = ["user__username", "creator__name"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs |= {"form": MemberForm, "fields": ["creator", "role", "login"]}
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["creator", "user", "role"] if obj else ["creator", "login", "role"]

    def _readonly(self, request: HttpRequest, obj: Any) -> list[str]:
        return [*super()._readonly(request, obj), *(["user"] if obj else [])]

    def save_model(self, request: HttpRequest, obj: CreatorMember, form: Any, change: bool) -> None:
        if not change:
            obj.user = form.cleaned_data["login"]
        super().save_model(request, obj, form, change)


class IdentityInline(ScopedInline):
    """By what kinds of thing a shopper is known; what they are is nowhere."""

    model = Identity
    see = Work.ORDERS
    fields = readonly_fields = ["kind", "seen_at"]
    ordering = ["kind", "seen_at"]


@admin.register(Shopper)
class ShopperAdmin(ScopedAdmin):
    inlines = [IdentityInline]
    see = Work.ORDERS
    row_relations = ("creator",)
    list_display = ["__str__", "email", "country", "locale", "created_at"]
    search_fields = ["name", "email", "ref"]
    date_hierarchy = "created_at"
    change_form_outer_before_template = "admin/office/_overrule.html"

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.overrule_view)
        return [path("<path:object_id>/overrule/", page, name="office_overrule"), *super().get_urls()]

    def overrule_view(self, request: HttpRequest, object_id: str) -> Any:
        return overrule_page(request, self, object_id)


@admin.register(Identity)
class IdentityAdmin(LogAdmin):
    creator_path = "shopper__creator_id"
    see = Work.ORDERS
    row_relations = ("shopper",)
    list_display = ["kind", "shopper", "seen_at"]
    list_filter = ["kind"]
    exclude = ["key_hash"]
    search_fields = ["shopper__ref", "shopper__email"]
