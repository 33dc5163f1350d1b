from django.db import models
from django.db.models import Q


class PayeeKind(models.TextChoices):
    CREATOR = "creator", "Creator"
    PARTNER = "partner", "Partner"
    PLATFORM = "platform", "Platform"


class Account(models.TextChoices):
    """Money with us is positive, what we owe is negative."""

    CASH = "cash", "Cash at the provider"
    CLEARING = "clearing", "Authorised, not captured yet"
    ACCRUED = "accrued", "Earned by a payee, not released yet"
    PAYABLE = "payable", "Released, owed to a payee"
    POSTAGE = "postage", "Postage passed on"
    TAX = "tax", "Tax to hand over"
    DUTY = "duty", "Duties to hand over to customs"
    FEES = "fees", "The processor's fee, set aside until it is taken"
    REFUND = "refund", "Owed back to a shopper"
    RECEIVABLE = "receivable", "Owed to us by a payee"
    PAYING = "paying", "On its way to a payee"


# Accounts that everybody who earns has for themselves; the others are the shop's as a whole.
OF_A_PAYEE = [Account.ACCRUED, Account.PAYABLE, Account.POSTAGE, Account.RECEIVABLE, Account.PAYING]
OF_NOBODY = [Account.CASH, Account.CLEARING, Account.TAX, Account.DUTY, Account.FEES, Account.REFUND]


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
    country = models.CharField(max_length=2, blank=True, help_text="Of a tax: whose it is.")
    amount_minor = models.BigIntegerField()
    memo = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="entry_account_known", condition=Q(account__in=Account.values)),
            models.CheckConstraint(name="entry_not_zero", condition=~Q(amount_minor=0)),
            models.CheckConstraint(
                name="entry_debt_names_its_payee",
                condition=Q(account__in=OF_A_PAYEE, payee__isnull=False) | Q(account__in=OF_NOBODY, payee__isnull=True),
            ),
            models.CheckConstraint(name="entry_country_is_of_a_tax", condition=Q(country="") | Q(account=Account.TAX)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} on {self.account}"


class Balance(models.Model):
    """What stood on one account when its deltas were folded last. Kept by the database alone."""

    account = models.CharField(max_length=10, choices=Account)
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, null=True, related_name="balances", db_index=False)
    country = models.CharField(max_length=2, blank=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    entries = models.BigIntegerField(help_text="How many entries it is the sum of.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="balance_once_per_account",
                fields=["account", "currency", "payee", "country"],
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} on {self.account}"


class BalanceDelta(models.Model):
    """What one posting added to one account, until it is folded into the balance."""

    account = models.CharField(max_length=10, choices=Account)
    # The entry it comes from has the constraint already; each row would pay for it twice.
    payee = models.ForeignKey(
        Payee, on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    country = models.CharField(max_length=2, blank=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    entries = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["account", "currency", "payee"], name="balance_delta_of_account")]

    def __str__(self) -> str:
        return f"{self.amount_minor:+} {self.currency} on {self.account}"
