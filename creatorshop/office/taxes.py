"""
The table of tax rates. Everybody in a shop may read it; only the operator writes in it, for it is the same for all shops.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from creatorshop.office.scope import ScopedAdmin, scope_of
from drops.catalog.tax_rates import TaxRate


@admin.register(TaxRate)
class TaxRateAdmin(ScopedAdmin):
    list_display = ["country", "region", "tax_class", "percent", "name", "valid_from", "valid_until", "checked_on"]
    list_filter = ["tax_class", "name"]
    search_fields = ["country", "region", "source"]
    ordering = ["country", "region", "tax_class", "-valid_from"]
    fieldsets = [
        (
            None,
            {
                "fields": [("country", "region"), ("tax_class", "rate_bp", "name"), ("valid_from", "valid_until")],
                "description": "A new rate is a new row: end the old one the day before. Quotes and orders that were made "
                "keep the rate they were made with.",
            },
        ),
        ("Where it is from", {"fields": ["source", "checked_on"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaxRate]:
        return TaxRate.objects.all()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).may_anywhere(self.see)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).is_all

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).is_all

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).is_all

    @admin.display(description="Rate", ordering="rate_bp")
    def percent(self, rate: TaxRate) -> str:
        return f"{rate.rate_bp / 100:g} %"
