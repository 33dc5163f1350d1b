from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from drops.catalog.models import Creator
from drops.refs import new_ref

MOST_BENEFITS, LONGEST_BENEFIT = 4, 80


def validate_benefits(value: object) -> None:
    """Refuse what is not a short list of short lines."""
    if not isinstance(value, list) or len(value) > MOST_BENEFITS:
        raise ValidationError(f"At most {MOST_BENEFITS} lines.")
    if not all(isinstance(line, str) and 0 < len(line.strip()) <= LONGEST_BENEFIT for line in value):
        raise ValidationError(f"Each line has 1 to {LONGEST_BENEFIT} characters.")


class Shopper(models.Model):
    """Someone who buys from one creator: at first only a session, later a name and an address to write to."""

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="shoppers")
    locale = models.CharField(max_length=12, default="en")
    time_zone = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    country = models.CharField(max_length=2, blank=True, validators=[RegexValidator(r"^[A-Z]{2}$")])
    postcode = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name or f"Shopper {self.ref[:6]}"


class IdentityKind(models.TextChoices):
    CHAT = "chat", "Chat identity"
    PHONE = "phone", "Phone"
    DEVICE = "device", "Device"


class Identity(models.Model):
    """
    Something besides their account that a shopper is known by, and that limits count as well.

    Only a keyed hash is kept: enough to see that two shoppers share it, too little to tell what it is.
    """

    shopper = models.ForeignKey(Shopper, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=8, choices=IdentityKind)
    key_hash = models.CharField(max_length=64)
    seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="identity_once_per_shopper", fields=["shopper", "kind", "key_hash"]),
            models.CheckConstraint(name="identity_kind_known", condition=Q(kind__in=IdentityKind.values)),
        ]
        indexes = [models.Index(fields=["kind", "key_hash"], name="identity_by_key")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.shopper}"


class Tier(models.Model):
    """One kind of membership that a creator offers, with what it brings. Joining costs nothing."""

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="tiers")
    name = models.CharField(max_length=40)
    benefits = models.JSONField(default=list, blank=True, validators=[validate_benefits])
    position = models.PositiveSmallIntegerField(default=0, help_text="The first that is open is offered.")
    is_open = models.BooleanField(default=True, help_text="Whether it can be joined now. Members stay members.")

    class Meta:
        ordering = ("position", "pk")
        constraints = [models.UniqueConstraint(name="tier_name_once", fields=["creator", "name"])]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """That a shopper belongs to a creator's circle, from when, and until when."""

    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="memberships")
    shopper = models.ForeignKey(Shopper, on_delete=models.CASCADE, related_name="memberships")
    joined_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=12, help_text="Where they said so.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_live_membership_per_shopper", fields=["shopper"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="membership_ends_after_it_began",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("joined_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shopper}, {self.tier}"
