"""
Quotes, orders and payments. An order's page reads like its receipt, with the story of its hold beside it.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from creatorshop.office.documents import documents_on_order_page
from creatorshop.office.explaining import explain_page
from creatorshop.office.failed_refunds import failed_refunds_page
from creatorshop.office.gifts import gift_on_order_page
from creatorshop.office.refunding import refund_page, refunds_of
from creatorshop.office.return_entry import enter_return_page, returns_of
from creatorshop.office.risk import HasThoughts
from creatorshop.office.scope import LogAdmin, ScopedInline, scope_of
from drops.catalog.creators import Work
from drops.money import format_minor
from drops.sales.models import Order, OrderLine, OrderState, OrderUnit, Payment, PaymentAttempt, Quote, Refund
from fulfillment.addresses import address_lines
from fulfillment.queries import parcel_of


class _HasTotal:
    @admin.display(description="Total", ordering="total_minor")
    def total(self, row: Any) -> str:
        return format_minor(row.total_minor, row.currency)


@admin.register(Order)
class OrderAdmin(_HasTotal, LogAdmin):
    see = Work.ORDERS
    row_relations = ("creator", "drop", "shopper", "hold")
    list_display = ["ref", "name", "drop", "state", "total", "delivery_method", "paid_at"]
    list_filter = ["state", "delivery_method", ("drop", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["ref", "name", "email"]
    date_hierarchy = "paid_at"
    change_form_template = "admin/office/order.html"

    def get_urls(self) -> list[URLPattern]:
        own = [("refund", self.refund), ("explain", self.explain), ("return", self.enter_return)]
        pages = [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"office_{name}")
            for name, view in own
        ]
        came_back = path("refunds/", self.admin_site.admin_view(self.failed_refunds), name="office_failed_refunds")
        return [came_back, *pages, *super().get_urls()]

    def failed_refunds(self, request: HttpRequest) -> HttpResponse:
        return failed_refunds_page(request, self)

    def explain(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return explain_page(request, self, object_id)

    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return refund_page(request, self, object_id)

    def enter_return(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return enter_return_page(request, self, object_id)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        order = kwargs["obj"]
        may_keep_books = scope_of(request).may(Work.MONEY, order.creator_id)
        may_refund = order.state != OrderState.REFUNDED and may_keep_books
        context |= {**receipt_of(order), **documents_on_order_page(order)}
        context |= {"may_refund": may_refund, "may_keep_books": may_keep_books}
        context |= {"may_enter_return": order.state != OrderState.REFUNDED}  # the page says what stands against it
        return super().render_change_form(request, context, *args, **kwargs)


def receipt_of(order: Order) -> dict[str, Any]:
    """Return an order as the shopper saw it, and what has happened since its hold began."""
    terms = order.terms

    def priced(lines: Any) -> list[dict[str, str]]:
        return [
            {"label": line["label"], "amount": format_minor(line["amount_minor"], order.currency)} for line in lines
        ]

    return {
        "order": order,
        "paid_at": order.paid_at.astimezone(order.drop.zone),
        "quote_lines": priced(terms.get("lines", [])),
        "of_which": priced(terms.get("of_which", [])),
        "total": format_minor(order.total_minor, order.currency),
        "delivery": terms.get("delivery", {}),
        "quantity": terms.get("quantity", ""),
        "events": list(order.hold.events.order_by("at", "pk")),
        "payments": [
            {"row": payment, "amount": format_minor(payment.amount_minor, payment.currency)}
            for payment in order.hold.payments.order_by("number")
        ],
        "refunds": refunds_of(order),
        "returns": returns_of(order),
        "address": address_lines(address=order.address or {}),
        "gift": gift_on_order_page(order),
        "parcel": parcel_of(order=order),
    }


class _OfOrder(LogAdmin):
    see = Work.ORDERS

    def order_link(self, order: Order) -> str:
        return format_html(
            '<a class="office-link" href="{}">{}</a>', reverse("admin:drops_order_change", args=[order.pk]), order.ref
        )


@admin.register(OrderLine)
class OrderLineAdmin(_OfOrder):
    creator_path = "order__creator_id"
    row_relations = ("order", "sku__product", "extra")
    list_display = ["title", "what", "to_order", "quantity", "unit_price"]
    search_fields = ["title", "order__ref"]

    @admin.display(description="Order")
    def to_order(self, line: OrderLine) -> str:
        return self.order_link(line.order)

    @admin.display(description="What")
    def what(self, line: OrderLine) -> str:
        return line.sku.code if line.sku else str(line.extra.get_kind_display()) if line.extra else ""

    @admin.display(description="Price of one")
    def unit_price(self, line: OrderLine) -> str:
        return format_minor(line.unit_price_minor, line.order.currency)


@admin.register(OrderUnit)
class OrderUnitAdmin(_OfOrder):
    creator_path = "line__order__creator_id"
    row_relations = ("line__order", "token")
    list_display = ["__str__", "line", "to_order", "token"]

    @admin.display(description="Order")
    def to_order(self, unit: OrderUnit) -> str:
        return self.order_link(unit.line.order)


@admin.register(Quote)
class QuoteAdmin(HasThoughts, _HasTotal, LogAdmin):
    creator_path = "shopper__creator_id"
    see = Work.ORDERS
    row_relations = ("shopper", "drop_sku__sku__product", "drop_sku__drop")
    list_display = ["__str__", "drop_sku", "quantity", "total", "delivery_method", "verdict", "score", "created_at"]
    list_filter = ["verdict"]
    search_fields = ["ref"]  # what somebody mentions who was blocked
    date_hierarchy = "created_at"
    exclude = ["risk"]
    readonly_fields = ["thoughts"]
    change_form_outer_before_template = "admin/office/_overrule.html"


class _HasAmount:
    @admin.display(description="Amount", ordering="amount_minor")
    def amount(self, row: Any) -> str:
        currency = row.payment.currency if isinstance(row, Refund) else row.currency
        return format_minor(row.amount_minor, currency)


class PaymentAttemptInline(ScopedInline):
    """What was asked of the provider for a payment, and what came of it."""

    model = PaymentAttempt
    creator_path = "payment__hold__shopper__creator_id"
    see = Work.MONEY
    fields = readonly_fields = [
        "kind",
        "subject",
        "state",
        "tries",
        "next_try_at",
        "last_error",
        "created_at",
        "closed_at",
    ]
    ordering = ["created_at", "pk"]


@admin.register(PaymentAttempt)
class PaymentAttemptAdmin(LogAdmin):
    """Every call to a provider. One without a payment, such as a transfer, is the operator's to see."""

    creator_path = "payment__hold__shopper__creator_id"
    see = Work.MONEY
    row_relations = ("payment__hold__shopper", "refund")
    list_display = ["kind", "payment", "subject", "state", "tries", "next_try_at", "last_error", "created_at"]
    list_filter = ["state", "kind"]
    search_fields = ["key", "payment__ref", "payment__provider_ref"]
    date_hierarchy = "created_at"


@admin.register(Payment)
class PaymentAdmin(_HasAmount, LogAdmin):
    creator_path = "hold__shopper__creator_id"
    see = Work.MONEY
    row_relations = ("hold__shopper",)
    list_display = ["__str__", "name", "amount", "state", "failure", "dispute", "provider", "created_at"]
    list_filter = ["state", "dispute", "provider"]
    # The ref is what `manage.py testpay` and a provider's own pages know the payment by.
    fields = [
        "ref",
        "hold",
        "number",
        "amount",
        "state",
        "failure",
        "dispute",
        "provider",
        "provider_ref",
        "name",
        "email",
        "phone",
        "created_at",
        "closed_at",
    ]
    readonly_fields = ["ref", "amount"]
    inlines = [PaymentAttemptInline]
    search_fields = ["ref", "provider_ref", "email", "name"]
    date_hierarchy = "created_at"


@admin.register(Refund)
class RefundAdmin(_HasAmount, LogAdmin):
    creator_path = "payment__hold__shopper__creator_id"
    see = Work.MONEY
    row_relations = ("payment__hold__shopper",)
    list_display = ["key", "amount", "reason", "state", "created_at", "sent_at"]
    list_filter = ["state"]
