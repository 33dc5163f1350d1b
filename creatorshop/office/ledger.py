"""
The books. Append-only, so nothing here can be changed.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from creatorshop.office.scope import LogAdmin, scope_of
from drops.catalog.creators import Work
from drops.ledger.models import Balance, BalanceDelta, Entry, LedgerTransaction, Payee
from drops.money import format_minor
from drops.sales.models import Order


@admin.register(Payee)
class PayeeAdmin(LogAdmin):
    creator_path = "creator__pk"
    see = Work.MONEY
    list_display = ["name", "kind", "currency"]
    list_filter = ["kind"]
    search_fields = ["name"]


@admin.register(Entry)
class EntryAdmin(LogAdmin):
    """A creator sees what is written on their own account, not what the platform and partners earn."""

    creator_path = "payee__creator__pk"
    see = Work.MONEY
    row_relations = ("transaction", "payee__creator")
    list_display = ["transaction", "account", "payee", "amount", "memo", "why"]
    list_filter = ["account"]
    search_fields = ["transaction__cause", "transaction__order_ref"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        rows: QuerySet[Entry] = super().get_queryset(request)
        order = Order.objects.filter(ref=OuterRef("transaction__order_ref")).values("pk")[:1]
        return rows.annotate(order_pk=Subquery(order))

    @admin.display(description="Why")
    def why(self, entry: Any) -> str:
        """Lead to how it came about; also for a payee of somebody else's sale."""
        if entry.order_pk is None:
            return ""
        address = reverse("admin:office_explain", args=[entry.order_pk])
        return format_html('<a class="office-link" href="{}">Order {}</a>', address, entry.transaction.order_ref)

    @admin.display(description="Amount", ordering="amount_minor")
    def amount(self, entry: Entry) -> str:
        return format_minor(entry.amount_minor, entry.transaction.currency)


class _Rolled(LogAdmin):
    """A creator sees what stands on their own accounts."""

    creator_path = "payee__creator__pk"
    see = Work.MONEY
    row_relations = ("payee__creator",)
    list_display = ["account", "payee", "country", "amount", "entries"]
    list_filter = ["account", "currency"]

    @admin.display(description="Amount", ordering="amount_minor")
    def amount(self, row: Balance | BalanceDelta) -> str:
        return format_minor(row.amount_minor, row.currency)


@admin.register(Balance)
class BalanceAdmin(_Rolled):
    pass


@admin.register(BalanceDelta)
class BalanceDeltaAdmin(_Rolled):
    pass


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(LogAdmin):
    see = Work.MONEY
    list_display = ["cause", "kind", "order_ref", "currency", "posted_at"]
    list_filter = ["kind"]
    search_fields = ["cause", "order_ref"]
    date_hierarchy = "posted_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerTransaction]:
        rows: QuerySet[LedgerTransaction] = LedgerTransaction.objects.all()
        scope = scope_of(request)
        if scope.is_all:
            return rows
        own = scope.creator_ids(Work.MONEY)
        refs = Order.objects.filter(creator_id__in=own).values("ref")
        return rows.filter(Q(order_ref__in=refs) | Q(entries__payee__creator__in=own)).distinct()

    def creator_ids_of(self, row: LedgerTransaction) -> list[int]:
        return list(Order.objects.filter(ref=row.order_ref).values_list("creator_id", flat=True))
