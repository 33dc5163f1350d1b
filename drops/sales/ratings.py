"""
What buyers think of what they got: one number an order, for the creator alone.
"""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from drops.errors import Invalid, NotFound, Refused
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


def rate(*, shopper_id: int, order_ref: str, score: int, now: datetime) -> Rating:
    """
    Keep what a shopper thinks of their own order; another number takes the place of the first.

    :raises NoSuchScore: if it is not from 1 to 5.
    :raises OrderUnknown: if it is not theirs.
    :raises NothingToRate: if they do not have it, or had it too long ago.
    """
    if not LEAST <= score <= MOST:
        raise NoSuchScore(f"A rating is from {LEAST} to {MOST}.")
    order = Order.objects.filter(shopper_id=shopper_id, ref=order_ref).first()
    if order is None:
        raise OrderUnknown("There is no such order.")
    if order.state != OrderState.FULFILLED or order.fulfilled_at is None or now >= order.fulfilled_at + OPEN_FOR:
        raise NothingToRate("This order cannot be rated.")
    rating, _ = Rating.objects.update_or_create(order=order, defaults={"score": score, "rated_at": now})
    return rating
