from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from drops.sales.models import Order

LONGEST_MESSAGE = 300
LONGEST_NAME = 120  # as an order's own


class GiftState(models.TextChoices):
    OPEN = "open", "Waiting to be accepted"
    CLAIMED = "claimed", "Accepted"
    EXPIRED = "expired", "Not accepted in time"
    REVOKED = "revoked", "Taken back"


LIVE_GIFT_STATES = [GiftState.OPEN, GiftState.CLAIMED]


class GiftQuerySet(models.QuerySet["GiftClaim"]):
    def open(self) -> GiftQuerySet:
        return self.filter(state=GiftState.OPEN)

    def due(self, *, now: datetime) -> GiftQuerySet:
        """Keep those whose time ran out and that nobody has booked as expired."""
        return self.open().filter(expires_at__lte=now)


class GiftClaim(models.Model):
    """
    A whole paid order that its buyer gives to whoever opens a link, until somebody accepts it or its time runs out.

    The link is nowhere in the database: its token is found again by a keyed hash. Its giver knows it as well, so whoever
    accepts gets an address of their own, and only that one shows the pass.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="gifts")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    own_hash = models.CharField(max_length=64, blank=True, editable=False, help_text="Of the recipient's own address.")
    message = models.CharField(max_length=LONGEST_MESSAGE, blank=True)
    state = models.CharField(max_length=8, choices=GiftState, default=GiftState.OPEN)
    recipient_name = models.CharField(max_length=LONGEST_NAME, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="When it was taken back, or found to be expired.")

    objects = GiftQuerySet.as_manager()

    class Meta:
        verbose_name = "gift"
        constraints = [
            models.CheckConstraint(name="gift_state_known", condition=Q(state__in=GiftState.values)),
            models.UniqueConstraint(
                name="one_live_gift_per_order",
                fields=["order"],
                condition=Q(state__in=LIVE_GIFT_STATES),
                violation_error_message="This order is given to somebody already.",
            ),
            models.UniqueConstraint(name="gift_own_hash_once", fields=["own_hash"], condition=~Q(own_hash="")),
            models.CheckConstraint(
                name="gift_claimed_says_by_whom_and_when",
                condition=(
                    Q(state=GiftState.CLAIMED, claimed_at__isnull=False) & ~Q(recipient_name="") & ~Q(own_hash="")
                )
                | (~Q(state=GiftState.CLAIMED) & Q(claimed_at__isnull=True, recipient_name="", own_hash="")),
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="gift_due", condition=Q(state=GiftState.OPEN))]

    def __str__(self) -> str:
        return f"Gift of order {self.order_id}"

    def state_at(self, now: datetime) -> GiftState:
        """Return how it stands at an instant, whether or not the sweep has been there."""
        if self.state == GiftState.OPEN and self.expires_at <= now:
            return GiftState.EXPIRED
        return GiftState(self.state)
