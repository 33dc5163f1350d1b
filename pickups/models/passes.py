from __future__ import annotations

from django.db import models
from django.db.models import Q

from drops.refs import new_ref
from drops.sales.models import Order, OrderUnit
from pickups.models.locations import Location
from pickups.models.rosters import RosterDevice
from pickups.models.slots import Slot


class UnitState(models.TextChoices):
    BOOKED = "booked", "Booked"
    READY = "ready", "Ready"
    HANDED_OVER = "handed_over", "Handed over"
    NO_SHOW = "no_show", "Not collected"
    CANCELLED = "cancelled", "Cancelled"


class PickupQuerySet(models.QuerySet["Pickup"]):
    def with_units(self) -> PickupQuerySet:
        """Load everything that a roster row or a pass shows, in a fixed number of queries."""
        return self.select_related("order", "slot__location").prefetch_related("units__unit__line")

    def on_a_roster(self) -> PickupQuerySet:
        """Load what a roster's row shows: the units, what goes with them, and who collects instead."""
        return self.with_units().prefetch_related("order__lines", "order__gifts")


class Pickup(models.Model):
    """A paid order that somebody collects: where, when, and the code that proves it is theirs."""

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="pickup")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="pickups")
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="pickups")
    # The code itself is nowhere in the database: it is derived from the ref, and found again by its hash (passes.py).
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    code_version = models.PositiveSmallIntegerField(default=1, editable=False)
    short_code = models.CharField(max_length=4, editable=False, help_text="How the roster names this pickup.")
    created_at = models.DateTimeField()

    objects = PickupQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["location", "short_code"], name="pickup_by_short_code")]

    def __str__(self) -> str:
        return f"Pickup {self.short_code}"


class PickupUnit(models.Model):
    """One unit of a pickup and how far it is."""

    pickup = models.ForeignKey(Pickup, on_delete=models.PROTECT, related_name="units")
    unit = models.OneToOneField(OrderUnit, on_delete=models.PROTECT, related_name="pickup_unit")
    state = models.CharField(max_length=12, choices=UnitState, default=UnitState.BOOKED)

    class Meta:
        constraints = [models.CheckConstraint(name="pickup_unit_state_known", condition=Q(state__in=UnitState.values))]

    def __str__(self) -> str:
        return f"Unit {self.unit_id}: {self.get_state_display()}"


class PickupEvent(models.Model):
    """One step of one unit. Append-only: an undo is a second event, and both stay."""

    unit = models.ForeignKey(PickupUnit, on_delete=models.PROTECT, related_name="events")
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12)
    actor = models.CharField(max_length=80)
    device = models.ForeignKey(RosterDevice, on_delete=models.PROTECT, null=True, related_name="events")
    at = models.DateTimeField(help_text="When it happened.")
    recorded_at = models.DateTimeField(help_text="When the shop learned of it; later, if the telephone was offline.")
    nonce = models.CharField(max_length=64, blank=True, help_text="Of the request; its repeat changes nothing.")
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="nonce_once_per_unit", fields=["unit", "nonce"], condition=~Q(nonce="")),
        ]
        indexes = [models.Index(fields=["nonce"], name="pickup_event_nonce", condition=~Q(nonce=""))]

    def __str__(self) -> str:
        return f"{self.from_state or 'nothing'} to {self.to_state} by {self.actor}"
