from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from drops.audience.models import Shopper
from drops.catalog.extras import Extra
from drops.catalog.models import Creator, Sku
from drops.ledger.agreement_models import PartnerAgreement, SplitAgreement
from drops.refs import new_order_ref, new_ref
from drops.risk.verdicts import Verdict
from drops.schedule.models import Drop
from drops.stock.models import DropSku, Hold, StockPool, Token


class OrderState(models.TextChoices):
    PAID = "paid", "Paid"
    FULFILLED = "fulfilled", "Handed over"
    REFUNDED = "refunded", "Refunded"


class PaymentState(models.TextChoices):
    STARTED = "started", "Started"
    AUTHORISED = "authorised", "Authorised"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    CAPTURED = "captured", "Captured"
    REFUNDED = "refunded", "Refunded"


class RefundState(models.TextChoices):
    OPEN = "open", "To be sent"
    SENT = "sent", "Sent back"
    FAILED = "failed", "Came back"


class DisputeState(models.TextChoices):
    NONE = "", "None"
    OPEN = "open", "Open"
    WON = "won", "Won"
    LOST = "lost", "Lost"


class AttemptKind(models.TextChoices):
    AUTHORISE = "authorise", "Authorise"
    CAPTURE = "capture", "Capture"
    VOID = "void", "Void"
    REFUND = "refund", "Refund"
    TRANSFER = "transfer", "Transfer"
    REVERSE = "reverse", "Take a transfer back"


class AttemptState(models.TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    UNANSWERED = "unanswered", "No answer"


class ClaimKind(models.TextChoices):
    BOUGHT = "bought", "So many were bought"


class Quote(models.Model):
    """The full price of one wish, as it was shown. Immutable; holds no stock."""

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    shopper = models.ForeignKey(Shopper, on_delete=models.PROTECT, related_name="quotes")
    drop_sku = models.ForeignKey(DropSku, on_delete=models.PROTECT, related_name="quotes")
    quantity = models.PositiveSmallIntegerField()
    pool = models.ForeignKey(StockPool, on_delete=models.PROTECT, related_name="+", db_index=False)
    delivery_method = models.CharField(max_length=20)
    delivery_option = models.CharField(max_length=80)
    terms = models.JSONField(help_text="Everything the shopper saw: see drops/sales/pricing.py.")
    total_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    shown_at = models.DateTimeField(null=True, help_text="When the price was first before somebody's eyes.")
    # What is thought of the wish, before any claim and outside its transaction; see drops/sales/assessing.py.
    risk = models.JSONField(default=dict)
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.ALLOW)
    hold_after = models.DateTimeField(null=True, help_text="Others go first until then.")

    class Meta:
        constraints = [
            models.CheckConstraint(name="quote_quantity_positive", condition=Q(quantity__gte=1)),
            models.CheckConstraint(name="quote_verdict_known", condition=Q(verdict__in=Verdict.values)),
            models.CheckConstraint(
                name="quote_slowed_down_says_until",
                condition=~Q(verdict=Verdict.SLOW_DOWN) | Q(hold_after__isnull=False),
            ),
        ]
        indexes = [
            # The board lists the wishes that were not simply let through.
            models.Index(fields=["drop_sku", "-created_at"], name="quote_worth_a_look", condition=~Q(verdict="allow"))
        ]

    def __str__(self) -> str:
        return f"Quote {self.ref[:8]}"


class Order(models.Model):
    """A paid hold: what was bought, by whom, and how it reaches them."""

    ref = models.CharField(max_length=12, unique=True, default=new_order_ref, editable=False)
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="orders")
    drop = models.ForeignKey(Drop, on_delete=models.PROTECT, related_name="orders")
    shopper = models.ForeignKey(Shopper, on_delete=models.PROTECT, related_name="orders")
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, related_name="order")
    state = models.CharField(max_length=12, choices=OrderState, default=OrderState.PAID)
    terms = models.JSONField(help_text="The accepted quote, copied from the hold.")
    total_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    delivery_method = models.CharField(max_length=20)
    delivery_option = models.CharField(max_length=80)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=16, blank=True, help_text="For when something goes wrong with the order.")
    address = models.JSONField(default=dict, blank=True, help_text="street, city, postcode, region, country")
    paid_at = models.DateTimeField()
    fulfilled_at = models.DateTimeField(null=True, help_text="When all of it was handed over or sent.")
    released_at = models.DateTimeField(null=True, help_text="Since when those who earned on it may have their money.")

    class Meta:
        constraints = [models.CheckConstraint(name="order_state_known", condition=Q(state__in=OrderState.values))]
        indexes = [
            models.Index(fields=["paid_at"], name="order_by_payment"),  # who still has no receipt
            models.Index(fields=["fulfilled_at"], name="order_to_release", condition=Q(released_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"Order {self.ref}"


class OrderLine(models.Model):
    """One SKU of an order, or one thing that was chosen beside it."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="order_lines", null=True)
    extra = models.ForeignKey(Extra, on_delete=models.PROTECT, related_name="order_lines", null=True)
    title = models.CharField(max_length=255)
    quantity = models.PositiveSmallIntegerField()
    unit_price_minor = models.PositiveIntegerField()
    agreement = models.ForeignKey(
        SplitAgreement,
        on_delete=models.PROTECT,
        null=True,
        related_name="order_lines",
        help_text="By whose shares it was sold; none, where the creator who sells gets all.",
    )
    partner_agreement = models.ForeignKey(
        PartnerAgreement,
        on_delete=models.PROTECT,
        null=True,
        related_name="order_lines",
        help_text="By which terms it is handed over; none, where nobody is paid for that.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="order_line_is_sku_or_extra",
                condition=Q(sku__isnull=False, extra__isnull=True) | Q(sku__isnull=True, extra__isnull=False),
            ),
            # A drop sells one SKU to an order, and each extra comes once.
            models.UniqueConstraint(name="order_line_once_per_extra", fields=["order", "extra"]),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"


class OrderUnit(models.Model):
    """One unit that somebody owns, tied to the token that was its right."""

    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="units")
    token = models.OneToOneField(Token, on_delete=models.PROTECT, related_name="order_unit")
    refund = models.ForeignKey(
        "Refund", on_delete=models.PROTECT, null=True, related_name="units", help_text="Which took its money back."
    )

    def __str__(self) -> str:
        return f"Unit {self.pk} of {self.line_id}"


class Payment(models.Model):
    """One try to pay for a hold."""

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="payments")
    number = models.PositiveSmallIntegerField()
    provider = models.CharField(max_length=20)
    provider_ref = models.CharField(max_length=120, blank=True)
    amount_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    quote_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=PaymentState, default=PaymentState.STARTED)
    failure = models.CharField(max_length=80, blank=True)
    dispute = models.CharField(max_length=4, choices=DisputeState, default=DisputeState.NONE, blank=True)
    name = models.CharField(max_length=120)
    email = models.EmailField()
    phone = models.CharField(max_length=16, blank=True)
    address = models.JSONField(default=dict, blank=True)
    card_key = models.CharField(max_length=64, blank=True, help_text="A keyed hash of the card's fingerprint.")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    fee_minor = models.PositiveIntegerField(
        null=True, help_text="What the provider kept of it; empty until it has come in and the provider has said so."
    )
    fee_look_at = models.DateTimeField(null=True, help_text="When the provider is asked next for its fee.")
    overpaid_minor = models.PositiveIntegerField(default=0, help_text="What came in beyond what was asked for.")
    refunded_minor = models.PositiveIntegerField(
        default=0, editable=False, help_text="The sum of its refunds; counted by the database (refund_totals.sql)."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="payment_refunds_within_what_came_in",
                condition=Q(refunded_minor__lte=F("amount_minor") + F("overpaid_minor")),
                violation_error_message="More cannot go back than came in.",
            ),
            models.UniqueConstraint(name="payment_number_per_hold", fields=["hold", "number"]),
            models.UniqueConstraint(
                name="payment_provider_ref_once", fields=["provider", "provider_ref"], condition=~Q(provider_ref="")
            ),
            models.CheckConstraint(name="payment_state_known", condition=Q(state__in=PaymentState.values)),
            models.CheckConstraint(name="payment_dispute_known", condition=Q(dispute__in=DisputeState.values)),
        ]
        indexes = [
            models.Index(fields=["fee_look_at"], name="payment_fee_awaited", condition=Q(fee_look_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"Payment {self.ref[:8]}"


class Refund(models.Model):
    """
    Money that has to go back, from the moment we know it until the provider says it went.

    With an order it is one of perhaps several, and its plan says what it means for everybody; without one it is money
    that never had an order.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="refunds")
    number = models.PositiveSmallIntegerField(null=True, help_text="Counts the refunds of an order from 1.")
    key = models.CharField(max_length=120, unique=True)
    amount_minor = models.PositiveIntegerField()
    reason = models.CharField(max_length=40)
    actor = models.CharField(max_length=60, blank=True)
    plan = models.JSONField(default=dict, help_text="What it takes from whom: see drops/sales/refund_plans.py.")
    plan_hash = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=8, choices=RefundState, default=RefundState.OPEN)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=1, help_text="Counts how often it was sent, by whichever way.")
    failure = models.CharField(max_length=80, blank=True, help_text="Why the last sending came back.")
    failed_at = models.DateTimeField(null=True)
    by_hand = models.CharField(max_length=80, blank=True, help_text="How somebody paid it past the provider.")
    look_at = models.DateTimeField(null=True, help_text="When the provider is asked next whether it came back.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="refund_that_came_back_says_when",
                condition=~Q(state=RefundState.FAILED) | Q(failed_at__isnull=False, sent_at__isnull=True),
            ),
            models.CheckConstraint(name="refund_state_known", condition=Q(state__in=RefundState.values)),
            models.CheckConstraint(
                name="refund_of_an_order_is_numbered",
                condition=Q(order__isnull=True, number__isnull=True) | Q(order__isnull=False, number__gte=1),
            ),
            models.UniqueConstraint(name="refund_number_per_order", fields=["order", "number"]),
            # Whoever clicks twice asks for the same plan twice.
            models.UniqueConstraint(
                name="refund_plan_runs_once", fields=["order", "plan_hash"], condition=~Q(plan_hash="")
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="refund_to_send", condition=Q(state="open")),
            models.Index(fields=["look_at"], name="refund_to_look_at", condition=Q(look_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Refund {self.key}"

    @property
    def sending_key(self) -> str:
        """Return the idempotency key of this sending: another one each time, for a provider keeps its answers."""
        return self.key_of(sending=self.tries)

    def key_of(self, *, sending: int) -> str:
        return self.key if sending == 1 else f"{self.key}~{sending}"


class PaymentAttempt(models.Model):
    """
    One call to a provider, written down before it is made: what was asked, under which key, and what came of it.

    `next_try_at` says that the call is owed: it is made, and made again, until the provider has answered.
    """

    kind = models.CharField(max_length=10, choices=AttemptKind)
    key = models.CharField(max_length=120, unique=True, help_text="The idempotency key that the provider is given.")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="attempts")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="attempts")
    subject = models.CharField(max_length=120, blank=True, help_text="Whom or what it is about, and why.")
    state = models.CharField(max_length=10, choices=AttemptState, default=AttemptState.OPEN)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True, help_text="When it is made next; empty if not owed.")
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="attempt_kind_known", condition=Q(kind__in=AttemptKind.values)),
            models.CheckConstraint(name="attempt_state_known", condition=Q(state__in=AttemptState.values)),
            models.CheckConstraint(
                name="attempt_done_is_not_owed",
                condition=~Q(state=AttemptState.DONE) | Q(next_try_at__isnull=True, closed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], name="attempt_owed", condition=Q(next_try_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key}"


class InboundEvent(models.Model):
    """A provider's message that was dealt with; its repeat is dropped."""

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=120)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="inbound_event_once", fields=["provider", "event_id"])]

    def __str__(self) -> str:
        return f"{self.provider}: {self.event_id}"


class ClaimEvidence(models.Model):
    """A count that people were shown, and what it was made from."""

    drop = models.ForeignKey(Drop, on_delete=models.PROTECT, related_name="claims")
    kind = models.CharField(max_length=12, choices=ClaimKind)
    count = models.PositiveIntegerField(help_text="Units, as they were told.")
    shoppers = models.PositiveIntegerField(help_text="How many different people bought them.")
    since = models.DateTimeField()
    shown_at = models.DateTimeField(help_text="When it was told first.")
    orders_hash = models.CharField(
        max_length=64, help_text="SHA-256 of the numbers of the orders, sorted, blank between."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="claim_once_for_its_orders", fields=["drop", "kind", "orders_hash"]),
            models.CheckConstraint(name="claim_kind_known", condition=Q(kind__in=ClaimKind.values)),
        ]
        indexes = [models.Index(fields=["shown_at"], name="claim_to_forget")]

    def __str__(self) -> str:
        return f"{self.count} since {self.since:%Y-%m-%d %H:%M}"
