"""
Drops: their list, their form, and the board from which one is run.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from creatorshop.office import board, brakes, proof
from creatorshop.office.clocks import clock_of
from creatorshop.office.scope import ScopedAdmin
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.schedule.models import Drop, DropState, validate_time_zone
from drops.schedule.windows import close_drop, open_drop, pause_drop, resume_drop, schedule_drop


@admin.register(Drop)
class DropAdmin(ScopedAdmin):
    change = Work.DROPS
    can_add = True
    row_relations = ("creator", "capsule")
    list_display = ["title", "creator", "state", "opens", "closes", "time_zone", "to_board"]
    list_filter = ["state", ("creator", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["title", "ref"]
    date_hierarchy = "opens_at"
    readonly_fields = ["state", "pause_reason"]
    actions = ["schedule", "open", "pause", "resume", "close"]
    change_form_outer_before_template = "admin/office/_to_board.html"
    fieldsets = [
        (None, {"fields": ["creator", "capsule", "title", "ref", "state", "pause_reason"]}),
        ("When", {"fields": ["time_zone", "opens_at", "closes_at"], "description": "By the clock of this time zone."}),
        ("Rules", {"fields": ["hold_minutes", "members_first_minutes", "account_limit", "household_limit"]}),
    ]
    # Promised once it is published: a window or a limit that moves under a countdown would be a lie.
    promised = (
        "capsule", "ref", "opens_at", "closes_at", "time_zone", "hold_minutes", "members_first_minutes", "account_limit",
        "household_limit"
    )  # fmt: skip

    def _readonly(self, request: HttpRequest, obj: Any) -> list[str]:
        fields = super()._readonly(request, obj)
        return fields if obj is None or obj.state == DropState.DRAFT else [*fields, *self.promised]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"ref": ["title"]}

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"time_zone": str(clock_of(request)), **super().get_changeform_initial_data(request)}

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **named: Any) -> Any:
        # 18:00 in this form is 18:00 where the drop is, summer time and all, whoever types it wherever.
        with timezone.override(self._clock_of_form(request, object_id)):
            answer = super().changeform_view(request, object_id, *args, **named)
            return answer.render() if isinstance(answer, SimpleTemplateResponse) else answer

    def _clock_of_form(self, request: HttpRequest, object_id: str | None) -> tzinfo | str:
        named = request.POST.get("time_zone", "")
        try:
            validate_time_zone(named)
        except ValidationError:
            drop = self.get_object(request, object_id) if object_id else None
            return drop.zone if drop else clock_of(request)
        return named

    def get_urls(self) -> list[URLPattern]:
        pages = [
            ("board", board.board_page, "office_board"),
            ("board/counts", board.counts, "office_board_counts"),
            ("board/move", board.move, "office_board_move"),
            ("board/plan", board.plan, "office_board_plan"),
            ("board/change", board.change, "office_board_change"),
            ("board/carry", board.carry, "office_board_carry"),
            ("board/brake", brakes.brake_page, "office_board_brake"),
            ("board/batch", board.batch, "office_board_batch"),
            ("proof", proof.proof_of_drop, "office_proof_of_drop"),
        ]
        return [
            path("proof/", self.admin_site.admin_view(self.proof), name="office_proof"),
            *(path(f"<path:object_id>/{where}/", self._page(view), name=name) for where, view, name in pages),
            *super().get_urls(),
        ]

    def proof(self, request: HttpRequest) -> HttpResponse:
        return proof.proof_page(request, self)

    def _page(self, view: Any) -> Any:
        def page(request: HttpRequest, object_id: str) -> HttpResponse:
            answer: HttpResponse = view(request, self, object_id)
            return answer

        return self.admin_site.admin_view(page)

    @admin.display(description="Opens", ordering="opens_at")
    def opens(self, drop: Drop) -> str:
        return date_format(drop.opens_at.astimezone(drop.zone), "DATETIME_FORMAT")

    @admin.display(description="Closes", ordering="closes_at")
    def closes(self, drop: Drop) -> str:
        return date_format(drop.closes_at.astimezone(drop.zone), "DATETIME_FORMAT")

    @admin.display(description="Board")
    def to_board(self, drop: Drop) -> str:
        return format_html(
            '<a class="office-link" href="{}">Open the board</a>', reverse("admin:office_board", args=[drop.pk])
        )

    @admin.action(description="Schedule", permissions=["change"])
    def schedule(self, request: HttpRequest, rows: QuerySet[Drop]) -> None:
        self._move(request, rows, lambda drop: schedule_drop(drop_id=drop.pk, now=database_now()), "scheduled.")

    @admin.action(description="Open now", permissions=["change"])
    def open(self, request: HttpRequest, rows: QuerySet[Drop]) -> None:
        self._move(request, rows, lambda drop: open_drop(drop_id=drop.pk, now=database_now()), "open.")

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, rows: QuerySet[Drop]) -> None:
        reason = "Paused by the creator."
        self._move(
            request, rows, lambda drop: pause_drop(drop_id=drop.pk, reason=reason, now=database_now()), "paused."
        )

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, rows: QuerySet[Drop]) -> None:
        self._move(request, rows, lambda drop: resume_drop(drop_id=drop.pk, now=database_now()), "open again.")

    @admin.action(description="Close", permissions=["change"])
    def close(self, request: HttpRequest, rows: QuerySet[Drop]) -> None:
        self._move(request, rows, lambda drop: close_drop(drop_id=drop.pk, now=database_now()), "closed.")

    def _move(self, request: HttpRequest, rows: QuerySet[Drop], do: Any, done: str) -> None:
        self.run_on_rows(request, rows, work=Work.DROPS, do=do, done=done)
