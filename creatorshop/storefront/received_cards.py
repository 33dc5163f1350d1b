"""
What a buyer can say on the page of their order once it has left: that it arrived, and how it is. The chat asks the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from drops.sales.access import order_access
from drops.sales.models import Order, OrderState
from drops.sales.ratings import LEAST, MOST, Rating, may_rate
from fulfillment.models import ParcelState
from fulfillment.queries import ParcelView

SCORES = tuple(range(LEAST, MOST + 1))


@dataclass(frozen=True)
class ReceivedCard:
    step: str  # "sent" while only its buyer can tell that it arrived, "rate" when they have it, "rated", or ""
    url: str
    creator: str
    score: int | None = None
    refusal: str = ""
    scores: tuple[int, ...] = SCORES
    most: int = MOST


def received_card(*, order: Order, parcel: ParcelView | None, is_given: bool, now: datetime) -> ReceivedCard:
    """Return what can be said of an order; nothing of one that was sent back, or that somebody else has as a gift."""
    step, score = "", None
    if order.state == OrderState.FULFILLED and not is_given:
        if parcel and parcel.state == ParcelState.SHIPPED and parcel.arrived_at is None:
            step = "sent"
        else:
            score = Rating.objects.filter(order=order).values_list("score", flat=True).first()
            step = "rate" if may_rate(order=order, now=now) else "rated" if score else ""
    url = reverse("order-received", args=[order.ref, order_access(order.ref)])
    return ReceivedCard(step=step, url=url, creator=order.creator.name, score=score)
