"""
Related rows that a person may not open: they are named, without a link that would end at "not yours".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import ForeignKey, Model
from django.http import HttpRequest


@dataclass(frozen=True)
class NameOnly:
    """Stands for a relation in the fields of an admin form; the theme asks such an object for a label and a text."""

    name: str
    short_description: str

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, row: Model) -> str:
        return str(getattr(row, self.name) or "-")


def closed_relations(*, model: type[Model], site: AdminSite, request: HttpRequest) -> dict[str, NameOnly]:
    """Return a stand-in for each relation of a model to rows that the person behind a request never sees."""
    found = {}
    for field in model._meta.fields:
        related = site._registry.get(field.related_model) if isinstance(field, ForeignKey) else None
        if related is not None and not related.has_view_permission(request):
            found[field.name] = NameOnly(field.name, str(field.verbose_name).capitalize())
    return found


def with_stand_ins(fields: Iterable[Any], closed: dict[str, NameOnly]) -> list[Any]:
    """Return the fields of a form, of a line of it too, with closed relations replaced, and each of them once."""
    replaced = [
        tuple(with_stand_ins(field, closed)) if isinstance(field, list | tuple) else closed.get(field, field)
        for field in fields
    ]
    return list(dict.fromkeys(replaced))
