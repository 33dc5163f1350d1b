from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from creatorshop.api.auth import ShopperToken, shopper_of
from creatorshop.api.links import order_link, receipt_link
from creatorshop.api.schemas import ErrorOut, Moment, MoneyOut, money
from drops.errors import NotFound
from drops.refs import normalise_code
from drops.sales.models import Order, OrderLine

router = Router(tags=["orders"], auth=ShopperToken())


class OrderUnknown(NotFound):
    """The order does not exist, or is somebody else's."""

    code = "order_unknown"


class OrderLineOut(Schema):
    sku: str | None = Field(description="null for what was chosen beside the goods")
    extra: str | None = Field(description="the ref of what was chosen beside the goods, else null")
    title: str
    quantity: int
    unit_price: MoneyOut


class OrderOut(Schema):
    order: str
    state: str = Field(description="paid, fulfilled or refunded")
    drop: str
    lines: list[OrderLineOut]
    total: MoneyOut
    terms: dict[str, Any] = Field(description="the quote that was accepted")
    paid_at: Moment
    order_url: str = Field(description="the order's own page; whoever has it may read it")
    receipt_url: str = Field(description="its receipt or invoice as PDF; whoever has it may read it")


@router.get(
    "/{order}",
    response={200: OrderOut, 401: ErrorOut, 404: ErrorOut},
    url_name="get-order",
    operation_id="get_order",
)
def get_order(request: HttpRequest, order: str) -> OrderOut:
    """Say how a shopper's own order stands."""
    shopper = shopper_of(request)
    found = (
        Order.objects.select_related("drop")
        .prefetch_related(Prefetch("lines", OrderLine.objects.select_related("sku", "extra").order_by("pk")))
        .filter(ref=normalise_code(order), shopper=shopper)
        .first()
    )
    if found is None:
        raise OrderUnknown("You have no such order.", order=order)
    return OrderOut(
        order=found.ref,
        state=found.state,
        drop=found.drop.ref,
        lines=[
            OrderLineOut(
                sku=line.sku.code if line.sku else None,
                extra=line.extra.ref if line.extra else None,
                title=line.title,
                quantity=line.quantity,
                unit_price=money(line.unit_price_minor, found.currency, shopper.locale),
            )
            for line in found.lines.all()
        ],
        total=money(found.total_minor, found.currency, shopper.locale),
        terms=found.terms,
        paid_at=found.paid_at,
        order_url=order_link(order_ref=found.ref),
        receipt_url=receipt_link(order_ref=found.ref),
    )
