"""
Form fields that speak as people do: prices as 38.00, lists as lines, people by their login.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from creatorshop.office.scope import OneCreatorForm
from drops.catalog.customs import checked_description, normalised_hs_code, normalised_origin
from drops.catalog.pictures import NotAPicture
from drops.money import decimal_from_minor, minor_from_decimal


class LinesField(forms.Field):
    """A list, written one entry a line."""

    widget = UnfoldAdminTextareaWidget

    def __init__(self, *, most: int = 50, longest: int = 200, **kwargs: Any) -> None:
        self.most, self.longest = most, longest
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)
        self.widget.attrs["rows"] = 3  # the theme's own are as high as a page

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        lines = [line.strip() for line in str(value or "").splitlines()]
        return [line for line in lines if line]

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if len(value) > self.most:
            raise forms.ValidationError(f"{len(value)} lines are too many: {self.most} at most.")
        if any(len(line) > self.longest for line in value):
            raise forms.ValidationError(f"A line has {self.longest} characters at most.")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(self.prepare_value(initial)) != self.to_python(data)


class PriceForm(OneCreatorForm):
    """A form that shows `price_minor` as an amount of the creator's currency."""

    creator_path: ClassVar[str]  # from the row to its creator

    price = forms.DecimalField(
        min_value=Decimal(0),
        max_digits=10,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text="Including tax, in the creator's currency.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None and "price" in self.fields:
            self.initial["price"] = decimal_from_minor(self.instance.price_minor, self.currency())

    def currency(self) -> str:
        """Return the currency of the row's creator; that of a new row is its parent's."""
        owner: Any = self.instance
        for step in self.creator_path.split("__"):
            owner = getattr(owner, step, None)
        return str(owner.currency) if owner is not None else "EUR"

    def save(self, commit: bool = True) -> Model:
        if "price" in self.cleaned_data:
            self.instance.price_minor = self.cleaned_data["price"]
        saved: Model = super().save(commit)
        return saved

    def clean_price(self) -> int:
        try:
            return minor_from_decimal(self.cleaned_data["price"], self.currency())
        except ValueError as wrong:
            raise forms.ValidationError(str(wrong)) from None


def cleaned_picture(given: Any, made: Callable[[bytes], bytes]) -> Any:
    """Return an upload as it may be shown to everybody; what was not uploaded now, or is to be cleared, as it came."""
    if not isinstance(given, UploadedFile):
        return given
    given.seek(0)
    try:
        return ContentFile(made(given.read()), name=f"{Path(given.name or 'head').stem}.jpg")
    except NotAPicture as refusal:
        raise forms.ValidationError(refusal.message) from None


class PersonForm(OneCreatorForm):
    """A form that names a person by their login: nobody is shown a list of everybody's accounts."""

    login = forms.CharField(
        widget=UnfoldAdminTextInputWidget, help_text="The user name with which the person logs in here."
    )

    def clean_login(self) -> User:
        person = User.objects.filter(username=self.cleaned_data["login"], is_active=True).first()
        if person is None:
            raise forms.ValidationError("Nobody logs in with this name.")
        return person


def hs_code_field(*, example: str) -> forms.CharField:
    """Return a field for a code of the Harmonized System: people write it with dots, the column has room for the digits alone."""
    return forms.CharField(
        max_length=24,
        required=False,
        label="HS code",
        widget=UnfoldAdminTextInputWidget,
        help_text=f"6 to 13 digits of the Harmonized System, like {example}.",
    )


class CustomsForm(PriceForm):
    """A form of something with a price that customs is told of: its code, where it was made, and what it is."""

    def clean_hs_code(self) -> str:
        return normalised_hs_code(self.cleaned_data["hs_code"])

    def clean_origin_country(self) -> str:
        return normalised_origin(self.cleaned_data["origin_country"])

    def clean_customs_description(self) -> str:
        return checked_description(self.cleaned_data["customs_description"])
