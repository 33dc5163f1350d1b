"""
What customs offices take and ask, as rows that staff maintain. Legal facts change by the month, so none of them is code:
each row has the days on which it holds, where it is from, and when somebody last looked there.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from drops.money import BASIS

UNION = "EU"  # stands for all member states, beside the codes of countries
GOES_STALE_AFTER = timedelta(days=90)
COUNTRY = RegexValidator(r"^[A-Z]{2}$", "Write two letters, like NL; EU is the whole Union.")
CURRENCY = RegexValidator(r"^[A-Z]{3}$", "Write three letters, like EUR.")


class Incoterm(models.TextChoices):
    DAP = "DAP", "DAP: the buyer pays at the border"
    DDP = "DDP", "DDP: paid in advance, with the order"


class RuleKind(models.TextChoices):
    THRESHOLD = "threshold", "Nothing is due up to a value"
    FLAT_PER_LINE = "flat_per_line", "An amount for each line of goods"
    AD_VALOREM = "ad_valorem", "A share of the value"
    FEE = "fee", "An amount for each parcel"
    BLOCK = "block", "Nothing may be sent"
    DATA_REQUIRED = "data_required", "Longer HS codes are asked for"


class ChargeKind(models.TextChoices):
    DUTY = "duty", "Customs duty"
    IMPORT_TAX = "import_tax", "Import tax"
    IMPORT_FEE = "import_fee", "Import handling fee"


class ValueBase(models.TextChoices):
    GOODS = "goods", "Goods"
    GOODS_AND_FREIGHT = "goods_and_freight", "Goods and postage"
    DUTY_INCLUSIVE = "duty_inclusive", "Goods, postage and duty"


class Confidence(models.TextChoices):
    """How sure an amount is. Of several, the least sure one counts."""

    KNOWN = "known", "Known"
    ESTIMATE = "estimate", "Estimate"
    UNKNOWN = "unknown", "Unknown"


class DatedQuerySet(models.QuerySet):
    def on(self, day: date) -> DatedQuerySet:
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)

    def stale(self, *, day: date) -> DatedQuerySet:
        """Return the rows that hold or are going to, and that nobody looked after for 90 days."""
        still = Q(valid_until__isnull=True) | Q(valid_until__gte=day)
        return self.filter(still, checked_on__lt=day - GOES_STALE_AFTER)


class Dated(models.Model):
    """A fact with the days on which it holds, and where it is from."""

    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="The last day; empty as long as none is known.")
    source_url = models.URLField(max_length=500, help_text="Where it is from, so that others can check it.")
    checked_on = models.DateField(help_text="When somebody last looked there.")

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True

    def is_stale(self, *, day: date) -> bool:
        return self.checked_on < day - GOES_STALE_AFTER


class ImportRule(Dated):
    """One thing that happens to parcels of some scope at the border of a country, or of the Union."""

    dest = models.CharField(
        "destination", max_length=2, validators=[COUNTRY], help_text="Two letters, like NL; EU is the whole Union."
    )
    # The scope: what is empty restricts nothing.
    hs_prefix = models.CharField(
        max_length=13,
        blank=True,
        validators=[RegexValidator(r"^\d{2,13}$", "Write digits alone, two at least.")],
        verbose_name="HS codes that begin with",
    )
    origin_country = models.CharField(max_length=2, blank=True, validators=[COUNTRY], verbose_name="made in")
    incoterm = models.CharField(max_length=3, choices=Incoterm, blank=True, verbose_name="only parcels that are sent")
    value_above_minor = models.PositiveBigIntegerField(
        null=True, blank=True, verbose_name="goods worth more than", help_text="In minor units of the rule's currency."
    )
    value_upto_minor = models.PositiveBigIntegerField(
        null=True, blank=True, verbose_name="goods worth at most", help_text="In minor units of the rule's currency."
    )

    kind = models.CharField(max_length=16, choices=RuleKind)
    charge = models.CharField(max_length=12, choices=ChargeKind, blank=True)
    base = models.CharField(max_length=20, choices=ValueBase, blank=True, verbose_name="share of")
    rate_bp = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(100 * BASIS)],
        verbose_name="rate",
        help_text="In basis points: 800 is 8 %.",
    )
    amount_minor = models.PositiveBigIntegerField(
        null=True, blank=True, verbose_name="amount", help_text="In minor units of the rule's currency."
    )
    currency = models.CharField(max_length=3, blank=True, validators=[CURRENCY])
    hs_digits = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(6), MaxValueValidator(13)], verbose_name="HS digits"
    )
    confidence = models.CharField(
        max_length=10,
        choices=[choice for choice in Confidence.choices if choice[0] != "unknown"],
        default=Confidence.KNOWN,
    )
    note = models.CharField(
        max_length=300, blank=True, help_text="What it is. Where nothing may be sent: said to buyers."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="import_rule_kind_known", condition=Q(kind__in=RuleKind.values)),
            models.CheckConstraint(name="import_rule_incoterm_known", condition=Q(incoterm__in=["", *Incoterm.values])),
            models.CheckConstraint(
                name="import_rule_charges_something",
                condition=Q(kind__in=[RuleKind.BLOCK, RuleKind.DATA_REQUIRED], charge="")
                | (~Q(kind__in=[RuleKind.BLOCK, RuleKind.DATA_REQUIRED]) & Q(charge__in=ChargeKind.values)),
                violation_error_message="Say what is charged; a block and longer codes charge nothing.",
            ),
            models.CheckConstraint(
                name="import_rule_share_has_rate_and_base",
                condition=Q(kind=RuleKind.AD_VALOREM, rate_bp__isnull=False, base__in=ValueBase.values)
                | (~Q(kind=RuleKind.AD_VALOREM) & Q(rate_bp__isnull=True, base="")),
                violation_error_message="A share of the value has a rate and what it is a share of; nothing else has.",
            ),
            models.CheckConstraint(
                name="import_rule_duty_is_no_share_of_itself",
                condition=~Q(base=ValueBase.DUTY_INCLUSIVE) | Q(charge=ChargeKind.IMPORT_TAX),
                violation_error_message="Only an import tax is a share of what includes the duty.",
            ),
            models.CheckConstraint(
                name="import_rule_amount_where_it_counts",
                condition=Q(
                    kind__in=[RuleKind.THRESHOLD, RuleKind.FLAT_PER_LINE, RuleKind.FEE], amount_minor__isnull=False
                )
                | (
                    ~Q(kind__in=[RuleKind.THRESHOLD, RuleKind.FLAT_PER_LINE, RuleKind.FEE])
                    & Q(amount_minor__isnull=True)
                ),
                violation_error_message="A threshold, a flat charge and a fee have an amount; nothing else has.",
            ),
            models.CheckConstraint(
                name="import_rule_amounts_have_a_currency",
                condition=~Q(currency="")
                | Q(amount_minor__isnull=True, value_above_minor__isnull=True, value_upto_minor__isnull=True),
                violation_error_message="An amount has a currency.",
            ),
            models.CheckConstraint(
                name="import_rule_longer_codes_say_how_long",
                condition=Q(kind=RuleKind.DATA_REQUIRED, hs_digits__isnull=False)
                | (~Q(kind=RuleKind.DATA_REQUIRED) & Q(hs_digits__isnull=True)),
                violation_error_message="Say how many digits are asked for; only such a rule has them.",
            ),
            models.CheckConstraint(
                name="import_rule_block_says_why",
                condition=~Q(kind=RuleKind.BLOCK, note=""),
                violation_error_message="Say why nothing may be sent: buyers read it.",
            ),
            models.CheckConstraint(
                name="import_rule_days_in_order",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                violation_error_message="It cannot end before it begins.",
            ),
        ]
        indexes = [models.Index(fields=["dest", "valid_from"], name="import_rule_of_place")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.dest}"


class CurrencyConversion(Dated):
    """
    How a customs office, or a creator's agreement with a carrier, turns one currency into another. Nobody's market rate:
    it is stated by a person, with its source, or it does not exist.
    """

    currency = models.CharField(max_length=3, validators=[CURRENCY], verbose_name="one unit of")
    into = models.CharField(max_length=3, validators=[CURRENCY], verbose_name="is so many of")
    rate = models.DecimalField(
        max_digits=18,
        decimal_places=8,
        validators=[MinValueValidator(Decimal("0.00000001"))],
        help_text="Like 1.16000000.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="conversion_between_two_currencies",
                condition=~Q(currency=F("into")),
                violation_error_message="A currency needs no conversion into itself.",
            ),
            models.CheckConstraint(name="conversion_rate_positive", condition=Q(rate__gt=0)),
            models.CheckConstraint(
                name="conversion_days_in_order",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                violation_error_message="It cannot end before it begins.",
            ),
        ]

    def __str__(self) -> str:
        return f"1 {self.currency} = {self.rate.normalize():f} {self.into}"

    def clean(self) -> None:
        """Refuse a second rate for the same days: which one counts would be a guess."""
        if not self.valid_from:  # the form has said so already
            return
        others = CurrencyConversion.objects.filter(currency=self.currency, into=self.into).exclude(pk=self.pk)
        others = others.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=self.valid_from))
        if self.valid_until is not None:
            others = others.filter(valid_from__lte=self.valid_until)
        if others.exists():
            raise ValidationError("Another rate of these currencies holds on some of these days; end it first.")
