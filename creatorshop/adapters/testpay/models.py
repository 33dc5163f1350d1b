from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from drops.refs import new_ref
from drops.sales.models import DisputeState


class ChargeState(models.TextChoices):
    PENDING = "pending", "Waiting for the shopper"
    CHALLENGED = "challenged", "The bank asks the shopper"
    APPROVED = "approved", "Approved, money on its way"
    AUTHORISED = "authorised", "Reserved for the shop"
    CAPTURED = "captured", "Captured"
    DECLINED = "declined", "Declined"
    CANCELLED = "cancelled", "Cancelled by the shop"
    REFUNDED = "refunded", "Sent back"


TAKEN = (ChargeState.CAPTURED, ChargeState.REFUNDED)


class TestCharge(models.Model):
    """
    What this provider knows of one payment; the shop learns of it only by webhook or by asking.

    An approved charge counts as authorised from `arrives_at` on, or as captured if it is taken at once, whether or not that is
    written.
    """

    __test__ = False  # its name is no invitation to pytest

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    payment_ref = models.CharField(max_length=32, unique=True, help_text="The shop's ref: the idempotency key.")
    amount_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    return_url = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=ChargeState, default=ChargeState.PENDING)
    reason = models.CharField(max_length=80, blank=True)
    card = models.CharField(max_length=20, blank=True, help_text="The name of the card that was held up.")
    capture_key = models.CharField(max_length=120, blank=True, help_text="The key that it was captured under.")
    fee_minor = models.PositiveIntegerField(default=0, help_text="What was kept of it when it was captured.")
    fee_told_at = models.DateTimeField(null=True, help_text="When a fee that is not told with the capture is.")
    dispute = models.CharField(max_length=4, choices=DisputeState, default=DisputeState.NONE, blank=True)
    arrives_at = models.DateTimeField(null=True, help_text="When money that was approved late arrives.")
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="charge_state_known", condition=Q(state__in=ChargeState.values)),
            models.CheckConstraint(
                name="charge_on_its_way_says_when",
                condition=~Q(state=ChargeState.APPROVED) | Q(arrives_at__isnull=False),
            ),
            models.CheckConstraint(
                name="charge_captured_under_a_key",
                condition=~Q(state__in=[ChargeState.CAPTURED, ChargeState.REFUNDED]) | ~Q(capture_key=""),
            ),
        ]

    def __str__(self) -> str:
        return f"Test charge {self.ref[:8]}"

    def fee_at(self, now: datetime) -> int | None:
        """Return the fee as it is told at an instant."""
        return None if self.fee_told_at is not None and now < self.fee_told_at else self.fee_minor

    def state_at(self, now: datetime) -> ChargeState:
        """Return the state that is true at an instant."""
        if self.state == ChargeState.APPROVED and self.arrives_at is not None and now >= self.arrives_at:
            return ChargeState.CAPTURED if self.capture_key else ChargeState.AUTHORISED
        return ChargeState(self.state)

    def write_arrival(self, *, now: datetime) -> None:
        """Write down that money which was approved late, and is taken without a capture, has come in by an instant."""
        if self.state != ChargeState.CAPTURED and self.state_at(now) == ChargeState.CAPTURED:
            self.state = ChargeState.CAPTURED
            self.save(update_fields=["state"])

    @staticmethod
    def taken(now: datetime) -> Q:
        """Return the condition for charges whose money has come in by an instant."""
        arrived = Q(state=ChargeState.APPROVED, arrives_at__lte=now) & ~Q(capture_key="")
        return Q(state__in=TAKEN) | arrived


class TestEvent(models.Model):
    """Something to tell the shop: as it was when it happened, whenever and however often it is told."""

    __test__ = False

    charge = models.ForeignKey(TestCharge, on_delete=models.PROTECT, related_name="events")
    event_id = models.CharField(max_length=120, unique=True)
    outcome = models.CharField(max_length=20)
    amount_minor = models.PositiveIntegerField()
    reason = models.CharField(max_length=80, blank=True)
    fee_minor = models.PositiveIntegerField(null=True, default=0, help_text="Empty: it is told later.")
    refund_key = models.CharField(max_length=120, blank=True, help_text="Which refund it is about, if one.")
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="When the shop is told next; empty once it knows, or was lost.")
    copies = models.PositiveSmallIntegerField(default=1, help_text="How often it is still to be told.")
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="test_event_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"Test event {self.event_id}"


class TestRefund(models.Model):
    """Money sent back, once for each key."""

    __test__ = False

    charge = models.ForeignKey(TestCharge, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=120, unique=True)
    amount_minor = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    fails_at = models.DateTimeField(null=True, help_text="From when on the money is back here.")
    failure = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="test_refund_is_something", condition=Q(amount_minor__gte=1))]

    def __str__(self) -> str:
        return f"Test refund {self.key}"

    @staticmethod
    def standing(now: datetime) -> Q:
        """Return the condition of refunds whose money is not back here by an instant."""
        return Q(fails_at__isnull=True) | Q(fails_at__gt=now)


class TestTransfer(models.Model):
    """Money sent to a payee's account here, once for each key."""

    __test__ = False

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    key = models.CharField(max_length=120, unique=True)
    account = models.CharField(max_length=120)
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    group = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="test_transfer_is_something", condition=Q(amount_minor__gte=1))]

    def __str__(self) -> str:
        return f"Test transfer {self.key}"


class TestReversal(models.Model):
    """A transfer or a part of it taken back, once for each key."""

    __test__ = False

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    transfer = models.ForeignKey(TestTransfer, on_delete=models.PROTECT, related_name="reversals")
    key = models.CharField(max_length=120, unique=True)
    amount_minor = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="test_reversal_is_something", condition=Q(amount_minor__gte=1))]

    def __str__(self) -> str:
        return f"Test reversal {self.key}"
