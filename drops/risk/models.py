from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from drops.audience.models import Shopper
from drops.catalog.models import Creator
from drops.risk.score import BLOCK_FROM, SLOW_DOWN_FROM, STEP_UP_FROM, Thresholds
from drops.risk.signals import BY_CODE
from drops.risk.verdicts import Verdict


class Trait(models.TextChoices):
    """Something besides their account that several shoppers may have in common."""

    ACCOUNT = "account", "Account"
    CHAT = "chat", "Chat identity"
    PHONE = "phone", "Phone"
    MAIL = "mail", "E-mail address"
    CARD = "card", "Card"
    ADDRESS = "addr", "Address"
    AREA = "area", "Postcode"
    DEVICE = "device", "Device"
    NETWORK = "network", "Network"
    ASN = "asn", "Internet provider"


class Sighting(models.Model):
    """
    That a shopper was seen with a trait. Only a keyed hash of it is kept, and the key is the creator's: enough to see that
    two of their shoppers share it, too little to tell what it is or to follow anybody to another shop.
    """

    shopper = models.ForeignKey(Shopper, on_delete=models.CASCADE, related_name="sightings")
    trait = models.CharField(max_length=8, choices=Trait)
    key_hash = models.CharField(max_length=64)
    is_disposable = models.BooleanField(default=False, help_text="A mailbox of a throw-away service.")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="sighting_once_per_shopper", fields=["shopper", "key_hash"]),
            models.CheckConstraint(name="sighting_trait_known", condition=Q(trait__in=Trait.values)),
        ]
        indexes = [
            models.Index(fields=["key_hash", "-last_at"], name="sighting_by_key"),
            models.Index(fields=["last_at"], name="sighting_age"),
        ]

    def __str__(self) -> str:
        return f"{self.get_trait_display()} of {self.shopper_id}"


class OverruleQuerySet(models.QuerySet["Overrule"]):
    def in_force(self, *, now: datetime) -> OverruleQuerySet:
        return self.filter(Q(until__isnull=True) | Q(until__gt=now), lifted_at__isnull=True)


class Overrule(models.Model):
    """
    A creator's word about a shopper, or about everybody who shares a trait with them. The newest in force counts, whatever
    the signals say. Never changed: it is lifted, or a newer one takes its place.
    """

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="overrules")
    shopper = models.ForeignKey(
        Shopper, on_delete=models.PROTECT, related_name="overrules", help_text="About whom it was made."
    )
    trait = models.CharField(max_length=8, choices=Trait, default=Trait.ACCOUNT)
    key_hash = models.CharField(max_length=64)
    verdict = models.CharField(max_length=10, choices=[(v.value, v.label) for v in (Verdict.ALLOW, Verdict.BLOCK)])
    reason = models.CharField(max_length=200)
    by = models.CharField(max_length=60)
    at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True, help_text="Empty: until it is lifted.")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=60, blank=True)

    objects = OverruleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="overrule_allows_or_blocks", condition=Q(verdict__in=[Verdict.ALLOW, Verdict.BLOCK])
            ),
            models.CheckConstraint(name="overrule_trait_known", condition=Q(trait__in=Trait.values)),
            models.CheckConstraint(
                name="overrule_ends_after_it_begins", condition=Q(until__isnull=True) | Q(until__gt=F("at"))
            ),
            models.CheckConstraint(name="overrule_has_a_reason", condition=~Q(reason="")),
        ]
        indexes = [
            models.Index(fields=["key_hash"], name="overrule_by_key", condition=Q(lifted_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}: {self.shopper} ({self.get_trait_display().lower()})"


def validate_signals(codes: list[str]) -> None:
    """Refuse the code of a signal that there is none of."""
    unknown = sorted(set(codes) - set(BY_CODE))
    if unknown:
        raise ValidationError(f"There is no signal {unknown[0]!r}.")


class RiskRules(models.Model):
    """How a creator wants signals to be heard. A creator without a row has the defaults."""

    creator = models.OneToOneField(Creator, on_delete=models.PROTECT, related_name="risk_rules", primary_key=True)
    silent_signals = ArrayField(
        models.CharField(max_length=30), default=list, blank=True, validators=[validate_signals]
    )
    slow_down_from = models.PositiveSmallIntegerField(default=SLOW_DOWN_FROM)
    step_up_from = models.PositiveSmallIntegerField(default=STEP_UP_FROM)
    block_from = models.PositiveSmallIntegerField(default=BLOCK_FROM)
    contact = models.CharField(
        max_length=120,
        blank=True,
        help_text="Where somebody who was blocked by mistake reaches you: an e-mail address or a page. Shown to them.",
    )

    class Meta:
        verbose_name = verbose_name_plural = "risk rules"
        constraints = [
            models.CheckConstraint(
                name="risk_thresholds_rise",
                condition=Q(slow_down_from__gte=1)
                & Q(step_up_from__gte=F("slow_down_from"))
                & Q(block_from__gte=F("step_up_from")),
                violation_error_message="A harder answer needs a score at least as high as a milder one, and at least 1.",
            )
        ]

    def __str__(self) -> str:
        return f"Risk rules of {self.creator}"

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(
            slow_down=self.slow_down_from,
            step_up=self.step_up_from,
            block=self.block_from,
            silent=frozenset(self.silent_signals),
        )


class StepUp(models.Model):
    """One code that was sent to somebody who was asked for it. The code and the address are kept as keyed hashes."""

    shopper = models.ForeignKey(Shopper, on_delete=models.CASCADE, related_name="step_ups")
    mail_hash = models.CharField(max_length=64)
    code_hash = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    passed_at = models.DateTimeField(null=True, blank=True)
    allowed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="step_up_passed_is_allowed",
                condition=Q(passed_at__isnull=True, allowed_until__isnull=True)
                | Q(passed_at__isnull=False, allowed_until__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["shopper", "-sent_at"], name="step_up_by_shopper"),
            models.Index(fields=["mail_hash", "-sent_at"], name="step_up_by_mail"),
            models.Index(fields=["sent_at"], name="step_up_age"),
        ]

    def __str__(self) -> str:
        return f"Code for {self.shopper_id}"
