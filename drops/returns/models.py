from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from drops.refs import new_order_ref
from drops.sales.models import Order, Refund


class ReturnState(models.TextChoices):
    REQUESTED = "requested", "Asked for"
    APPROVED = "approved", "May come back"
    IN_TRANSIT = "in_transit", "On its way back"
    RECEIVED = "received", "Arrived"
    INSPECTED = "inspected", "Looked at"
    CLOSED = "closed", "Closed"
    REJECTED = "rejected", "Rejected"
    CANCELLED = "cancelled", "Called off by the shop"
    WITHDRAWN = "withdrawn", "Taken back by the buyer"


OPEN_STATES = [
    ReturnState.REQUESTED,
    ReturnState.APPROVED,
    ReturnState.IN_TRANSIT,
    ReturnState.RECEIVED,
    ReturnState.INSPECTED,
]


class ReturnReason(models.TextChoices):
    CHANGED_MIND = "changed_mind", "I changed my mind"
    DAMAGED = "damaged", "It is damaged"
    WRONG_ITEM = "wrong_item", "It is not what I bought"
    NOT_AS_DESCRIBED = "not_as_described", "It is not as described"
    TOO_LATE = "too_late", "It came too late"
    OTHER = "other", "Something else"


class Disposition(models.TextChoices):
    """What becomes of units that came back."""

    RESTOCK = "restock", "Back into the store-room"
    WRITE_OFF = "write_off", "Written off"
    DONATE = "donate", "Given away"
    RETURN_TO_CREATOR = "return_to_creator", "To whoever made it"


class ReturnQuerySet(models.QuerySet["Return"]):
    def still_open(self) -> ReturnQuerySet:
        """Return those that somebody still has to do something about."""
        return self.filter(state__in=OPEN_STATES)

    def before_money(self) -> ReturnQuerySet:
        """Return the open ones for which no money went back yet."""
        return self.still_open().filter(refund=None)


class Return(models.Model):
    """
    Units of an order that its buyer wants to send back, from the first word to the money.

    One that was declared within the days for it asks nobody (`is_withdrawal`; Directive 2011/83/EU, art. 9 and 11a); any
    other one waits for the shop's answer.
    """

    ref = models.CharField(max_length=12, unique=True, default=new_order_ref, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="returns")
    state = models.CharField(max_length=10, choices=ReturnState, default=ReturnState.REQUESTED)
    is_withdrawal = models.BooleanField(help_text="Declared in time, so that nobody has to approve it.")
    reason = models.CharField(max_length=20, choices=ReturnReason)
    note = models.TextField(blank=True, max_length=1000, help_text="In the buyer's own words.")
    last_day = models.DateField(
        null=True, help_text="Until when it could be declared; none before the goods were there."
    )
    answer = models.CharField(max_length=300, blank=True, help_text="What the shop told the buyer last.")
    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, null=True, related_name="for_return")
    created_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = ReturnQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="return_state_known", condition=Q(state__in=ReturnState.values)),
            models.CheckConstraint(name="return_reason_known", condition=Q(reason__in=ReturnReason.values)),
            models.CheckConstraint(
                name="return_withdrawal_is_never_asked_for",
                condition=Q(is_withdrawal=False) | ~Q(state__in=[ReturnState.REQUESTED, ReturnState.REJECTED]),
            ),
            models.CheckConstraint(
                name="return_is_closed_once_it_is_over",
                condition=Q(state__in=OPEN_STATES, closed_at__isnull=True)
                | ~Q(state__in=OPEN_STATES) & Q(closed_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="return_open", condition=Q(state__in=OPEN_STATES))]

    def __str__(self) -> str:
        return f"Return {self.ref}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def begun_at(self) -> datetime:
        """Since when its buyer may send it: since nobody has to agree any more."""
        return self.approved_at or self.created_at

    @property
    def what(self) -> list[str]:
        """What comes back, a line each, in the order of the price; the lines may be prefetched."""
        return [str(line) for line in sorted(self.lines.all(), key=lambda line: line.row)]


class ReturnLine(models.Model):
    """So many units of one line of the order's price, and how they were found."""

    of = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="lines")
    row = models.PositiveSmallIntegerField(help_text="The line's place in the price, as refunds count it.")
    kind = models.CharField(max_length=20, help_text="goods or extra")
    label = models.CharField(max_length=255)
    quantity = models.PositiveSmallIntegerField()
    received_ok = models.PositiveSmallIntegerField(null=True)
    damaged = models.PositiveSmallIntegerField(null=True)
    missing = models.PositiveSmallIntegerField(null=True)
    disposition = models.CharField(max_length=20, choices=Disposition, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="return_line_once_per_row", fields=["of", "row"]),
            models.CheckConstraint(name="return_line_of_something", condition=Q(quantity__gte=1)),
            models.CheckConstraint(
                name="return_line_disposition_known", condition=Q(disposition__in=["", *Disposition.values])
            ),
            models.CheckConstraint(
                name="return_line_found_adds_up",
                condition=Q(received_ok__isnull=True, damaged__isnull=True, missing__isnull=True, disposition="")
                | (
                    Q(received_ok__isnull=False, damaged__isnull=False, missing__isnull=False)
                    & ~Q(disposition="")
                    & Q(quantity=F("received_ok") + F("damaged") + F("missing"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.label}"


class ReturnEvent(models.Model):
    """One step of a return. Append-only."""

    of = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="events")
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10)
    actor = models.CharField(max_length=60)
    words = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.from_state or 'nothing'} to {self.to_state}"
