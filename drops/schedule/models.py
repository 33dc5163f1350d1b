from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from drops.audience.models import Shopper
from drops.catalog.models import Capsule, Creator

LONGEST_MEMBERS_FIRST = 7 * 24 * 60  # minutes


class DropState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SCHEDULED = "scheduled", "Scheduled"
    OPEN = "open", "Open"
    PAUSED = "paused", "Paused"
    CLOSED = "closed", "Closed"
    DRAINED = "drained", "Drained"
    SETTLED = "settled", "Settled"


def validate_time_zone(name: str) -> None:
    """Refuse a name that the IANA time zone database does not know."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValidationError(f"{name!r} is not a time zone of the IANA database.") from None


class DropQuerySet(models.QuerySet["Drop"]):
    def due_to_open(self, *, now: datetime) -> DropQuerySet:
        return self.filter(state=DropState.SCHEDULED, opens_at__lte=now, closes_at__gt=now)

    def due_to_close(self, *, now: datetime) -> DropQuerySet:
        return self.filter(state__in=[DropState.SCHEDULED, DropState.OPEN, DropState.PAUSED], closes_at__lte=now)

    def visible(self) -> DropQuerySet:
        return self.exclude(state=DropState.DRAFT)


class Drop(models.Model):
    """A capsule on sale in one window of time."""

    ref = models.SlugField(max_length=80, unique=True)
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="drops")
    capsule = models.ForeignKey(Capsule, on_delete=models.PROTECT, related_name="drops")
    title = models.CharField(max_length=80)
    state = models.CharField(max_length=12, choices=DropState, default=DropState.DRAFT)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    time_zone = models.CharField(max_length=60, default="Europe/Lisbon", validators=[validate_time_zone])
    hold_minutes = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(5), MaxValueValidator(15)]
    )
    account_limit = models.PositiveSmallIntegerField(default=2, help_text="Units one shopper may have in this drop.")
    household_limit = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Units one device or one address may have, which people share. Empty: twice the limit of a shopper.",
    )
    members_first_minutes = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(LONGEST_MEMBERS_FIRST)],
        help_text="For how long after its opening only members and invited people may hold. 0: everybody at once.",
    )
    pause_reason = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DropQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="drop_state_known", condition=Q(state__in=DropState.values)),
            models.CheckConstraint(
                name="drop_closes_after_it_opens",
                condition=Q(closes_at__gt=F("opens_at")),
                violation_error_message="A drop has to close after it opens.",
            ),
            models.CheckConstraint(
                name="drop_hold_minutes_5_to_15",
                condition=Q(hold_minutes__gte=5, hold_minutes__lte=15),
                violation_error_message="A hold lasts 5 to 15 minutes.",
            ),
            models.CheckConstraint(
                name="drop_members_first_at_most_a_week",
                condition=Q(members_first_minutes__lte=LONGEST_MEMBERS_FIRST),
                violation_error_message="Members are first for at most a week.",
            ),
            models.CheckConstraint(name="drop_account_limit_positive", condition=Q(account_limit__gte=1)),
            models.CheckConstraint(
                name="drop_household_at_least_account",
                condition=Q(household_limit__isnull=True) | Q(household_limit__gte=F("account_limit")),
                violation_error_message="A device or address may have at least as many units as one shopper.",
            ),
        ]
        indexes = [models.Index(fields=["state", "opens_at"], name="drop_by_clock")]

    def __str__(self) -> str:
        return self.title

    def state_at(self, now: datetime) -> DropState:
        """Return the state that is true at an instant, whether or not a worker has written it yet."""
        state = DropState(self.state)
        if state in (DropState.SCHEDULED, DropState.OPEN, DropState.PAUSED) and now >= self.closes_at:
            return DropState.CLOSED
        if state == DropState.SCHEDULED and now >= self.opens_at:
            return DropState.OPEN
        return state

    @property
    def open_to_all_at(self) -> datetime:
        """From when on everybody may hold, and not just members and invited people."""
        return self.opens_at + timedelta(minutes=self.members_first_minutes)

    def is_members_first_at(self, now: datetime) -> bool:
        """Tell whether only members and invited people may hold at an instant, if anybody may."""
        return bool(self.members_first_minutes) and now < self.open_to_all_at

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class EarlyAccess(models.Model):
    """That a shopper may hold while members are first: in one drop, or in the creator's next that has such a time."""

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="early_access")
    shopper = models.ForeignKey(Shopper, on_delete=models.CASCADE, related_name="early_access")
    drop = models.ForeignKey(
        Drop, on_delete=models.CASCADE, null=True, blank=True, related_name="early_access", help_text="None: the next."
    )
    source = models.CharField(max_length=12, help_text="Where it comes from.")
    granted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "early access"
        constraints = [
            models.UniqueConstraint(
                name="early_access_once_per_drop",
                fields=["shopper", "drop"],
                condition=Q(withdrawn_at__isnull=True, drop__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shopper}, {self.drop or 'the next drop'}"


class EarlyLink(models.Model):
    """A personal link to early access that works once. Only a keyed hash of its token is kept."""

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="early_links")
    drop = models.ForeignKey(
        Drop, on_delete=models.CASCADE, null=True, blank=True, related_name="early_links", help_text="None: the next."
    )
    note = models.CharField(max_length=60, blank=True, help_text="Whom it is for, for yourself.")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(Shopper, on_delete=models.SET_NULL, null=True, blank=True, related_name="early_links")

    def __str__(self) -> str:
        return self.note or f"Link of {self.made_at:%d %b %Y}"
