"""
The rules of import and the stated conversions. Everybody in a shop may read them; only the operator writes in them, for customs
is the same for all shops.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet, URLField
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from creatorshop.office.scope import ScopedAdmin, scope_of
from drops.clock import database_now
from drops.money import format_minor
from fulfillment.import_rules import GOES_STALE_AFTER, CurrencyConversion, ImportRule, RuleKind

DATES = ("Where it is from", {"fields": [("valid_from", "valid_until"), "source_url", "checked_on"]})


class StaleFilter(admin.SimpleListFilter):
    title = "last look"
    parameter_name = "look"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [("old", f"More than {GOES_STALE_AFTER.days} days ago")]

    def queryset(self, request: HttpRequest, rows: Any) -> Any:
        return rows.stale(day=database_now().date()) if self.value() == "old" else rows


class _OperatorsTable(ScopedAdmin):
    """Rows that are nobody's own: read by all, written by the operator."""

    list_filter: list[Any] = [StaleFilter]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.model._default_manager.all()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"  # of an address that was written without one
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).may_anywhere(self.see)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).is_all

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).is_all

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).is_all

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        stale = self.get_queryset(request).stale(day=database_now().date()).count()  # type: ignore[attr-defined]
        if stale and request.method == "GET":
            rows = "1 row was" if stale == 1 else f"{stale} rows were"
            text = f"{rows} last checked more than {GOES_STALE_AFTER.days} days ago: what they say is only an estimate by now."
            self.message_user(request, text, messages.WARNING)
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer

    @admin.display(description="Checked", ordering="checked_on")
    def checked(self, row: Any) -> str:
        day = f"{row.checked_on:%d %b %Y}"
        return format_html("{} <b>look again</b>", day) if row.is_stale(day=database_now().date()) else day

    @admin.display(description="Days", ordering="valid_from")
    def days(self, row: Any) -> str:
        until = f" to {row.valid_until:%d %b %Y}" if row.valid_until else " on"
        return f"{row.valid_from:%d %b %Y}{until}"


@admin.register(ImportRule)
class ImportRuleAdmin(_OperatorsTable):
    list_display = ["dest", "kind", "charge", "what", "scope", "days", "checked"]
    list_filter = ["kind", "charge", StaleFilter]
    search_fields = ["dest", "hs_prefix", "note"]
    ordering = ["dest", "kind", "-valid_from"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("dest", "kind", "charge"),
                    ("rate_bp", "base"),
                    ("amount_minor", "currency"),
                    "hs_digits",
                    "note",
                ],
                "description": "What is not written here is unknown, and said to be. A new rate is a new row: end the old one "
                "the day before. Orders keep the rules they were made with.",
            },
        ),
        (
            "Only for",
            {
                "fields": [
                    ("hs_prefix", "origin_country", "incoterm"),
                    ("value_above_minor", "value_upto_minor"),
                    "confidence",
                ]
            },
        ),
        DATES,
    ]

    @admin.display(description="How much")
    def what(self, rule: ImportRule) -> str:
        if rule.kind == RuleKind.AD_VALOREM:
            return f"{(rule.rate_bp or 0) / 100:g} % of {rule.get_base_display().lower()}"
        if rule.kind == RuleKind.DATA_REQUIRED:
            return f"{rule.hs_digits} digits"
        if rule.kind == RuleKind.BLOCK:
            return rule.note
        return format_minor(rule.amount_minor or 0, rule.currency)

    @admin.display(description="Only for")
    def scope(self, rule: ImportRule) -> str:
        parts = [f"HS {rule.hs_prefix}…"] if rule.hs_prefix else []
        parts += [f"made in {rule.origin_country}"] if rule.origin_country else []
        parts += [str(rule.incoterm)] if rule.incoterm else []
        if rule.value_above_minor is not None:
            parts.append(f"above {format_minor(rule.value_above_minor, rule.currency)}")
        if rule.value_upto_minor is not None:
            parts.append(f"up to {format_minor(rule.value_upto_minor, rule.currency)}")
        return ", ".join(parts) or "everything"


@admin.register(CurrencyConversion)
class CurrencyConversionAdmin(_OperatorsTable):
    list_display = ["__str__", "days", "checked"]
    search_fields = ["currency", "into"]
    ordering = ["currency", "into", "-valid_from"]
    fieldsets = [
        (
            None,
            {
                "fields": [("currency", "into", "rate")],
                "description": "Only what somebody states: the rate of a customs office, or of an agreement with a carrier. "
                "Without one, an amount in another currency is unknown.",
            },
        ),
        DATES,
    ]
