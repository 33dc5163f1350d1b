from django.db import models
from django.db.models import Q


class PayeeKind(models.TextChoices):
    CREATOR = "creator", "Creator"
    PARTNER = "partner", "Partner"
    PLATFORM = "platform", "Platform"


class Account(models.TextChoices):
    CASH = "cash", "Cash at the provider"
    PAYABLE = "payable", "Owed to a payee"
    POSTAGE = "postage", "Postage passed on"
    TAX = "tax", "Tax to hand over"
    REFUND = "refund", "Owed back to a shopper"


class Payee(models.Model):
    """Whoever earns from a sale. Creators and partners point here; the ledger knows nobody else."""

    kind = models.CharField(max_length=10, choices=PayeeKind)
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3, default="EUR")

    class Meta:
        constraints = [
            models.CheckConstraint(name="payee_kind_known", condition=Q(kind__in=PayeeKind.values)),
            models.UniqueConstraint(
                name="one_platform_payee_per_currency", fields=["currency"], condition=Q(kind=PayeeKind.PLATFORM)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LedgerTransaction(models.Model):
    """A balanced set of entries with one cause. Append-only: corrections are new transactions."""

    cause = models.CharField(max_length=120, unique=True, help_text="Makes a repeat harmless, like sale:7F3K9Q2A0B.")
    kind = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    order_ref = models.CharField(max_length=12, db_index=True)
    posted_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.cause


class Entry(models.Model):
    """A signed amount on one account: money in is positive on cash, a debt to somebody is negative."""

    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=10, choices=Account)
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, null=True, related_name="entries")
    amount_minor = models.BigIntegerField()
    memo = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="entry_account_known", condition=Q(account__in=Account.values)),
            models.CheckConstraint(name="entry_not_zero", condition=~Q(amount_minor=0)),
            models.CheckConstraint(
                name="entry_debt_names_its_payee",
                condition=Q(account__in=[Account.PAYABLE, Account.POSTAGE], payee__isnull=False)
                | Q(account__in=[Account.CASH, Account.TAX, Account.REFUND], payee__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} on {self.account}"
