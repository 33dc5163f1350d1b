"""
What a creator offers beside the goods. Nothing here counts anything: extras are made with what is sold.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from creatorshop.office.fields import CustomsForm, cleaned_picture, hs_code_field
from creatorshop.office.scope import ScopedAdmin
from drops.catalog.creators import Work
from drops.catalog.extras import Extra
from drops.catalog.heads import extra_picture
from drops.money import format_minor

CUSTOMS = ("hs_code", "origin_country", "customs_description")


class ExtraForm(CustomsForm):
    creator_path = "creator"

    hs_code = hs_code_field(example="4901.10")

    class Meta:
        model = Extra
        fields = [
            "creator",
            "kind",
            "title",
            "blurb",
            "price",
            "tax_class",
            "is_per_unit",
            "capsule",
            "products",
            "photo",
            "photo_alt",
            "position",
            "is_active",
            *CUSTOMS,
        ]
        widgets = {
            "blurb": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            "products": UnfoldAdminCheckboxSelectMultipleWidget(),
        }

    def clean_photo(self) -> Any:
        return cleaned_picture(self.cleaned_data["photo"], extra_picture)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        creator = cleaned.get("creator") or getattr(self.instance, "creator", None)
        products = cleaned.get("products")
        if creator is not None and products is not None and products.exclude(creator_id=creator.pk).exists():
            raise forms.ValidationError("These belong to different creators.")
        return cleaned

    def currency(self) -> str:
        """Return the currency of the creator: of a new row, of the one that is chosen beside the price."""
        chosen = self.cleaned_data.get("creator") if hasattr(self, "cleaned_data") else None
        return str(chosen.currency) if chosen is not None else super().currency()


@admin.register(Extra)
class ExtraAdmin(ScopedAdmin):
    change = Work.CATALOG
    can_add = True
    form = ExtraForm
    row_relations = ("creator", "capsule")
    list_display = ["title", "kind", "price_text", "each", "beside", "is_active"]
    list_filter = ["is_active", "kind"]
    search_fields = ["title"]
    ordering = ("creator", "position", "pk")
    fieldsets = [
        (None, {"fields": ["creator", "kind", "title", "blurb", "price", "tax_class", "is_per_unit", "is_active"]}),
        ("Beside what", {"fields": ["capsule", "products", "position"]}),
        (
            "For customs",
            {
                "fields": [("hs_code", "origin_country"), "customs_description"],
                "description": (
                    "Across a customs border an extra is a line of its own with these three, and is counted with the goods"
                    " without them. A way to pack adds its price to the goods' value."
                ),
            },
        ),
        ("Picture", {"fields": ["photo", "photo_alt"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Extra]:
        rows: QuerySet[Extra] = super().get_queryset(request)
        return rows.prefetch_related("products")

    @admin.display(description="Price", ordering="price_minor")
    def price_text(self, extra: Extra) -> str:
        return format_minor(extra.price_minor, extra.creator.currency)

    @admin.display(description="One for")
    def each(self, extra: Extra) -> str:
        return "each unit" if extra.is_per_unit else "the order"

    @admin.display(description="Beside")
    def beside(self, extra: Extra) -> str:
        limits = [*([str(extra.capsule)] if extra.capsule else []), *(str(product) for product in extra.products.all())]
        return ", ".join(limits) or "everything"
