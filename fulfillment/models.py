from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from drops.catalog.models import Creator
from drops.refs import new_code
from drops.sales.models import Order, OrderUnit
from drops.schedule.models import Drop
from fulfillment.import_rules import CurrencyConversion, ImportRule, Incoterm

__all__ = [
    "Batch",
    "BatchState",
    "CurrencyConversion",
    "Document",
    "DocumentKind",
    "ImportRule",
    "Parcel",
    "ParcelState",
    "ParcelUnit",
    "Rate",
    "Zone",
]


class BatchState(models.TextChoices):
    DRAFT = "draft", "Draft"
    VALIDATED = "validated", "Checked"
    FROZEN = "frozen", "Frozen"
    RUNNING = "running", "Ready to pack"
    DONE = "done", "Done"
    DONE_WITH_ERRORS = "done_with_errors", "Done, with problems"
    CANCELLED = "cancelled", "Cancelled"


class ParcelState(models.TextChoices):
    WAITING = "waiting", "Waiting for a batch"
    QUEUED = "queued", "In a batch"
    FROZEN = "frozen", "To be packed"
    PACKED = "packed", "Packed"
    SHIPPED = "shipped", "Handed to the carrier"
    NEEDS_HUMAN = "needs_human", "Needs a person"
    CANCELLED = "cancelled", "Cancelled"


class DocumentKind(models.TextChoices):
    PICK_LIST = "pick_list", "Pick list"
    PACKING_SLIPS = "packing_slips", "Packing slips"
    CSV = "csv", "Table of parcels"


LIVE_BATCH_STATES = [BatchState.DRAFT, BatchState.VALIDATED, BatchState.FROZEN, BatchState.RUNNING]
# A parcel in one of these belongs to a batch; in the others it may be free.
BATCHED_STATES = [ParcelState.QUEUED, ParcelState.FROZEN, ParcelState.PACKED, ParcelState.SHIPPED]


def new_batch_ref() -> str:
    """Return a batch's handle, short enough to be written on a box."""
    return f"B-{new_code(6)}"


def new_parcel_ref() -> str:
    return f"P-{new_code(8)}"


class Zone(models.Model):
    """The places to which a creator sends at the same rates."""

    creator = models.ForeignKey(Creator, on_delete=models.CASCADE, related_name="zones")
    name = models.CharField(max_length=80)
    countries = ArrayField(
        models.CharField(max_length=2, validators=[RegexValidator(r"^[A-Z]{2}$", "Write a country like PT.")]),
        help_text="Two-letter country codes, separated by commas: PT, ES, FR.",
    )
    postcode_prefixes = ArrayField(
        models.CharField(max_length=10),
        default=list,
        blank=True,
        help_text="Only postcodes that begin so; empty is the whole country. A zone with prefixes goes before one without.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="zone_name_per_creator", fields=["creator", "name"]),
            models.CheckConstraint(name="zone_has_a_country", condition=Q(countries__len__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name


class RateQuerySet(models.QuerySet["Rate"]):
    def offered(self) -> RateQuerySet:
        return self.filter(withdrawn_at=None)


class Rate(models.Model):
    """A flat price for a parcel to a zone, with the days it takes."""

    key = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    zone = models.ForeignKey(Zone, on_delete=models.CASCADE, related_name="rates")
    name = models.CharField(max_length=60, default="Standard post")
    price_minor = models.PositiveIntegerField(help_text="Including tax, in minor units of the creator's currency.")
    max_weight_g = models.PositiveIntegerField(default=30_000, help_text="The heaviest parcel this rate takes.")
    handling_days_min = models.PositiveSmallIntegerField(default=1, help_text="Business days until it leaves.")
    handling_days_max = models.PositiveSmallIntegerField(default=2)
    transit_days_min = models.PositiveSmallIntegerField(default=2, help_text="Business days on the way.")
    transit_days_max = models.PositiveSmallIntegerField(default=4)
    incoterm = models.CharField(
        max_length=3,
        choices=Incoterm,
        default=Incoterm.DAP,
        verbose_name="import charges",
        help_text="Only where a parcel crosses a customs border. DDP has to be part of what your carrier does for you.",
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = RateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="rate_name_per_zone", fields=["zone", "name"]),
            models.CheckConstraint(
                name="rate_days_in_order",
                condition=Q(handling_days_max__gte=F("handling_days_min"), transit_days_max__gte=F("transit_days_min")),
                violation_error_message="The most days cannot be fewer than the least.",
            ),
            models.CheckConstraint(name="rate_carries_something", condition=Q(max_weight_g__gte=1)),
            models.CheckConstraint(name="rate_incoterm_known", condition=Q(incoterm__in=Incoterm.values)),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.zone.name}"

    def is_withdrawn(self, now: datetime) -> bool:
        """Tell whether it was no longer offered at an instant."""
        return self.withdrawn_at is not None and self.withdrawn_at <= now


class Batch(models.Model):
    """The parcels of a drop that are checked, printed, packed and handed over together."""

    ref = models.CharField(max_length=12, unique=True, default=new_batch_ref, editable=False)
    drop = models.ForeignKey(Drop, on_delete=models.PROTECT, related_name="batches")
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="batches", editable=False)
    state = models.CharField(max_length=20, choices=BatchState, default=BatchState.DRAFT)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    created_at = models.DateTimeField()
    run_asked_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then workers may carry it on; one that died is taken over."
    )
    frozen_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "batches"
        constraints = [
            models.CheckConstraint(name="batch_state_known", condition=Q(state__in=BatchState.values)),
            models.UniqueConstraint(
                name="one_batch_being_prepared_per_drop",
                fields=["drop"],
                condition=Q(state__in=[BatchState.DRAFT, BatchState.VALIDATED]),
                violation_error_message="Another batch of this drop is being prepared.",
            ),
        ]

    def __str__(self) -> str:
        return f"Batch {self.ref}"


class Parcel(models.Model):
    """The units of one order that travel together."""

    ref = models.CharField(max_length=12, unique=True, default=new_parcel_ref, editable=False)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="parcel")
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="parcels", editable=False)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="parcels", null=True, blank=True)
    state = models.CharField(max_length=12, choices=ParcelState, default=ParcelState.WAITING)
    problem = models.TextField(blank=True, help_text="Why a person has to look at it, one reason a line.")
    # Copied when the batch is frozen. What is printed cannot change behind the packer's back.
    address = models.JSONField(default=dict, blank=True)
    contents = models.JSONField(default=list, blank=True, help_text="sku, title, quantity and weight of each line")
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    carrier = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=80, blank=True)
    tracking_url = models.URLField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    packed_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True, help_text="As its buyer or the creator's people said.")

    class Meta:
        constraints = [
            models.CheckConstraint(name="parcel_state_known", condition=Q(state__in=ParcelState.values)),
            models.CheckConstraint(
                name="parcel_is_in_a_batch_from_queued_to_shipped",
                condition=Q(state__in=BATCHED_STATES, batch__isnull=False)
                | Q(state__in=[ParcelState.NEEDS_HUMAN, ParcelState.CANCELLED])
                | Q(state=ParcelState.WAITING, batch__isnull=True),
            ),
            models.CheckConstraint(
                name="parcel_is_frozen_before_it_is_packed",
                condition=~Q(state__in=[ParcelState.FROZEN, ParcelState.PACKED, ParcelState.SHIPPED])
                | ~Q(content_hash=""),
            ),
            models.CheckConstraint(
                name="parcel_shipped_says_when",
                condition=Q(state=ParcelState.SHIPPED, shipped_at__isnull=False)
                | (~Q(state=ParcelState.SHIPPED) & Q(shipped_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="parcel_arrives_after_it_left",
                condition=Q(arrived_at__isnull=True) | Q(state=ParcelState.SHIPPED),
            ),
        ]
        indexes = [models.Index(fields=["creator", "state"], name="parcel_by_state")]

    def __str__(self) -> str:
        return f"Parcel {self.ref}"


class ParcelUnit(models.Model):
    """
    A unit in a parcel. A unit has one parcel and a parcel at most one batch: no unit can be in two live batches.
    """

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="units")
    unit = models.OneToOneField(OrderUnit, on_delete=models.PROTECT, related_name="parcel_unit")

    def __str__(self) -> str:
        return f"Unit {self.unit_id} in parcel {self.parcel_id}"


class Document(models.Model):
    """
    A paper of a frozen batch, made once.

    Kept in the database and not among the media files: it is full of addresses, and media are public.
    """

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=20, choices=DocumentKind)
    name = models.CharField(max_length=80)
    media_type = models.CharField(max_length=40)
    content = models.BinaryField()
    content_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="document_kind_known", condition=Q(kind__in=DocumentKind.values)),
            models.UniqueConstraint(name="document_once_per_batch", fields=["batch", "kind"]),
        ]

    def __str__(self) -> str:
        return self.name
