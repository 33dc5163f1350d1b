"""
Where a creator writes their story, and what the operator sees of the pictures that hang in shops.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminTextareaWidget

from creatorshop.office.fields import cleaned_picture
from creatorshop.office.scope import OneCreatorForm, ScopedAdmin
from creatorshop.office.stock import OperatorAdmin
from drops.catalog.creators import Work
from drops.catalog.head_pictures import HeadPicture
from drops.catalog.heads import portrait_picture
from drops.catalog.imports.bodies import clean_body
from drops.catalog.models import Creator, Story


class StoryForm(OneCreatorForm):
    class Meta:
        model = Story
        fields = ["creator", "title", "body_html", "portrait", "portrait_alt"]
        widgets = {"body_html": UnfoldAdminTextareaWidget(attrs={"rows": 18})}

    def clean_body_html(self) -> str:
        body = clean_body(self.cleaned_data["body_html"])
        if not body:
            raise forms.ValidationError("Nothing of this may be shown. Write at least one sentence.")
        return body

    def clean_portrait(self) -> Any:
        return cleaned_picture(self.cleaned_data["portrait"], portrait_picture)


@admin.register(Story)
class StoryAdmin(ScopedAdmin):
    change = Work.CATALOG
    can_add = can_delete = True
    form = StoryForm
    row_relations = ("creator",)
    list_display = ["title", "creator", "updated_at", "on_the_shop"]
    search_fields = ["title", "creator__name"]
    fields = ["creator", "title", "body_html", "portrait", "portrait_alt"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One story each: whoever has told theirs changes it."""
        if not super().has_add_permission(request, obj):
            return False
        mine = self._choices(Creator, request)
        return mine is not None and mine.filter(own_story=None).exists()

    @admin.display(description="In the shop")
    def on_the_shop(self, story: Story) -> str:
        return format_html(
            '<a class="office-link" href="{}">Look at it</a>', reverse("story", args=[story.creator.slug])
        )


@admin.register(HeadPicture)
class HeadPictureAdmin(OperatorAdmin):
    creator_path = "pk"
    list_display = ["name", "width", "height", "rendition_widths", "missing_widths"]
    search_fields = ["name"]
