"""
What a creator offers beside the goods, and who is offered it.

Made together with the goods and never counted: there is no token behind an extra, so nothing may ever be said of how many
are left (docs/adr/0039-extras-have-no-stock.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models
from django.db.models import Q

from drops.catalog.customs import check_description, check_hs_code, check_origin
from drops.catalog.models import Capsule, Creator, Product
from drops.catalog.tax_classes import TaxClass
from drops.refs import new_ref


class ExtraKind(models.TextChoices):
    EXTRA = "extra", "Extra"
    PACKAGING = "packaging", "Packaging"


class ExtraQuerySet(models.QuerySet["Extra"]):
    def active(self) -> ExtraQuerySet:
        return self.filter(is_active=True)

    def offered_in(self, *, creator_id: int, capsule_id: int) -> ExtraQuerySet:
        """Return what is offered with goods of a capsule, each with the products that it is limited to; one query."""
        rows = self.active().filter(Q(capsule=None) | Q(capsule_id=capsule_id), creator_id=creator_id)
        limits: Any = ArrayAgg("products", filter=Q(products__isnull=False), default=[])
        return rows.annotate(limited_to=limits).order_by("position", "pk")


class Extra(models.Model):
    """Something small that a creator offers beside the goods: a care kit, a signed card, or another way to pack them."""

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="extras")
    kind = models.CharField(
        max_length=12,
        choices=ExtraKind,
        default=ExtraKind.EXTRA,
        help_text="Of packaging an order has one at most; of extras each one once.",
    )
    title = models.CharField(max_length=80, help_text="As people read it on the price: Care kit, Gift wrap.")
    blurb = models.CharField(max_length=160, blank=True, help_text="One sentence on what it is. No counts, no hurry.")
    price_minor = models.PositiveIntegerField(help_text="Entered like the prices of SKUs, in minor units.")
    tax_class = models.CharField(max_length=16, choices=TaxClass, default=TaxClass.STANDARD)
    photo = models.ImageField(upload_to="creators/", blank=True)
    photo_alt = models.CharField(
        max_length=200, blank=True, help_text="What the picture shows, for those who do not see it."
    )
    is_per_unit = models.BooleanField(
        default=False, help_text="One for each unit that is bought; otherwise one for the order."
    )
    hs_code = models.CharField(
        max_length=13,
        blank=True,
        validators=[check_hs_code],
        verbose_name="HS code",
        help_text="6 to 13 digits of the Harmonized System.",
    )
    origin_country = models.CharField(
        max_length=2,
        blank=True,
        validators=[check_origin],
        verbose_name="country of origin",
        help_text="Where it was made: two letters, like PT.",
    )
    customs_description = models.CharField(
        max_length=120,
        blank=True,
        validators=[check_description],
        verbose_name="description for customs",
        help_text="What it is, in three plain words or more: Printed paper booklet.",
    )
    capsule = models.ForeignKey(
        Capsule,
        on_delete=models.PROTECT,
        related_name="extras",
        null=True,
        blank=True,
        help_text="Only in drops of this capsule; empty: in all.",
    )
    products = models.ManyToManyField(
        Product, related_name="extras", blank=True, help_text="Only beside these; none: beside all."
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True, help_text="Offered from now on; what was bought stays as it is.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ExtraQuerySet.as_manager()

    class Meta:
        app_label = "drops"
        constraints = [
            models.CheckConstraint(name="extra_kind_known", condition=Q(kind__in=ExtraKind.values)),
            models.CheckConstraint(name="extra_tax_class_known", condition=Q(tax_class__in=TaxClass.values)),
            models.CheckConstraint(
                name="extra_customs_all_or_none",
                condition=Q(hs_code="", origin_country="", customs_description="")
                | (~Q(hs_code="") & ~Q(origin_country="") & ~Q(customs_description="")),
                violation_error_message=(
                    "Give customs code, country of origin and description, or none of them: it is counted with the goods then."
                ),
            ),
            models.CheckConstraint(
                name="extra_packaging_is_no_line_at_customs",
                condition=~Q(kind=ExtraKind.PACKAGING) | Q(hs_code=""),
                violation_error_message="A way to pack is counted with the goods: leave code, origin and description empty.",
            ),
            models.CheckConstraint(
                name="extra_hs_code_is_digits",
                condition=Q(hs_code__regex=r"^([0-9]{6,13})?$"),
                violation_error_message="An HS code has 6 to 13 digits.",
            ),
            models.CheckConstraint(
                name="extra_origin_is_two_letters",
                condition=Q(origin_country__regex=r"^([A-Z]{2})?$"),
                violation_error_message="Write two letters, like PT.",
            ),
            models.CheckConstraint(name="extra_has_a_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="extra_photo_is_described",
                condition=Q(photo="") | ~Q(photo_alt=""),
                violation_error_message="Say what the picture shows, for those who do not see it.",
            ),
        ]
        indexes = [
            models.Index(fields=["creator", "position"], name="extra_offered", condition=Q(is_active=True)),
        ]

    def __str__(self) -> str:
        return self.title


def extras_beside(*, creator_id: int, capsule_id: int, product_id: int) -> list[Extra]:
    """Return what is offered beside a product in drops of a capsule, in the creator's order."""
    return beside(Extra.objects.offered_in(creator_id=creator_id, capsule_id=capsule_id), product_id=product_id)


def beside(extras: Iterable[Extra], *, product_id: int) -> list[Extra]:
    """Return those of a capsule's extras that are offered beside a product."""
    return [extra for extra in extras if _goes_with(extra, product_id)]


def _goes_with(extra: Any, product_id: int) -> bool:
    return not extra.limited_to or product_id in extra.limited_to
