from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from drops.catalog.models import Creator
from drops.refs import new_ref


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
