from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from drops.catalog.models import Creator
from drops.ledger.models import Payee
from drops.refs import new_code
from drops.schedule.models import validate_time_zone

MIDNIGHT = time(0, 0)

# Monday is 0, as in datetime.date.weekday().
WEEKDAYS = [
    (0, "Monday"),
    (1, "Tuesday"),
    (2, "Wednesday"),
    (3, "Thursday"),
    (4, "Friday"),
    (5, "Saturday"),
    (6, "Sunday"),
]


class LocationQuerySet(models.QuerySet["Location"]):
    def active(self) -> LocationQuerySet:
        return self.filter(is_active=True)

    def serving(self, *, creator_id: int) -> LocationQuerySet:
        return self.filter(creators=creator_id)


class Partner(models.Model):
    """Who hands things over for creators, like a café or a record shop. What they get for it is in their agreements."""

    name = models.CharField(max_length=120)
    contact_name = models.CharField(max_length=120, blank=True)
    contact = models.CharField(max_length=200, blank=True, help_text="A telephone number or an e-mail address.")
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class PartnerMember(models.Model):
    """Somebody who speaks for a partner in the office: answers for it, and sees what it is paid. Named by the operator."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="partnerships")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="partner_member_once",
                fields=["partner", "user"],
                violation_error_message="This person speaks for this partner already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.partner}"


class Location(models.Model):
    """A place where orders are handed over in person, with the rules that make its slots."""

    ref = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="locations")
    creators = models.ManyToManyField(Creator, related_name="pickup_locations", help_text="Whose orders it hands over.")
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200)
    postcode = models.CharField(max_length=16, blank=True)
    city = models.CharField(max_length=80)
    country = models.CharField(max_length=2, validators=[RegexValidator(r"^[A-Z]{2}$")])
    time_zone = models.CharField(max_length=60, default="Europe/Lisbon", validators=[validate_time_zone])
    note = models.CharField(max_length=200, blank=True, help_text="What helps people find it, shown on the pass.")
    # Two rules, because a delay in hours cannot say "order before 18:00 for the next morning".
    lead_minutes = models.PositiveIntegerField(default=120, help_text="A slot is bookable until so long before it.")
    cutoff_local = models.TimeField(
        null=True,
        blank=True,
        help_text="Bookable until this time of day at the place. Empty: only the lead time counts.",
    )
    cutoff_days_before = models.PositiveSmallIntegerField(
        default=0, help_text="0: the cut-off is on the slot's own day. 1: on the day before."
    )
    horizon_days = models.PositiveSmallIntegerField(
        default=14, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    slot_minutes = models.PositiveSmallIntegerField(
        default=120, validators=[MinValueValidator(5), MaxValueValidator(1440)]
    )
    capacity = models.PositiveSmallIntegerField(default=12, help_text="People that a new slot takes.")
    is_active = models.BooleanField(default=True)
    slots_until = models.DateField(null=True, editable=False, help_text="The last date whose slots were made.")

    objects = LocationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="location_name_per_partner", fields=["partner", "name"]),
            models.CheckConstraint(
                name="location_slot_lasts_5_minutes_to_a_day", condition=Q(slot_minutes__gte=5, slot_minutes__lte=1440)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def address_line(self) -> str:
        """The address as one line, like "Rua do Poço 12, 1200-109 Lisbon"."""
        return f"{self.address}, {f'{self.postcode} {self.city}'.strip()}"


class WeeklyHours(models.Model):
    """One interval of a weekday in which a location hands over; it takes in its start, but not its end."""

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="weekly_hours")
    weekday = models.PositiveSmallIntegerField(choices=WEEKDAYS)
    opens = models.TimeField()
    closes = models.TimeField(help_text="00:00 is the midnight that ends the day.")

    class Meta:
        verbose_name_plural = "weekly hours"
        constraints = [
            models.UniqueConstraint(name="weekly_hours_once", fields=["location", "weekday", "opens"]),
            models.CheckConstraint(name="weekly_hours_weekday_known", condition=Q(weekday__lte=6)),
            models.CheckConstraint(
                name="weekly_hours_close_after_they_open",
                condition=Q(closes__gt=F("opens")) | Q(closes=MIDNIGHT),
                violation_error_message="Hours have to close after they open.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class HoursException(models.Model):
    """
    Hours of one date instead of the weekly ones: each row an interval, or no times at all for a closed day.
    """

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="hours_exceptions")
    date = models.DateField()
    opens = models.TimeField(null=True, blank=True)
    closes = models.TimeField(null=True, blank=True)
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="hours_exception_once", fields=["location", "date", "opens"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="hours_exception_closed_or_whole",
                condition=Q(opens__isnull=True, closes__isnull=True)
                | Q(opens__isnull=False, closes__isnull=False, closes__gt=F("opens"))
                | Q(opens__isnull=False, closes=MIDNIGHT),
                violation_error_message="Give both times, with the later one last, or neither for a closed day.",
            ),
        ]

    def __str__(self) -> str:
        hours = "closed" if self.opens is None or self.closes is None else f"{self.opens:%H:%M}–{self.closes:%H:%M}"
        return f"{self.date}: {hours}"
