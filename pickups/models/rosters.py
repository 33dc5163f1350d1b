from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from drops.refs import new_code, new_ref
from pickups.models.locations import Location


class RosterRole(models.TextChoices):
    SCAN = "scan", "May scan"
    SUPERVISOR = "supervisor", "May see the list, search and undo"


class RosterActKind(models.TextChoices):
    ENTERED = "entered", "Opened the link"
    LEFT = "left", "Left"
    LISTED = "listed", "Saw a day's list"
    SEARCHED = "searched", "Searched a name"
    REVEALED = "revealed", "Was shown a pickup"
    MISSED = "missed", "Tried an unknown code"


class RosterLink(models.Model):
    """An address that lets telephones at one location in, until it ends or is revoked."""

    ref = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="roster_links")
    # 256 random bits need no slow hash, and the address itself is shown only once.
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    role = models.CharField(max_length=12, choices=RosterRole, default=RosterRole.SCAN)
    label = models.CharField(max_length=80, blank=True, help_text="Whom it is for, like “Mira's counter”.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="roster_link_role_known", condition=Q(role__in=RosterRole.values)),
            models.CheckConstraint(name="roster_link_ends_later", condition=Q(expires_at__gt=F("created_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.label or 'Roster link'} ({self.location})"

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class RosterDevice(models.Model):
    """A telephone that was let in by a link, pinned to the link's location and role."""

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    link = models.ForeignKey(RosterLink, on_delete=models.PROTECT, related_name="devices")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="roster_devices")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    role = models.CharField(max_length=12, choices=RosterRole)
    label = models.CharField(max_length=80, blank=True, help_text="Who holds it, shown beside what was handed over.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="roster_device_role_known", condition=Q(role__in=RosterRole.values))]

    def __str__(self) -> str:
        return self.label or f"Telephone {self.ref[:6]}"

    @property
    def is_supervisor(self) -> bool:
        return self.role == RosterRole.SUPERVISOR


class RosterAct(models.Model):
    """What a telephone was shown or tried. Append-only, and without the words that were typed."""

    device = models.ForeignKey(RosterDevice, on_delete=models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=12, choices=RosterActKind)
    pickup = models.ForeignKey("pickups.Pickup", on_delete=models.PROTECT, null=True, related_name="acts")
    rows = models.PositiveSmallIntegerField(default=0, help_text="How many pickups were shown.")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="roster_act_known", condition=Q(kind__in=RosterActKind.values))]
        indexes = [models.Index(fields=["device", "kind", "at"], name="roster_act_by_device")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.at:%Y-%m-%d %H:%M}"
