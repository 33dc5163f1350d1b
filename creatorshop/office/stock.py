"""
Tokens, holds and what happened to them: read here, moved by the shop alone.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from creatorshop.adapters.testpay.models import TestCharge, TestEvent, TestRefund, TestReversal, TestTransfer
from creatorshop.office.risk import HasThoughts
from creatorshop.office.scope import LogAdmin, ScopedAdmin, ScopedInline, scope_of
from creatorshop.office.single import revoke_page
from drops.catalog.creators import Work
from drops.idempotency import IdempotencyKey
from drops.sales.models import InboundEvent
from drops.stock.models import (
    LIVE_STATES,
    AuditLink,
    DropSku,
    DropStream,
    Hold,
    HoldEvent,
    HoldToken,
    LimitSlot,
    Lot,
    StockChange,
    StockMove,
    StockPool,
    Token,
)


@admin.register(DropSku)
class DropSkuAdmin(LogAdmin):
    creator_path = "drop__creator_id"
    row_relations = ("drop__creator", "sku__product")
    list_display = ["sku", "drop", "planned", "position"]
    list_filter = [("drop", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["sku__code", "drop__title"]


@admin.register(StockPool)
class StockPoolAdmin(ScopedAdmin):
    """The store-room and the shelves. A shelf's pool is made with its shelf; here it can be given another name."""

    change = Work.DROPS
    row_relations = ("creator",)
    list_display = ["name", "creator", "is_store_room"]
    fields = ["creator", "name"]
    search_fields = ["name"]


@admin.register(Token)
class TokenAdmin(LogAdmin):
    creator_path = "drop_sku__drop__creator_id"
    row_relations = ("drop_sku__drop", "drop_sku__sku__product", "hold", "pool")
    list_display = ["ordinal", "drop_sku", "pool", "status", "free_at", "fence"]
    list_filter = ["status", ("drop_sku__drop", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["drop_sku__sku__code"]


class HoldEventInline(ScopedInline):
    model = HoldEvent
    see = Work.ORDERS
    fields = readonly_fields = ["at", "from_state", "to_state", "reason", "actor"]
    ordering = ["at", "pk"]


@admin.register(Hold)
class HoldAdmin(HasThoughts, LogAdmin):
    creator_path = "drop_sku__drop__creator_id"
    see = Work.ORDERS
    row_relations = ("shopper", "drop_sku__drop__creator", "drop_sku__sku__product")
    list_display = ["__str__", "drop_sku", "quantity", "state", "score", "created_at", "expires_at", "source"]
    list_filter = ["state", "source", ("drop_sku__drop", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["ref", "shopper__name", "shopper__email"]
    date_hierarchy = "created_at"
    inlines = [HoldEventInline]
    exclude = ["risk"]
    readonly_fields = ["thoughts"]
    change_form_outer_before_template = "admin/office/_on_hold.html"

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.revoke)
        return [path("<path:object_id>/revoke/", page, name="office_revoke"), *super().get_urls()]

    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return revoke_page(request, self, object_id)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        hold = kwargs["obj"]
        context["may_revoke"] = hold.state in LIVE_STATES and scope_of(request).may(
            Work.MONEY, hold.drop_sku.drop.creator_id
        )
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(HoldEvent)
class HoldEventAdmin(LogAdmin):
    creator_path = "hold__drop_sku__drop__creator_id"
    see = Work.ORDERS
    row_relations = ("hold__drop_sku__drop",)
    list_display = ["at", "hold", "from_state", "to_state", "reason", "actor"]
    list_filter = ["to_state"]
    search_fields = ["hold__ref"]


@admin.register(HoldToken)
class HoldTokenAdmin(LogAdmin):
    creator_path = "hold__drop_sku__drop__creator_id"
    see = Work.ORDERS
    row_relations = ("hold__drop_sku__drop", "token")
    list_display = ["hold", "token", "fence"]


@admin.register(LimitSlot)
class LimitSlotAdmin(LogAdmin):
    creator_path = "drop__creator_id"
    see = Work.ORDERS
    row_relations = ("drop", "hold")
    list_display = ["drop", "kind", "slot", "hold", "free_at"]
    list_filter = ["kind"]


@admin.register(StockChange)
class StockChangeAdmin(LogAdmin):
    creator_path = "drop_sku__drop__creator_id"
    row_relations = ("drop_sku__drop", "drop_sku__sku__product", "pool")
    list_display = ["at", "drop_sku", "pool", "by", "minted", "voided", "shortfall", "actor"]
    list_filter = [("drop_sku__drop", admin.RelatedOnlyFieldListFilter)]


@admin.register(StockMove)
class StockMoveAdmin(LogAdmin):
    creator_path = "drop_sku__drop__creator_id"
    row_relations = ("drop_sku__drop", "drop_sku__sku__product", "source", "target")
    list_display = ["at", "drop_sku", "units", "source", "target", "actor"]
    list_filter = [("drop_sku__drop", admin.RelatedOnlyFieldListFilter)]


@admin.register(Lot)
class LotAdmin(LogAdmin):
    creator_path = "drop_sku__drop__creator_id"
    row_relations = ("drop_sku__drop", "drop_sku__sku__product", "pool")
    list_display = ["drop_sku", "pool", "planned", "shortfall"]
    list_filter = [("drop_sku__drop", admin.RelatedOnlyFieldListFilter)]


@admin.register(AuditLink)
class AuditLinkAdmin(LogAdmin):
    creator_path = "drop__creator_id"
    see = Work.ORDERS
    row_relations = ("drop", "event__hold")
    list_display = ["number", "drop", "event", "hash"]
    list_filter = [("drop", admin.RelatedOnlyFieldListFilter)]


class OperatorAdmin(LogAdmin):
    """Rows of the machine room that belong to no creator: for superusers."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return scope_of(request).is_all

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return scope_of(request).is_all


@admin.register(DropStream)
class DropStreamAdmin(OperatorAdmin):
    creator_path = "drop__creator_id"
    row_relations = ("drop",)
    list_display = ["drop", "epoch", "seq", "published_at"]


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(OperatorAdmin):
    creator_path = "pk"
    list_display = ["scope", "key", "created_at"]
    search_fields = ["scope", "key"]


@admin.register(InboundEvent)
class InboundEventAdmin(OperatorAdmin):
    creator_path = "pk"
    list_display = ["provider", "event_id", "received_at"]
    search_fields = ["event_id"]


@admin.register(TestCharge)
class TestChargeAdmin(OperatorAdmin):
    creator_path = "pk"
    list_display = ["ref", "payment_ref", "amount_minor", "currency", "state", "fee_minor", "dispute", "created_at"]
    list_filter = ["state", "dispute"]
    search_fields = ["ref", "payment_ref"]


@admin.register(TestRefund)
class TestRefundAdmin(OperatorAdmin):
    creator_path = "pk"
    row_relations = ("charge",)
    list_display = ["key", "charge", "amount_minor", "created_at"]
    search_fields = ["key"]


@admin.register(TestEvent)
class TestEventAdmin(OperatorAdmin):
    creator_path = "pk"
    row_relations = ("charge",)
    list_display = ["event_id", "outcome", "amount_minor", "created_at", "due_at", "copies", "tries"]
    list_filter = ["outcome"]
    search_fields = ["event_id"]


@admin.register(TestTransfer)
class TestTransferAdmin(OperatorAdmin):
    creator_path = "pk"
    list_display = ["key", "account", "amount_minor", "currency", "group", "created_at"]
    search_fields = ["key", "account", "group"]


@admin.register(TestReversal)
class TestReversalAdmin(OperatorAdmin):
    creator_path = "pk"
    row_relations = ("transfer",)
    list_display = ["key", "transfer", "amount_minor", "created_at"]
    search_fields = ["key"]
