from __future__ import annotations

from datetime import date, datetime

from django.db import models
from django.db.models import Count, F, Q

from drops.refs import new_code
from drops.stock.models import FREE, NEVER, Hold
from pickups.models.locations import Location


class SlotState(models.TextChoices):
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class SlotQuerySet(models.QuerySet["Slot"]):
    def open(self) -> SlotQuerySet:
        return self.filter(state=SlotState.OPEN)

    def on(self, *, day: date) -> SlotQuerySet:
        return self.filter(local_date=day)

    def with_room(self, *, people: int, now: datetime) -> SlotQuerySet:
        """Keep those that take so many more people at an instant of the database's clock, and say in `places_left` how many."""
        free = Count("places", filter=Q(places__free_at__lte=now))
        return self.annotate(places_left=free).filter(places_left__gte=people)


class Slot(models.Model):
    """A stretch of time at a location, with a numbered place for each of the people it takes."""

    ref = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="slots")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    local_date = models.DateField(help_text="The date at the location when the slot starts.")
    capacity = models.PositiveSmallIntegerField(help_text="How many places it has; changed by `resize_slot` alone.")
    state = models.CharField(max_length=8, choices=SlotState, default=SlotState.OPEN)

    objects = SlotQuerySet.as_manager()

    places_left: int  # only where a query asked `with_room`

    class Meta:
        constraints = [
            models.UniqueConstraint(name="slot_once_per_location", fields=["location", "starts_at"]),
            models.CheckConstraint(name="slot_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="slot_state_known", condition=Q(state__in=SlotState.values)),
        ]
        indexes = [models.Index(fields=["location", "local_date"], name="slot_by_day")]

    def __str__(self) -> str:
        starts, ends = self.starts_at.astimezone(self.location.zone), self.ends_at.astimezone(self.location.zone)
        return f"{self.location.name}, {starts:%a %d %b %H:%M}–{ends:%H:%M}"


class SlotPlace(models.Model):
    """
    The right of one person to come in a slot: a row for each, as tokens are for units (ADR 5).

    `free_at` says everything: FREE is free, an instant is kept until then, NEVER is booked by an order. A lapsed
    place still names its last hold; until somebody else takes it, that hold may have it back.
    """

    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="places")
    ordinal = models.PositiveSmallIntegerField()
    free_at = models.DateTimeField(default=FREE)
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="place_ordinal_per_slot", fields=["slot", "ordinal"]),
            models.UniqueConstraint(name="one_place_per_hold", fields=["hold"], condition=Q(hold__isnull=False)),
            models.CheckConstraint(name="place_kept_names_its_hold", condition=Q(hold__isnull=False) | Q(free_at=FREE)),
        ]
        indexes = [models.Index(fields=["slot", "free_at"], name="place_claim")]

    def __str__(self) -> str:
        return f"Place {self.ordinal} of slot {self.slot_id}"

    @property
    def is_booked(self) -> bool:
        return self.free_at == NEVER
