"""
Whose rows a person sees in the admin, and what they may do with them. Every admin class of the shop stands on this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from creatorshop.office.closed import NameOnly, closed_relations, with_stand_ins
from drops.catalog.creators import Work, works_of
from drops.catalog.models import Creator
from drops.errors import ShopError


@dataclass(frozen=True)
class Scope:
    """What one person may do: everything, or for each creator the kinds of work of their role."""

    is_all: bool
    works: dict[int, frozenset[Work]]

    def may(self, work: Work | None, creator_id: int | None) -> bool:
        if work is None:
            return False
        return self.is_all or (creator_id is not None and work in self.works.get(creator_id, frozenset()))

    def may_anywhere(self, work: Work | None) -> bool:
        return work is not None and (self.is_all or any(work in works for works in self.works.values()))

    def creator_ids(self, work: Work) -> list[int]:
        return [creator_id for creator_id, works in self.works.items() if work in works]


def scope_of(request: HttpRequest) -> Scope:
    """Return what the person behind a request may do; read from the database once a request."""
    scope: Scope | None = getattr(request, "_office_scope", None)
    if scope is None:
        user = request.user
        scope = Scope(is_all=user.is_active and user.is_superuser, works=works_of(user))
        request._office_scope = scope  # type: ignore[attr-defined]
    return scope


class OneCreatorForm(forms.ModelForm):
    """A form that refuses to tie rows of two creators together, also for people who work for both."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.prefix:
            # A row of an inline: the theme labels its columns but not its inputs, so a screen reader hears nothing.
            for name, field in self.fields.items():
                field.widget.attrs.setdefault("aria-label", str(field.label or name.replace("_", " ").capitalize()))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values = {name: value for name, value in (cleaned or {}).items() if isinstance(value, Model)}
        owners = {
            value.pk if isinstance(value, Creator) else getattr(value, "creator_id", None) for value in values.values()
        } - {None}
        if (own := getattr(self.instance, "creator_id", None)) is not None:
            owners.add(own)
        if len(owners) > 1:
            raise forms.ValidationError("These belong to different creators.")
        return cleaned


class _Scoped:
    """What admin classes and inlines share: rows of one's own creators, and permissions by kind of work."""

    model: type[Model]
    creator_path = "creator_id"  # from the row to its creator's key
    is_shared = False  # the path leads through a relation to many creators
    see: Work = Work.SEE
    change: Work | None = None  # None: nobody edits these by hand
    can_add = False
    can_delete = False
    row_relations: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).select_related(*self.row_relations)  # type: ignore[misc]
        scope = scope_of(request)
        if scope.is_all:
            return rows
        own = {f"{self.creator_path}__in": scope.creator_ids(self.see)}
        if self.is_shared:
            return rows.filter(pk__in=self.model._default_manager.filter(**own).values("pk"))
        return rows.filter(**own)

    def creator_ids_of(self, row: Any) -> list[int]:
        """Return the creators that a row belongs to: one, or several for a shared place."""
        if self.is_shared:
            return list(
                self.model._default_manager.filter(pk=row.pk, **{f"{self.creator_path}__isnull": False}).values_list(
                    self.creator_path, flat=True
                )
            )
        found = row
        for step in self.creator_path.split("__"):
            found = getattr(found, step, None)
            if found is None:  # A place that nobody has is nobody's.
                return []
        return [found]

    def _may(self, request: HttpRequest, work: Work | None, row: Any, *, each: bool) -> bool:
        scope = scope_of(request)
        if row is None or getattr(row, "pk", None) is None:
            return scope.may_anywhere(work)
        if scope.is_all:
            return work is not None
        quantifier: Callable[[Iterable[object]], bool] = all if each else any
        owners = self.creator_ids_of(row)
        # What belongs to nobody is the operator's alone; `all` of nobody would be everybody.
        return bool(owners) and quantifier([scope.may(work, creator_id) for creator_id in owners])

    def has_module_permission(self, request: HttpRequest) -> bool:
        return scope_of(request).may_anywhere(self.see)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.see, obj, each=False)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_add and scope_of(request).may_anywhere(self.change)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # What several creators share is changed only by somebody who works for all of them.
        return self._may(request, self.change, obj, each=True)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_delete and self._may(request, self.change, obj, each=True)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)  # type: ignore[misc]
        closed = self._closed(request, obj)
        return [(name, {**facts, "fields": with_stand_ins(facts["fields"], closed)}) for name, facts in fieldsets]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*self._readonly(request, obj), *self._closed(request, obj).values()]

    def _readonly(self, request: HttpRequest, obj: Any) -> list[str]:
        return list(super().get_readonly_fields(request, obj))  # type: ignore[misc]

    def _closed(self, request: HttpRequest, obj: Any) -> dict[str, NameOnly]:
        """Return what is only named here: relations that are shown, not chosen, and lead where the person may not go."""
        closed = closed_relations(model=self.model, site=self.admin_site, request=request)  # type: ignore[attr-defined]
        if not self.has_change_permission(request, obj):
            return closed
        shown = self._readonly(request, obj)
        return {name: stand_in for name, stand_in in closed.items() if name in shown}

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if "queryset" not in kwargs:
            kwargs["queryset"] = self._choices(db_field.related_model, request)
        if db_field.related_model is Creator and len(scope_of(request).works) == 1:
            kwargs.setdefault("initial", next(iter(scope_of(request).works)))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if "queryset" not in kwargs:
            kwargs["queryset"] = self._choices(db_field.related_model, request)
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def _choices(self, related: Any, request: HttpRequest) -> QuerySet[Any] | None:
        """Return the rows that may be chosen: those that the person sees in the related model's own list."""
        admin = self.admin_site._registry.get(related)  # type: ignore[attr-defined]
        if admin is None:
            return None
        rows: QuerySet[Any] = admin.get_queryset(request)
        if related is Creator and self.change is not None and not scope_of(request).is_all:
            return rows.filter(pk__in=scope_of(request).creator_ids(self.change))
        return rows


class ScopedAdmin(_Scoped, ModelAdmin):
    """An admin class whose lists, forms, choices, autocompletes and direct addresses keep to one's own creators."""

    form = OneCreatorForm
    list_filter_submit = False
    list_per_page = 50
    compressed_fields = True
    warn_unsaved_form = True
    show_full_result_count = False
    ordering: tuple[str, ...] | list[str] = ("-pk",)  # no model has an order of its own

    def get_list_select_related(self, request: HttpRequest) -> tuple[str, ...]:
        return self.row_relations

    def _readonly(self, request: HttpRequest, obj: Any) -> list[str]:
        fields = super()._readonly(request, obj)
        # A row does not move to another creator: what hangs on it would stay behind.
        return [*fields, "creator"] if obj is not None and _has_field(self.model, "creator") else fields

    def run_on_rows(
        self, request: HttpRequest, rows: Iterable[Any], *, work: Work, do: Callable[[Any], object], done: str
    ) -> None:
        """Do something with each of the chosen rows, and say of each whether it was done or why not."""
        for row in rows:
            if not self._may(request, work, row, each=True):
                self.message_user(request, f"{row}: your role does not include this.", messages.ERROR)
                continue
            try:
                do(row)
            except ShopError as refusal:
                self.message_user(request, f"{row}: {refusal.message}", messages.ERROR)
            else:
                self.message_user(request, f"{row}: {done}", messages.SUCCESS)


class ScopedInline(_Scoped, TabularInline):
    """Rows inside another row's form. They are the parent's, and the parent was looked up in scope."""

    form = OneCreatorForm
    extra = 0
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super(_Scoped, self).get_queryset(request)
        return rows.select_related(*self.row_relations)

    def _may(self, request: HttpRequest, work: Work | None, row: Any, *, each: bool) -> bool:
        # `row` is the parent here; its own admin class decided whether it may be seen or changed at all.
        return scope_of(request).may_anywhere(work)


class LogAdmin(ScopedAdmin):
    """Rows that only programs write: read, and never touched."""

    warn_unsaved_form = False


def _has_field(model: type[Model], name: str) -> bool:
    return any(field.name == name and field.editable for field in model._meta.fields)
