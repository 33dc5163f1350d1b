"""
What a thread does about the choices after an order: each one service of the shop, and its undoing.
"""

from __future__ import annotations

from creatorshop.chat.engine import commands, events
from drops.audience import memberships
from drops.audience.models import Shopper
from drops.clock import database_now
from drops.errors import NotFound, ShopError
from drops.letters import stopping, subscribing
from drops.letters.models import Source
from drops.letters.promises import consent_of
from drops.letters.subscribing import Wish
from drops.sales.models import Order
from drops.schedule import early

SOURCE = "chat"


class NotTheirOrder(NotFound):
    """The order is not this shopper's."""

    code = "order_not_found"


def follow(*, shopper: Shopper, wish: commands.FollowOn) -> events.Event:
    """Do what was chosen; every one of them is harmless when it is done twice."""
    now = database_now()
    try:
        match wish.choice:
            case "early":
                early.grant_next(shopper=shopper, source=SOURCE, now=now)
            case "member":
                memberships.join(shopper=shopper, source=SOURCE, now=now)
            case "letter":
                asked = Wish(shopper=shopper, consent=consent_of(shopper.creator), source=Source.CHAT)
                subscribing.subscribe(wish=asked, email=_email_of(shopper, wish.order), now=now)
    except ShopError as refusal:
        return events.FollowOnRefused(order=wish.order, choice=wish.choice, code=refusal.code, message=refusal.message)
    return events.FollowOnTaken(order=wish.order, choice=wish.choice)


def undo(*, shopper: Shopper, wish: commands.UndoFollowOn) -> events.Event:
    """Take one of them back, whether or not it is still there."""
    now = database_now()
    match wish.choice:
        case "early":
            early.withdraw_next(shopper=shopper, now=now)
        case "member":
            memberships.end(shopper=shopper, now=now)
        case "letter":
            stopping.stop_all_of(shopper=shopper, now=now)
    return events.FollowOnUndone(order=wish.order, choice=wish.choice)


def _email_of(shopper: Shopper, ref: str) -> str:
    email = Order.objects.filter(shopper=shopper, ref=ref).values_list("email", flat=True).first()
    if email is None:
        raise NotTheirOrder("There is no such order.")
    return email
