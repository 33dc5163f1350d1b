from __future__ import annotations

from django.db import models
from django.db.models import Q

from drops.catalog.models import Creator


class StripePayment(models.Model):
    """What the shop knows of a payment at Stripe and the PaymentIntent does not say: the way back, and the card's verdict."""

    payment_ref = models.CharField(max_length=32, unique=True, help_text="The shop's ref of the payment.")
    return_url = models.CharField(max_length=500)
    admitted_at = models.DateTimeField(null=True, help_text="When the shop said yes to the card.")
    refusal = models.CharField(max_length=200, blank=True, help_text="Why the shop said no to the card.")

    class Meta:
        constraints = [
            # Whoever asks second may find the hold confirmed by the first; only one verdict may ever stand.
            models.CheckConstraint(
                name="stripe_card_has_one_verdict", condition=Q(admitted_at__isnull=True) | Q(refusal="")
            ),
        ]

    def __str__(self) -> str:
        return f"Stripe payment {self.payment_ref[:8]}"


class StripeAccount(models.Model):
    """A creator's own account at Stripe, as Stripe last told of it. Transfers go there, and payouts from there."""

    creator = models.OneToOneField(Creator, on_delete=models.PROTECT, related_name="stripe_account")
    account_id = models.CharField(max_length=64, unique=True)
    is_charging_enabled = models.BooleanField(default=False)
    is_transfer_enabled = models.BooleanField(default=False)
    is_payout_enabled = models.BooleanField(default=False)
    has_details = models.BooleanField(default=False, help_text="The form at Stripe was filled in to its end.")
    missing = models.PositiveSmallIntegerField(default=0, help_text="How many things Stripe still asks for.")
    created_at = models.DateTimeField()
    told_at = models.DateTimeField(help_text="The instant that Stripe's word is of; an older one changes nothing.")

    class Meta:
        constraints = [
            models.CheckConstraint(name="stripe_account_id_given", condition=~Q(account_id="")),
        ]

    def __str__(self) -> str:
        return self.account_id
