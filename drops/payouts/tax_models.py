from __future__ import annotations

from datetime import date

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from drops.ledger.models import Payee

OLDEST = date(1900, 1, 1)


class SellerKind(models.TextChoices):
    PERSON = "person", "A person"
    ENTITY = "entity", "A company or another body"


class TaxDetails(models.Model):
    """
    Who a payee is for a tax office, as far as the yearly report asks for it: Directive (EU) 2021/514, annex V, section II, B.

    Apart from the seller, who is printed on documents and letters: of these only the report reads, and only their own people.
    """

    payee = models.OneToOneField(Payee, on_delete=models.CASCADE, related_name="tax_details")
    kind = models.CharField(
        max_length=6,
        choices=SellerKind,
        verbose_name="who is paid",
        help_text="A sole trader is a person. A company, an association or a partnership of several people is a body.",
    )
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80, blank=True)
    date_of_birth = models.DateField(null=True, blank=True)
    birth_city = models.CharField(
        max_length=80,
        blank=True,
        verbose_name="born in (city)",
        help_text="Only where no tax office gave a number.",
    )
    birth_country = models.CharField(
        max_length=2, blank=True, verbose_name="born in (country)", help_text="Two letters, like PT."
    )
    legal_name = models.CharField(max_length=120, blank=True, help_text="Empty: the one that the seller's page says.")
    registration_number = models.CharField(
        max_length=60,
        blank=True,
        verbose_name="business registration number",
        help_text="Like HRB 12345 B, NIPC 599999993 or KvK 99999990.",
    )
    is_unregistered = models.BooleanField(
        default=False,
        verbose_name="no register has it",
        help_text="As with a partnership that is in no register.",
    )
    establishments = models.JSONField(
        default=list,
        blank=True,
        verbose_name="permanent establishments in the Union",
        help_text="Countries in which it does this business through a fixed place, beside that of the address. One a line, like DE.",
    )
    street = models.CharField(
        max_length=120,
        blank=True,
        help_text="Where a person lives, or a company has its seat. All empty: as the seller's page says.",
    )
    postcode = models.CharField(max_length=16, blank=True)
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(
        max_length=2,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{2}$", "Write a country like PT.")],
        help_text="Two letters, like PT.",
    )
    tins = models.JSONField(
        default=list,
        blank=True,
        verbose_name="tax identification numbers (TIN)",
        help_text="Each with the country that gave it, one a line, like PT 123 456 789.",
    )
    is_without_tin = models.BooleanField(
        default=False,
        verbose_name="no tax office gave a number",
        help_text="A person's place of birth is needed then.",
    )
    vat_id = models.CharField(
        max_length=20,
        blank=True,
        verbose_name="VAT number",
        help_text="If there is one. Empty: the one that the seller's page says.",
    )
    account_holder = models.CharField(
        max_length=120,
        blank=True,
        help_text="If the money goes to an account in somebody else's name.",
    )
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = "tax details"
        verbose_name_plural = "tax details"
        constraints = [
            models.CheckConstraint(name="tax_details_kind_known", condition=Q(kind__in=SellerKind.values)),
            models.CheckConstraint(
                name="tax_details_of_entity_name_nobody",
                condition=~Q(kind=SellerKind.ENTITY)
                | Q(first_name="", last_name="", date_of_birth=None, birth_city="", birth_country=""),
                violation_error_message="A company has no first name, last name, date or place of birth: empty them.",
            ),
            models.CheckConstraint(
                name="tax_details_of_person_name_no_company",
                condition=~Q(kind=SellerKind.PERSON)
                | Q(legal_name="", registration_number="", is_unregistered=False, establishments=[]),
                violation_error_message=(
                    "A person has no legal name, registration number or permanent establishment of a company: empty them."
                ),
            ),
            models.CheckConstraint(
                name="tax_details_birth_after_1900",
                condition=Q(date_of_birth=None) | Q(date_of_birth__gte=OLDEST),
                violation_error_message="Nobody alive was born before 1900.",
            ),
            models.CheckConstraint(
                name="tax_details_tin_or_none_given",
                condition=Q(is_without_tin=False) | Q(tins=[]),
                violation_error_message="Either there is a tax number, or no tax office gave one.",
            ),
            models.CheckConstraint(
                name="tax_details_registered_or_not",
                condition=Q(is_unregistered=False) | Q(registration_number=""),
                violation_error_message="Either there is a registration number, or no register has it.",
            ),
        ]

    def __str__(self) -> str:
        # The office writes this into its log of changes, so nothing of the person is in it.
        return f"Tax details of {self.payee}"
