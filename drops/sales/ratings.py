"""
What buyers think of what they got: one number an order, for the creator alone.
"""

from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Q

from drops.errors import Invalid, NotFound, Refused
from drops.events import announce, order_rated
from drops.sales.models import Order, OrderState

LEAST, MOST = 1, 5
OPEN_FOR = timedelta(days=90)  # from the hand-over


class Rating(models.Model):
    """One buyer's number for one order, and when they last said it."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="rating")
    score = models.PositiveSmallIntegerField()
    rated_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="rating_1_to_5", condition=Q(score__gte=LEAST, score__lte=MOST))]

    def __str__(self) -> str:
        return f"{self.score} of {MOST}"


class NoSuchScore(Invalid):
    code = "no_such_score"


class NothingToRate(Refused):
    """It was not handed over or sent, the money went back, or that was too long ago."""

    code = "nothing_to_rate"


class OrderUnknown(NotFound):
    code = "order_not_found"


def may_rate(*, order: Order, now: datetime) -> bool:
    """Tell whether an order can be rated: it was handed over or sent, and not too long ago."""
    return (
        order.state == OrderState.FULFILLED and order.fulfilled_at is not None and now < order.fulfilled_at + OPEN_FOR
    )


def rate(*, shopper_id: int, order_ref: str, score: int, source: str, now: datetime) -> Rating:
    """
    Keep what a shopper thinks of their own order; another number takes the place of the first. `source` is the door.

    :raises NoSuchScore: if it is not from 1 to 5.
    :raises OrderUnknown: if it is not theirs.
    :raises NothingToRate: if they do not have it, or had it too long ago.
    """
    if not LEAST <= score <= MOST:
        raise NoSuchScore(f"A rating is from {LEAST} to {MOST}.")
    order = Order.objects.filter(shopper_id=shopper_id, ref=order_ref).first()
    if order is None:
        raise OrderUnknown("There is no such order.")
    if not may_rate(order=order, now=now):
        raise NothingToRate("This order cannot be rated.")
    with transaction.atomic():
        before = Rating.objects.filter(order=order).values_list("score", flat=True).first()
        rating, _ = Rating.objects.update_or_create(order=order, defaults={"score": score, "rated_at": now})
        if score != before:
            announce(order_rated, order_id=order.pk, source=source)
    return rating
