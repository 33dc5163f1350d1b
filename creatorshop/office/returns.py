"""
Returns: those first that somebody still has to do something about. Whoever packs finds what may come back, without the
buyer's words.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import F, OrderBy, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html

from creatorshop.office.return_money import return_refund_page
from creatorshop.office.return_page import return_page
from creatorshop.office.scope import LogAdmin, scope_of
from drops.catalog.creators import Work
from drops.clock import DATABASE_NOW
from drops.returns.models import Return, ReturnEvent, ReturnLine
from drops.returns.notices import ReturnNotice
from drops.returns.owing import money_due_on, owed_withdrawals


class MoneyFilter(admin.SimpleListFilter):
    title = "money"
    parameter_name = "money"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("owed", "Owed after a withdrawal")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Return]) -> QuerySet[Return]:
        return rows.filter(pk__in=owed_withdrawals().values("pk")) if self.value() == "owed" else rows


@admin.register(Return)
class ReturnAdmin(LogAdmin):
    creator_path = "order__creator_id"
    row_relations = ("order__creator", "refund")
    list_display = ["ref", "what", "order_ref", "reason", "state", "withdrawal", "money_by", "asked_at"]
    list_filter = ["state", "reason", MoneyFilter]
    search_fields = ["ref", "order__ref"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = Return.objects.select_related(*self.row_relations).prefetch_related("lines").annotate(now=DATABASE_NOW)
        scope = scope_of(request)
        if scope.is_all:
            return rows
        asked = Q(order__creator__in=scope.creator_ids(Work.ORDERS))
        # What nobody agreed to does not come to the packing table.
        coming = Q(order__creator__in=scope.creator_ids(Work.PACK), approved_at__isnull=False)
        return rows.filter(asked | coming)

    def get_ordering(self, request: HttpRequest) -> tuple[OrderBy | str, ...]:
        # What is open comes first, the oldest of it; then what was closed last.
        return F("closed_at").desc(nulls_first=True), "created_at", "pk"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(self._may(request, work, obj, each=False) for work in (Work.ORDERS, Work.PACK))

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.refund)
        return [path("<path:object_id>/refund/", page, name="office_refund_return"), *super().get_urls()]

    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return return_refund_page(request, self, object_id)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return return_page(request, self, object_id)

    @admin.display(description="What")
    def what(self, returned: Return) -> str:
        return ", ".join(returned.what)

    @admin.display(description="Order", ordering="order__ref")
    def order_ref(self, returned: Return) -> str:
        return returned.order.ref

    @admin.display(description="Withdrawal", boolean=True, ordering="is_withdrawal")
    def withdrawal(self, returned: Return) -> bool:
        return returned.is_withdrawal

    @admin.display(description="Asked for", ordering="created_at")
    def asked_at(self, returned: Return) -> datetime:
        return returned.created_at

    @admin.display(description="Money by", ordering="created_at")
    def money_by(self, returned: Any) -> str:
        day = money_due_on(returned=returned)
        if day is None:
            return ""
        is_late = returned.now.astimezone(ZoneInfo(returned.order.creator.time_zone)).date() > day
        return format_html("{} <b>late</b>", f"{day:%-d %b %Y}") if is_late else f"{day:%-d %b %Y}"


@admin.register(ReturnLine)
class ReturnLineAdmin(LogAdmin):
    creator_path = "of__order__creator_id"
    see = Work.ORDERS
    row_relations = ("of",)
    list_display = ["__str__", "of", "received_ok", "damaged", "missing", "disposition"]
    list_filter = ["disposition"]
    search_fields = ["of__ref", "label"]


@admin.register(ReturnEvent)
class ReturnEventAdmin(LogAdmin):
    creator_path = "of__order__creator_id"
    see = Work.ORDERS
    row_relations = ("of",)
    list_display = ["at", "of", "from_state", "to_state", "actor", "words"]
    list_filter = ["to_state"]
    search_fields = ["of__ref"]


@admin.register(ReturnNotice)
class ReturnNoticeAdmin(LogAdmin):
    """What buyers were written about their returns, and when."""

    creator_path = "of__order__creator_id"
    see = Work.ORDERS
    row_relations = ("of__order",)
    list_display = ["kind", "of", "at"]
    list_filter = ["kind"]
    search_fields = ["of__ref", "of__order__ref"]
