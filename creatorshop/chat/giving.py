"""
Giving an order to somebody from the chat, and taking it back.

The link that the service makes is not kept: what a thread stores can be read by everybody who reads threads. The giver
asks the order's page for one, which shows it once.
"""

from creatorshop.chat.engine import events
from drops.audience.models import Shopper
from drops.clock import database_now
from drops.errors import ShopError
from drops.sales import gifts
from drops.sales.gift_models import GiftState
from drops.sales.models import Order


def give(*, shopper: Shopper, order_ref: str, message: str) -> events.GiftMade | events.GiftRefused:
    """Give a shopper's own order to somebody; a repeat finds it given and says so just the same."""
    order = _order(shopper, order_ref)
    if order is None:
        return events.GiftRefused(order=order_ref)
    now = database_now()
    try:
        gifts.give(order=order, message=message, now=now)
    except ShopError as refusal:
        gift = gifts.gift_of(order=order)
        if gift and gift.state_at(now) == GiftState.OPEN:
            return events.GiftMade(order=order_ref)
        return events.GiftRefused(order=order_ref, why=str(refusal.facts.get("why", "")))
    return events.GiftMade(order=order_ref)


def take_back(*, shopper: Shopper, order_ref: str) -> events.GiftTakenBack | events.GiftRefused:
    """Take a shopper's own gift back; a repeat finds it taken back and says so just the same."""
    order = _order(shopper, order_ref)
    if order is None:
        return events.GiftRefused(order=order_ref)
    try:
        gifts.revoke(order=order, now=database_now())
    except ShopError:
        gift = gifts.gift_of(order=order)
        if gift and gift.state == GiftState.REVOKED:
            return events.GiftTakenBack(order=order_ref)
        return events.GiftRefused(order=order_ref)
    return events.GiftTakenBack(order=order_ref)


def _order(shopper: Shopper, ref: str) -> Order | None:
    return Order.objects.filter(shopper=shopper, ref=ref).first()
