"""
The rates of tax, by country, class and date: rows that staff maintain, each with where it is from.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from drops.catalog.tax_classes import TaxClass
from drops.money import BASIS


class TaxName(models.TextChoices):
    VAT = "vat", "VAT"
    SALES_TAX = "sales_tax", "Sales tax"


class TaxRateQuerySet(models.QuerySet["TaxRate"]):
    def on(self, day: date) -> TaxRateQuerySet:
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)

    def of(self, *, country: str, region: str, day: date) -> TaxRateQuerySet:
        """Return the rates of a place on a day, the whole country's first."""
        return self.on(day).filter(country=country, region__in={"", region}).order_by("region", "pk")


class TaxRate(models.Model):
    """What a class of things is taxed with in a country, or a part of it, from one day to another."""

    country = models.CharField(max_length=2, validators=[RegexValidator(r"^[A-Z]{2}$", "Write it as DE or US.")])
    region = models.CharField(
        max_length=3,
        blank=True,
        validators=[RegexValidator(r"^[A-Z0-9]{1,3}$", "Write it as OR for Oregon.")],
        help_text="Only where rates differ within the country; it then stands over the country's rate.",
    )
    tax_class = models.CharField(max_length=16, choices=TaxClass, default=TaxClass.STANDARD)
    rate_bp = models.PositiveIntegerField(
        validators=[MaxValueValidator(BASIS)], help_text="In basis points: 1900 is 19 %."
    )
    name = models.CharField(max_length=12, choices=TaxName, default=TaxName.VAT)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="The last day; empty as long as none is known.")
    source = models.CharField(max_length=300, help_text="Where the rate is from, so that others can check it.")
    checked_on = models.DateField(help_text="When somebody last looked there.")

    objects = TaxRateQuerySet.as_manager()

    class Meta:
        app_label = "drops"
        # That no two rates of one thing are valid on one day is the constraint `tax_rate_one_a_day`, in SQL.
        constraints = [
            models.CheckConstraint(name="tax_rate_class_known", condition=Q(tax_class__in=TaxClass.values)),
            models.CheckConstraint(name="tax_rate_name_known", condition=Q(name__in=TaxName.values)),
            models.CheckConstraint(name="tax_rate_below_whole", condition=Q(rate_bp__lte=BASIS)),
            models.CheckConstraint(
                name="tax_rate_ends_after_it_begins",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                violation_error_message="It cannot end before it begins.",
            ),
            models.CheckConstraint(name="tax_rate_has_a_source", condition=~Q(source="")),
        ]

    def __str__(self) -> str:
        where = f"{self.country}-{self.region}" if self.region else self.country
        return f"{where} {self.get_tax_class_display()} {self.rate_bp / 100:g} % from {self.valid_from:%Y-%m-%d}"

    def clean(self) -> None:
        """Say which row is in the way; the database refuses it anyway."""
        if not self.valid_from:  # the form has said so already
            return
        same = TaxRate.objects.filter(country=self.country, region=self.region, tax_class=self.tax_class)
        others = same.exclude(pk=self.pk).filter(Q(valid_until__isnull=True) | Q(valid_until__gte=self.valid_from))
        if self.valid_until is not None:
            others = others.filter(valid_from__lte=self.valid_until)
        if (other := others.order_by("valid_from", "pk").first()) is not None:
            raise ValidationError(f"“{other}” is valid in that time already: end it first.")


def rates_of(*, country: str, region: str, day: date) -> list[TaxRate]:
    """Return the rates of a place on a day; those of the region come last, for they stand over the country's."""
    return list(TaxRate.objects.of(country=country, region=region, day=day))


def take_in(*, rows: Collection[dict[str, Any]]) -> tuple[int, int]:
    """
    Bring the table up to what a source says, and return how many rows are new and how many were ended for them.

    A row of the same thing with the same rate stays as it is. One with another rate ends the day before.
    """
    added = ended = 0
    for row in rows:
        same = TaxRate.objects.filter(**{key: row[key] for key in ("country", "region", "tax_class")})
        if same.filter(valid_from__gte=row["valid_from"]).exists():
            continue  # what somebody has already written for that day or a later one is theirs
        valid = same.on(row["valid_from"]).order_by("-pk").first()
        if valid is not None and valid.rate_bp == row["rate_bp"]:
            continue
        if valid is not None:
            valid.valid_until = row["valid_from"] - timedelta(days=1)
            valid.save(update_fields=["valid_until"])
            ended += 1
        TaxRate.objects.create(**row)
        added += 1
    return added, ended
