"""Orders that are with their buyer, returns of them, and their page in the office."""

import re
from datetime import timedelta
from html import unescape

from django.urls import reverse
from django.utils.html import strip_tags

from drops.catalog.return_rules import ReturnRule
from drops.returns.models import Return, ReturnEvent, ReturnLine
from drops.returns.requesting import request_return
from drops.sales.models import Order, Refund
from drops.sales.orders import mark_fulfilled
from drops.sales.payment import Outcome
from drops.sales.settling import settle
from tests.clock import set_clock
from tests.doubles import CounterDelivery, InMemoryProvider, event_of
from tests.factories import (
    NOON,
    make_capsule,
    make_drop,
    make_drop_sku,
    make_hold,
    make_payment,
    make_product,
    make_sku,
)

LIST = "admin:drops_return_changelist"
AFTER_THE_DAYS = NOON + timedelta(days=20)


def bought(creator, *, units=2, is_handed_over=True, rule=ReturnRule.ANY_REASON):
    """Sell mugs at 38.00 from a drop that runs until eight in the evening; they are with their buyer since noon."""
    product = make_product(capsule=make_capsule(creator=creator), return_rule=rule)
    drop = make_drop(capsule=product.capsule, opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    drop_sku = make_drop_sku(drop=drop, sku=make_sku(product=product, option_values=["Sage"]), units=4)
    payment = make_payment(hold=make_hold(drop_sku=drop_sku, quantity=units))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
    order = Order.objects.get(hold=payment.hold)
    if is_handed_over:
        CounterDelivery.handed_over[order.ref] = units
        mark_fulfilled(order_id=order.pk, at=NOON)
    order.refresh_from_db()
    return order


def ask(order, *, units=1, reason="changed_mind", note="One is enough for me after all."):
    return request_return(
        order_ref=order.ref, quantities={0: units}, reason=reason, note=note, actor=f"shopper:{order.shopper_id}"
    )


def ask_late(order, **given):
    """Ask after the last day, when nobody has to agree any more."""
    set_clock(AFTER_THE_DAYS)
    return ask(order, **given)


def page_of(returned):
    return reverse("admin:drops_return_change", args=[returned.pk])


def money_of(returned):
    return reverse("admin:office_refund_return", args=[returned.pk])


def take(person, returned, step, **form):
    return person.post(page_of(returned), {"step": step, **form}, follow=True)


def counts(returned, *, ok=None, damaged=0, missing=0, disposition="restock"):
    [line] = returned.lines.all()
    ok = line.quantity if ok is None else ok
    return {
        f"ok-{line.pk}": ok,
        f"damaged-{line.pk}": damaged,
        f"missing-{line.pk}": missing,
        f"disposition-{line.pk}": disposition,
    }


def arrived(person, returned):
    take(person, returned, "receive")
    return returned


def text(answer):
    return " ".join(unescape(strip_tags(answer.content.decode())).split())


def buttons(answer):
    """Return the buttons and the link to the money that a return's page has."""
    page = answer.content.decode()
    main = page[page.index('<div class="office office-two">') :]
    found = re.findall(r'<button[^>]*class="office-button"[^>]*>\s*(.*?)\s*</button>', main, re.DOTALL)
    return [*found, *(["Send the money back"] if "Send the money back</a>" in main else [])]


def everything():
    return (
        list(Return.objects.order_by("pk").values()),
        list(ReturnLine.objects.order_by("pk").values()),
        ReturnEvent.objects.count(),
        Refund.objects.count(),
        list(InMemoryProvider.refunded),
    )


def plan_on(answer):
    return re.search(r'name="plan" value="(\w+)"', answer.content.decode()).group(1)
