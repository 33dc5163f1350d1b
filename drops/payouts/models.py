from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from drops.ledger.models import Payee
from drops.refs import new_ref


class RunState(models.TextChoices):
    OPEN = "open", "Being paid"
    DONE = "done", "Done"


class PayoutState(models.TextChoices):
    DRAFT = "draft", "To be paid"
    SENT = "sent", "Sent"
    PAID = "paid", "Paid by hand"
    FAILED = "failed", "Refused"
    GIVEN_BACK = "given_back", "Given back"


class ReversalState(models.TextChoices):
    OPEN = "open", "To be taken back"
    DONE = "done", "Taken back"
    REFUSED = "refused", "Refused"


# Whose money is still kept aside.
UNPAID = [PayoutState.DRAFT, PayoutState.FAILED]


class PayoutRun(models.Model):
    """Everybody who had enough to be paid out in a currency at one instant."""

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    key = models.CharField(
        max_length=64, unique=True, help_text="Of whoever started it, so that a repeat starts no other."
    )
    currency = models.CharField(max_length=3)
    minimum_minor = models.PositiveIntegerField(help_text="Whoever had less waits for a later run.")
    state = models.CharField(max_length=4, choices=RunState, default=RunState.OPEN)
    created_by = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="payout_run_state_known", condition=Q(state__in=RunState.values)),
            models.CheckConstraint(
                name="payout_run_done_says_when",
                condition=Q(state=RunState.DONE, closed_at__isnull=False)
                | Q(state=RunState.OPEN, closed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Payout run {self.ref[:8]}"


class PayoutQuerySet(models.QuerySet["Payout"]):
    def to_send(self, *, now: datetime) -> PayoutQuerySet:
        """Return those that a provider has to be asked for, and that nobody asks for this instant."""
        is_free = Q(claimed_until=None) | Q(claimed_until__lte=now)
        return self.filter(is_free, state=PayoutState.DRAFT).exclude(provider="")


class Payout(models.Model):
    """Money for one payee. It is kept aside in the ledger from the moment this row exists."""

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    run = models.ForeignKey(PayoutRun, on_delete=models.PROTECT, related_name="payouts")
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, related_name="payouts")
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    set_off_minor = models.PositiveBigIntegerField(default=0, help_text="Kept back for what the payee owed.")
    provider = models.CharField(max_length=20, blank=True, help_text="Empty: somebody pays it by hand.")
    account = models.CharField(max_length=80, blank=True, help_text="The payee's account as the provider knows it.")
    state = models.CharField(max_length=10, choices=PayoutState, default=PayoutState.DRAFT)
    key = models.CharField(max_length=80, unique=True, help_text="The idempotency key that the provider is given.")
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(
        null=True, help_text="Until then somebody asks the provider, or died doing it."
    )
    transfer_ref = models.CharField(max_length=120, blank=True, help_text="The provider's own.")
    bank_ref = models.CharField(max_length=80, blank=True, help_text="Of a payment by hand.")
    failure = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=60, blank=True)

    objects = PayoutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="payout_once_per_run", fields=["run", "payee"]),
            models.CheckConstraint(name="payout_state_known", condition=Q(state__in=PayoutState.values)),
            models.CheckConstraint(name="payout_amount_positive", condition=Q(amount_minor__gte=1)),
            models.CheckConstraint(
                name="payout_account_with_its_provider",
                condition=Q(provider="", account="") | (~Q(provider="") & ~Q(account="")),
            ),
            models.CheckConstraint(
                name="payout_sent_names_its_transfer",
                condition=~Q(state=PayoutState.SENT) | ~Q(transfer_ref=""),
            ),
            models.CheckConstraint(
                name="payout_paid_names_its_bank_ref", condition=~Q(state=PayoutState.PAID) | ~Q(bank_ref="")
            ),
        ]
        indexes = [
            models.Index(fields=["run"], name="payout_unpaid", condition=Q(state__in=["draft", "failed"])),
        ]

    def __str__(self) -> str:
        return f"Payout to {self.payee}"


class TransferReversal(models.Model):
    """A part of a payout that the provider is asked to take back, because its payee owes it after a refund."""

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="reversals")
    amount_minor = models.PositiveBigIntegerField()
    state = models.CharField(max_length=8, choices=ReversalState, default=ReversalState.OPEN)
    key = models.CharField(max_length=80, unique=True, help_text="The idempotency key that the provider is given.")
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, help_text="Until then somebody asks, or died doing it.")
    reversal_ref = models.CharField(max_length=120, blank=True, help_text="The provider's own.")
    failure = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="reversal_state_known", condition=Q(state__in=ReversalState.values)),
            models.CheckConstraint(name="reversal_amount_positive", condition=Q(amount_minor__gte=1)),
            models.CheckConstraint(
                name="reversal_done_names_itself", condition=~Q(state=ReversalState.DONE) | ~Q(reversal_ref="")
            ),
        ]
        indexes = [models.Index(fields=["payout"], name="reversal_open", condition=Q(state="open"))]

    def __str__(self) -> str:
        return f"Reversal of {self.payout}"


class WriteOff(models.Model):
    """A payee's debt that the operator gave up. Kept for good: the database refuses to change it."""

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, related_name="write_offs")
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=200)
    key = models.CharField(
        max_length=64, unique=True, help_text="Of the form, so that a second press gives up nothing."
    )
    created_by = models.CharField(max_length=60)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "write-off"
        constraints = [
            models.CheckConstraint(name="write_off_amount_positive", condition=Q(amount_minor__gte=1)),
            models.CheckConstraint(name="write_off_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"Write-off for {self.payee}"
