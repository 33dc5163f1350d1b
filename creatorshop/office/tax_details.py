"""
Who is paid, for the yearly report: written and read by the payee's own people and the operator, and by nobody else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from creatorshop.office.fields import LinesField
from creatorshop.office.partner_scope import spoken_for
from creatorshop.office.payees import seen_payees
from creatorshop.office.scope import OneCreatorForm, ScopedAdmin
from drops.catalog.creators import Work
from drops.catalog.customs import normalised_origin
from drops.clock import database_now
from drops.documents.models import Seller
from drops.documents.sellers import normalised_vat_id, vat_id_problem
from drops.ledger.models import Payee
from drops.payouts.tax_details import (
    ReportedSeller,
    date_of_birth_problem,
    normalised_member_state,
    normalised_tin,
    reported_seller,
)
from drops.payouts.tax_models import TaxDetails


class TaxDetailsForm(OneCreatorForm):
    tins = LinesField(
        label="Tax identification numbers (TIN)",
        most=10,
        longest=40,
        help_text="Each with the country that gave it, one a line, like PT 123 456 789.",
    )
    establishments = LinesField(
        label="Permanent establishments in the Union",
        most=27,
        longest=2,
        help_text="Countries in which it does this business at a fixed place, beside that of the address. One a line, like DE.",
    )

    class Meta:
        model = TaxDetails
        exclude = ["changed_at"]

    def clean_date_of_birth(self) -> date | None:
        born: date | None = self.cleaned_data["date_of_birth"]
        if born and (problem := date_of_birth_problem(born=born, today=database_now().date())):
            raise forms.ValidationError(problem)
        return born

    def clean_birth_country(self) -> str:
        return normalised_origin(self.cleaned_data["birth_country"])

    def clean_country(self) -> str:
        return normalised_origin(self.cleaned_data["country"])

    def clean_tins(self) -> list[str]:
        return _each(normalised_tin, self.cleaned_data["tins"])

    def clean_establishments(self) -> list[str]:
        return _each(normalised_member_state, self.cleaned_data["establishments"])

    def clean_vat_id(self) -> str:
        return normalised_vat_id(self.cleaned_data["vat_id"])

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        vat_id, country = cleaned.get("vat_id"), cleaned.get("country") or self._sellers_country()
        if vat_id and "country" in cleaned:
            problem = (
                vat_id_problem(vat_id=vat_id, country=country)
                if country
                else "Say the country of the address first; it decides what the number looks like."
            )
            if problem:
                self.add_error("vat_id", problem)
        return cleaned

    def _sellers_country(self) -> str:
        payee = self.cleaned_data.get("payee") or (self.instance.payee if self.instance.pk else None)
        return Seller.objects.filter(creator__payee=payee).values_list("country", flat=True).first() or ""


@admin.register(TaxDetails)
class TaxDetailsAdmin(ScopedAdmin):
    creator_path = "payee__creator__pk"
    see = change = Work.MONEY
    can_add = True
    form = TaxDetailsForm
    row_relations = ("payee",)
    # No name and no number in the list, and nothing to search for them by.
    list_display = ["payee", "kind", "for_the_report"]
    change_form_outer_before_template = "admin/office/_tax_details.html"
    fieldsets = [
        (None, {"fields": ["payee", "kind"]}),
        (
            "A person",
            {"fields": [("first_name", "last_name"), "date_of_birth", ("birth_city", "birth_country")]},
        ),
        (
            "A company or another body",
            {"fields": ["legal_name", ("registration_number", "is_unregistered"), "establishments"]},
        ),
        ("Address", {"fields": ["street", ("postcode", "city"), "country"]}),
        ("Tax numbers", {"fields": ["tins", "is_without_tin", "vat_id"]}),
        ("Account", {"fields": ["account_holder"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaxDetails]:
        return TaxDetails.objects.select_related(*self.row_relations).filter(payee__in=seen_payees(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) or bool(spoken_for(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if super().has_view_permission(request, obj):  # asked first: it needs no query
            return True
        return bool(spoken_for(request)) if obj is None else obj.payee_id in spoken_for(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) or bool(spoken_for(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) or self.has_view_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "payee":
            kwargs["queryset"] = seen_payees(request).filter(tax_details=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        # The theme would choose the first kind for whoever looks away; a company would be a person then.
        kwargs["choices"] = db_field.get_choices(include_blank=True, blank_choice=[("", "Choose")])
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def _readonly(self, request: HttpRequest, obj: Any) -> list[str]:
        # They say who one payee is; for another there are others.
        return [*super()._readonly(request, obj), *(["payee"] if obj else [])]

    @method_decorator(sensitive_post_parameters())
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(request, *args, **kwargs)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        details = kwargs.get("obj")
        context["missing"] = missing_words(reported_seller(payee=details.payee)) if details is not None else ""
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    def save_model(self, request: HttpRequest, obj: TaxDetails, form: Any, change: bool) -> None:
        obj.changed_at = database_now()
        super().save_model(request, obj, form, change)

    @admin.display(description="For the yearly report")
    def for_the_report(self, details: TaxDetails) -> str:
        return missing_words(reported_seller(payee=details.payee)) or "Complete."


def missing_words(said: ReportedSeller) -> str:
    """Return what the yearly report still lacks of somebody as one sentence, or nothing."""
    if not said.missing:
        return ""
    *most, last = said.missing
    listed = f"{', '.join(most)} and {last}" if most else last
    return f"Missing for the yearly report: {listed}."


def details_address(payee: Payee) -> str:
    """Return where a payee's tax details are written."""
    details = TaxDetails.objects.filter(payee=payee).first()
    if details is not None:
        return reverse("admin:drops_taxdetails_change", args=[details.pk])
    return f"{reverse('admin:drops_taxdetails_add')}?{urlencode({'payee': payee.pk})}"


def _each(normalised: Callable[[str], str], lines: list[str]) -> list[str]:
    problems, found = [], []
    for line in lines:
        try:
            found.append(normalised(line))
        except ValidationError as wrong:
            problems += wrong.messages
    if problems:
        raise forms.ValidationError(problems)
    return list(dict.fromkeys(found))
