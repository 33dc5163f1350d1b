"""
One of the demo's orders is a gift: whoever bought it gave it to a friend, who collects it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from drops.sales import gifts
from drops.sales.delivery import Recipient
from drops.sales.models import Order

MESSAGE = "For your new kitchen. Coffee on Sunday?"
FRIEND = Recipient(name="Carlota")


def give_the_first_to_be_collected(*, orders: Sequence[Order], now: datetime) -> None:
    """Give the first order that somebody collects to a friend, who accepts it and keeps the slot."""
    for order in orders:
        if order.delivery_method == "pickup" and not gifts.may_give(order=order, now=now):
            _, token = gifts.give(order=order, message=MESSAGE, now=now)
            gifts.claim(token=token, to=FRIEND, now=now)
            return
