from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from drops.catalog.models import Creator
from drops.sales.models import Order, Refund

LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"), ("ar", "العربية")]


class DocumentKind(models.TextChoices):
    RECEIPT = "receipt", "Receipt"
    INVOICE = "invoice", "Invoice"
    CREDIT_NOTE = "credit_note", "Credit note"


class DocumentSeries(models.TextChoices):
    SALES = "sales", "Receipts and invoices"
    CREDIT_NOTES = "credit_notes", "Credit notes"


class Seller(models.Model):
    """Who sells by law: what an invoice has to say of a creator."""

    creator = models.OneToOneField(Creator, on_delete=models.CASCADE, related_name="seller")
    legal_name = models.CharField(
        max_length=120, blank=True, help_text="Of the person or company that sells, as it is registered."
    )
    street = models.CharField(max_length=120, blank=True, help_text="With the number of the house.")
    postcode = models.CharField(max_length=16, blank=True)
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(
        max_length=2, blank=True, validators=[RegexValidator(r"^[A-Z]{2}$", "Write a country like PT.")]
    )
    email = models.EmailField(blank=True, help_text="For questions about an invoice.")
    vat_id = models.CharField(
        max_length=20, blank=True, verbose_name="VAT number", help_text="With its country: PT501442600."
    )
    tax_number = models.CharField(
        max_length=30,
        blank=True,
        validators=[
            RegexValidator(r"^[0-9A-Z][0-9A-Z /.\-]{3,28}[0-9A-Z]$", "Digits, capitals, blanks and / . - only.")
        ],
        help_text="From your tax office, where you have no VAT number.",
    )
    is_exempt = models.BooleanField(
        default=False,
        verbose_name="small business, exempt from VAT",
        help_text="Prices contain no VAT then, and invoices say why.",
    )
    exemption_note = models.CharField(
        max_length=250,
        blank=True,
        help_text="The sentence that your law asks for, like: No VAT is shown, under section 19 of the German VAT act (UStG).",
    )
    register_line = models.CharField(
        max_length=160, blank=True, help_text="Like: Amtsgericht Berlin, HRB 12345 B. Managing director: Ana Weiß."
    )
    prefix = models.CharField(
        max_length=8,
        blank=True,
        verbose_name="prefix of numbers",
        validators=[RegexValidator(r"^[A-Z0-9]*$", "Capitals and digits only.")],
        help_text="KT makes KT-2026-0001. Numbers go on counting when it changes.",
    )
    language = models.CharField(
        max_length=2,
        choices=LANGUAGES,
        default="en",
        help_text="Of documents for shoppers whose own language we do not print.",
    )

    class Meta:
        verbose_name = "seller"
        constraints = [
            models.CheckConstraint(
                name="seller_exempt_says_why",
                condition=Q(is_exempt=False) | ~Q(exemption_note=""),
                violation_error_message="Write the sentence that says why there is no VAT.",
            ),
            models.CheckConstraint(
                name="seller_language_known", condition=Q(language__in=[code for code, _ in LANGUAGES])
            ),
        ]

    def __str__(self) -> str:
        return self.legal_name or f"Seller behind {self.creator}"


class DocumentCounter(models.Model):
    """The last number given in one series of a creator's year. Its row is locked while the next one is given."""

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="+", db_index=False)
    series = models.CharField(max_length=12, choices=DocumentSeries)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(null=True, help_text="So that a higher number is never older.")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="counter_once_per_series", fields=["creator", "series", "year"]),
            models.CheckConstraint(name="counter_series_known", condition=Q(series__in=DocumentSeries.values)),
        ]

    def __str__(self) -> str:
        return f"{self.get_series_display()} {self.year}: {self.last}"


class Document(models.Model):
    """
    A receipt, an invoice or a credit note: a number, and everything that is printed. Append-only.

    What is wrong in one is put right by another: a credit note, never a change.
    """

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="documents", db_index=False)
    series = models.CharField(max_length=12, choices=DocumentSeries)
    year = models.PositiveSmallIntegerField(help_text="Of the day of issue, in the creator's time zone.")
    number = models.PositiveIntegerField()
    reference = models.CharField(max_length=32, help_text="The number as it is printed.")
    kind = models.CharField(max_length=12, choices=DocumentKind)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="documents")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="documents")
    data = models.JSONField(help_text="Everything that is printed: see drops/documents/contents.py.")
    hash = models.CharField(max_length=64, help_text="SHA-256 of the data.")
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="document_number_once", fields=["creator", "series", "year", "number"]),
            models.UniqueConstraint(name="document_reference_once", fields=["creator", "reference"]),
            models.UniqueConstraint(name="document_once_per_order", fields=["order", "kind"], condition=Q(refund=None)),
            models.UniqueConstraint(
                name="document_once_per_refund", fields=["refund"], condition=Q(refund__isnull=False)
            ),
            models.CheckConstraint(
                name="document_kind_fits_series",
                condition=Q(
                    kind__in=[DocumentKind.RECEIPT, DocumentKind.INVOICE],
                    series=DocumentSeries.SALES,
                    refund__isnull=True,
                )
                | Q(kind=DocumentKind.CREDIT_NOTE, series=DocumentSeries.CREDIT_NOTES, refund__isnull=False),
            ),
            models.CheckConstraint(name="document_numbers_begin_at_one", condition=Q(number__gte=1)),
        ]
        indexes = [models.Index(F("creator"), F("issued_at"), name="document_by_day")]

    def __str__(self) -> str:
        return self.reference


class DocumentPrint(models.Model):
    """
    A document as PDF, made when it is first asked for and kept: an invoice looks the same for good.

    In the database and not among the media files: it is full of names and addresses, and media are public.
    """

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="print")
    content = models.BinaryField()
    content_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.document_id} as PDF"
