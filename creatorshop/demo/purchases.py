"""
Buys things in the demo as anybody would: quote, hold, payment at the test provider, order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from creatorshop.adapters.testpay.charges import approve, charge_of
from creatorshop.demo.buyers import DemoBuyer
from creatorshop.demo.windows import Window
from drops.audience.sessions import open_session
from drops.sales.checkout import Contact, start_payment
from drops.sales.delivery import DeliveryOption, Destination
from drops.sales.holding import place_hold
from drops.sales.models import Order, Payment
from drops.sales.quotes import delivery_choices, make_quote
from drops.sales.settling import refresh_payment
from drops.schedule.models import Drop

PROVIDER = "test"


def sell(*, drop: Drop, buyers: Sequence[DemoBuyer]) -> list[Order]:
    """Let people buy in an open drop, one after the other, and return their orders."""
    return [_buy(drop, buyer, number) for number, buyer in enumerate(buyers)]


def spread_over(*, window: Window, orders: Sequence[Order], until: datetime) -> None:
    """
    Write other times on orders, so that they read as bought one by one in a window.

    The ledger, holds' events and pickups' events keep the true times: they are append-only, and a demo is no reason.
    """
    step = (min(window.closes_at, until) - window.opens_at) / (len(orders) + 1)
    for number, order in enumerate(orders, start=1):
        at = window.opens_at + step * number
        Order.objects.filter(pk=order.pk).update(paid_at=at)
        Payment.objects.filter(hold_id=order.hold_id).update(created_at=at, closed_at=at)


def _buy(drop: Drop, buyer: DemoBuyer, number: int) -> Order:
    shopper, _ = open_session(creator=drop.creator, time_zone=drop.time_zone)
    destination = Destination(country=buyer.country, postcode=buyer.postcode)
    option = _option(drop, buyer, destination, number)
    quote = make_quote(
        shopper=shopper,
        drop=drop,
        sku_code=buyer.sku,
        quantity=buyer.quantity,
        destination=destination,
        method=option.method,
        option=option.key,
    )
    hold = place_hold(shopper=shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=quote.ref)
    address = {"street": buyer.street, "postcode": buyer.postcode, "city": buyer.city, "country": buyer.country}
    payment, _ = start_payment(
        hold_ref=hold.ref,
        provider=PROVIDER,
        contact=Contact(name=buyer.name, email=buyer.email, address={} if buyer.collects else address),
        return_url="",
    )
    approve(charge=charge_of(payment_ref=payment.ref))
    refresh_payment(payment_ref=payment.ref)
    return Order.objects.get(hold=hold)


def _option(drop: Drop, buyer: DemoBuyer, destination: Destination, number: int) -> DeliveryOption:
    choices = delivery_choices(drop=drop, sku_code=buyer.sku, quantity=buyer.quantity, destination=destination)
    wanted = "pickup" if buyer.collects else "parcel"
    options = [option for option in choices.options if option.method == wanted]
    # The soonest day, and its slots in turn, so that nobody has to queue at the counter.
    soonest = [option for option in options if option.earliest_date == options[0].earliest_date]
    return soonest[number % len(soonest)]
