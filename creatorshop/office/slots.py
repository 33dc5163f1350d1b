"""
Forms of places and slots, which ask the services whether a number will do.
"""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from creatorshop.office.scope import OneCreatorForm
from drops.clock import database_now
from drops.errors import ShopError
from pickups.models import Location, Slot
from pickups.slots import resize_slot

MOST_PEOPLE = 500  # in one slot
MOST_PLACES = 100_000  # of a location; each is a row
DAY_MINUTES = 24 * 60


class LocationForm(OneCreatorForm):
    class Meta:
        model = Location
        fields = "__all__"

    def clean_capacity(self) -> int:
        return _in_bounds(self.cleaned_data["capacity"], least=1)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        minutes, days, people = (cleaned.get(name) for name in ("slot_minutes", "horizon_days", "capacity"))
        if minutes and days and people:
            places = -(-DAY_MINUTES // minutes) * days * people
            if places > MOST_PLACES:
                raise forms.ValidationError(
                    f"That could be {places:,} places, and {MOST_PLACES:,} are the most: make slots longer, fewer days,"
                    " or fewer people a slot."
                )
        return cleaned


class SlotForm(OneCreatorForm):
    """How many people a slot takes. Everything else of a slot comes from its location's hours."""

    capacity = forms.IntegerField(
        widget=UnfoldAdminIntegerFieldWidget, help_text="Never fewer than are expected already."
    )

    class Meta:
        model = Slot
        fields = ["capacity"]

    def clean_capacity(self) -> int:
        """Resize the slot here, where a refusal still becomes a line beside the field; the form's view is one transaction."""
        capacity = _in_bounds(self.cleaned_data["capacity"], least=0)
        if "capacity" in self.changed_data:
            try:
                resize_slot(slot_id=self.instance.pk, capacity=capacity, now=database_now())
            except ShopError as refusal:
                raise forms.ValidationError(refusal.message) from None
        return capacity


def _in_bounds(people: int, *, least: int) -> int:
    if not least <= people <= MOST_PEOPLE:
        raise forms.ValidationError(f"A slot takes {least} to {MOST_PEOPLE} people.")
    return people
