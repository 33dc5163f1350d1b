"""Orders whose units are with their buyer, and returns of them."""

from datetime import datetime, timedelta
from typing import Any

from drops.catalog.models import Product
from drops.catalog.return_rules import ReturnRule
from drops.returns.handling import Found, inspect, receive
from drops.returns.models import Disposition, Return, ReturnEvent, ReturnLine
from drops.returns.requesting import request_return
from drops.sales.models import Order, Refund
from drops.sales.orders import mark_fulfilled
from drops.sales.payment import Outcome
from drops.sales.settling import settle
from drops.stock.models import Token
from tests.doubles import CounterDelivery, InMemoryProvider, event_of
from tests.factories import NOON, make_drop, make_drop_sku, make_extra, make_hold, make_payment

SHOPPER, OFFICE = "shopper:1", "office:mira"


def make_order(
    *,
    units: int = 2,
    handed_over: int | None = None,
    method: str = "pickup",
    now: datetime = NOON,
    rule: ReturnRule = ReturnRule.ANY_REASON,
    with_kit: bool = False,
) -> Order:
    """Make a paid order of mugs at 38.00, by default all with their buyer since just now; with a care kit at 9.00 if told."""
    drop = make_drop(opens_at=now - timedelta(hours=1), closes_at=now + timedelta(hours=8), account_limit=9)
    option = {"pickup": "counter", "parcel": "post"}[method]
    drop_sku = make_drop_sku(drop=drop, units=4)
    Product.objects.filter(skus=drop_sku.sku_id).update(return_rule=rule)
    kit = [make_extra(creator=drop.creator, kind="extra", title="Care kit", price_minor=900).ref] if with_kit else []
    hold = make_hold(drop_sku=drop_sku, quantity=units, method=method, option=option, extras=kit)
    payment = make_payment(hold=hold)
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
    order = Order.objects.get(hold=hold)
    CounterDelivery.handed_over[order.ref] = units if handed_over is None else handed_over
    if handed_over is None:
        mark_fulfilled(order_id=order.pk, at=now)
    order.refresh_from_db()
    return order


def ask(order: Order, units: int = 1, reason: str = "changed_mind", **given: Any) -> Return:
    return request_return(order_ref=order.ref, quantities={0: units}, reason=reason, **({"actor": SHOPPER} | given))


def look_at(returned: Return, *, disposition: Disposition = Disposition.RESTOCK, **counts: int) -> Return:
    """Let a return arrive and be looked at."""
    receive(ref=returned.ref, actor=OFFICE, now=NOON)
    return inspect(
        ref=returned.ref, found=found_in(returned, disposition=disposition, **counts), actor=OFFICE, now=NOON
    )


def found_in(returned: Return, *, disposition: Disposition = Disposition.RESTOCK, **counts: int) -> dict[int, Found]:
    [line] = returned.lines.all()
    return {line.pk: Found(**({"ok": line.quantity} | counts), disposition=disposition)}


def everything() -> tuple[Any, ...]:
    """Return what a step of a return changes, to compare."""
    return (
        list(Return.objects.order_by("pk").values()),
        list(ReturnLine.objects.order_by("pk").values()),
        ReturnEvent.objects.count(),
        Refund.objects.count(),
        list(Token.objects.order_by("pk").values_list("status", flat=True)),
        list(InMemoryProvider.refunded),
    )
