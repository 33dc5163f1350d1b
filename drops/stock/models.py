from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q

from drops.audience.models import Shopper
from drops.catalog.models import Creator, Sku
from drops.refs import new_ref
from drops.schedule.models import Drop, DropState

# Django cannot carry PostgreSQL's infinity, so two finite instants stand in for it, with the same order.
FREE = datetime(1970, 1, 1, tzinfo=UTC)  # free since ever
NEVER = datetime(9000, 1, 1, tzinfo=UTC)  # never free again: sold or void


class TokenStatus(models.TextChoices):
    """A convenience for people who read the table. `free_at` decides."""

    FREE = "free", "Free"
    HELD = "held", "Held"
    SOLD = "sold", "Sold"
    VOID = "void", "Void"


class HoldState(models.TextChoices):
    HELD = "held", "Held"
    PAYING = "paying", "Paying"
    CONFIRMED = "confirmed", "Confirmed"
    RELEASED = "released", "Released"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"
    LATE_REFUND = "late_refund", "Paid too late, refunded"


LIVE_STATES = [HoldState.HELD, HoldState.PAYING]


class HoldSource(models.TextChoices):
    DIRECT = "direct", "Direct"
    ADMIN = "admin", "By hand"
    WAITLIST = "waitlist", "From the waitlist"
    HELPER = "helper", "By a helper, for a shopper"  # by the rules for everybody, which "by hand" goes around


class WaitlistState(models.TextChoices):
    """Where an entry stands. One that is passed over is still in line: its place is kept, but no units are."""

    WAITING = "waiting", "Waiting"
    PASSED = "passed", "Passed over"
    OFFERED = "offered", "Offered"
    TAKEN = "taken", "Taken"
    DECLINED = "declined", "Declined"
    LAPSED = "lapsed", "Offer lapsed"
    LEFT = "left", "Left the line"
    REMOVED = "removed", "Taken out of line"
    OVER = "over", "Over"


_DROP_IS_OVER = [DropState.CLOSED, DropState.DRAINED, DropState.SETTLED]
IN_LINE = [WaitlistState.WAITING, WaitlistState.PASSED]
LIVE_ENTRIES = [*IN_LINE, WaitlistState.OFFERED]


class LimitKind(models.TextChoices):
    """By what a shopper is told apart from others. Places are always taken in this order."""

    ACCOUNT = "account", "Account"
    CHAT = "chat", "Chat identity"
    PHONE = "phone", "Phone"
    DEVICE = "device", "Device"
    CARD = "card", "Card"
    ADDRESS = "addr", "Address"


class StockPool(models.Model):
    """Where units of a creator lie: the store-room, or a partner's shelf. A unit is claimed from one pool."""

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="pools")
    name = models.CharField(max_length=80)
    is_store_room = models.BooleanField(default=False, help_text="Where parcels are packed; one for each creator.")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="pool_name_once_per_creator", fields=["creator", "name"]),
            # For foreign keys that insist on the pool's creator, like a shelf's.
            models.UniqueConstraint(name="pool_with_its_creator", fields=["id", "creator"]),
            models.UniqueConstraint(
                name="one_store_room_per_creator", fields=["creator"], condition=Q(is_store_room=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def where(self) -> str:
        """Where a unit of it is, as a sentence goes on: "3 are on the shelf at Café Mira"."""
        return "in the store-room" if self.is_store_room else f"on the shelf at {self.name}"


class DropSku(models.Model):
    """A SKU as it is sold in one drop, with the last snapshot that was published of it."""

    drop = models.ForeignKey(Drop, on_delete=models.PROTECT, related_name="drop_skus")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="drop_skus")
    planned = models.PositiveIntegerField(default=0, help_text="Units that were synced for this drop.")
    shortfall = models.PositiveIntegerField(
        default=0, help_text="Units that were taken back while they were on hold; they leave the drop as they return."
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="sku_once_per_drop", fields=["drop", "sku"])]

    def __str__(self) -> str:
        return f"{self.sku} in {self.drop}"


class Lot(models.Model):
    """The units of a SKU that a drop sells from one pool. A SKU's lots sum up to its own figures."""

    drop_sku = models.ForeignKey(DropSku, on_delete=models.PROTECT, related_name="lots")
    pool = models.ForeignKey(StockPool, on_delete=models.PROTECT, related_name="lots")
    planned = models.PositiveIntegerField(default=0)
    shortfall = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="lot_once_per_pool", fields=["drop_sku", "pool"])]

    def __str__(self) -> str:
        return f"{self.drop_sku_id} from {self.pool}"


class DropStream(models.Model):
    """What was last published of a drop's stock, and under which number. Only the publisher writes it."""

    drop = models.OneToOneField(Drop, on_delete=models.CASCADE, related_name="stream", primary_key=True)
    epoch = models.PositiveBigIntegerField(default=0, help_text="The second in which the numbers began anew.")
    seq = models.PositiveBigIntegerField(default=0)
    life = models.TextField(blank=True, help_text="The life of the database in which the epoch began.")
    snapshot = models.JSONField(default=dict)
    published_at = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(default=FREE, help_text="What was committed before this is in the snapshot.")

    def __str__(self) -> str:
        return f"Stock stream of {self.drop_id}"


class StockChange(models.Model):
    """A change of a SKU's units while its drop runs, or a part of its shortfall that was made good. Append-only."""

    drop_sku = models.ForeignKey(DropSku, on_delete=models.PROTECT, related_name="changes")
    pool = models.ForeignKey(
        StockPool,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty: from before there were several.",
    )
    by = models.IntegerField(help_text="Units more or fewer; 0 when units returned that were to leave.")
    minted = models.PositiveIntegerField(default=0)
    voided = models.PositiveIntegerField(default=0)
    shortfall = models.PositiveIntegerField(help_text="Units that still had to leave afterwards.")
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.by:+d} units by {self.actor}"


class StockMove(models.Model):
    """Free units of a SKU that were carried from one pool to another. Append-only."""

    drop_sku = models.ForeignKey(DropSku, on_delete=models.PROTECT, related_name="moves")
    source = models.ForeignKey(StockPool, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(StockPool, on_delete=models.PROTECT, related_name="+")
    units = models.PositiveIntegerField()
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="stock_move_is_something", condition=Q(units__gte=1)),
            models.CheckConstraint(name="stock_move_goes_elsewhere", condition=~Q(source=models.F("target"))),
        ]

    def __str__(self) -> str:
        return f"{self.units} units by {self.actor}"


class Token(models.Model):
    """
    The right to one unit. One token a unit, minted before the drop opens.

    `free_at` says everything: FREE is free, an instant is held until then, NEVER is sold or void.
    `fence` grows by one with every claim, so that an old owner can tell whether the unit is still theirs.
    """

    drop_sku = models.ForeignKey(DropSku, on_delete=models.PROTECT, related_name="tokens", db_index=False)
    pool = models.ForeignKey(StockPool, on_delete=models.PROTECT, related_name="tokens", db_index=False)
    ordinal = models.PositiveIntegerField()
    free_at = models.DateTimeField(default=FREE)
    hold = models.ForeignKey("Hold", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    fence = models.PositiveBigIntegerField(default=0)
    status = models.CharField(max_length=8, choices=TokenStatus, default=TokenStatus.FREE)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="token_ordinal_per_drop_sku", fields=["drop_sku", "ordinal"]),
            models.CheckConstraint(name="token_status_known", condition=Q(status__in=TokenStatus.values)),
            models.CheckConstraint(
                name="token_gone_is_never_free",
                condition=Q(status__in=[TokenStatus.SOLD, TokenStatus.VOID], free_at=NEVER)
                | Q(status__in=[TokenStatus.FREE, TokenStatus.HELD], free_at__lt=NEVER),
            ),
            models.CheckConstraint(
                name="token_void_is_nobodys",
                condition=Q(status=TokenStatus.VOID, hold=None)
                | Q(status=TokenStatus.SOLD, hold__isnull=False)
                | Q(status__in=[TokenStatus.FREE, TokenStatus.HELD]),
            ),
        ]
        # No ordinal in it: freed tokens would pile dead entries up at the head of the index.
        indexes = [
            models.Index(fields=["drop_sku", "pool", "free_at"], name="token_claim"),
            models.Index(fields=["hold"], name="token_of_hold", condition=Q(hold__isnull=False)),
            # Few, and told apart from the many that are sold without reading those. By the hold and not by the status: a
            # status in an index would make each lapse write to all of them.
            models.Index(fields=["drop_sku"], name="token_void", condition=Q(hold=None, free_at=NEVER)),
        ]

    def __str__(self) -> str:
        return f"Token {self.ordinal} of {self.drop_sku_id}"


class Hold(models.Model):
    """
    Units promised to one shopper until they pay or the time runs out.

    A live state with `expires_at` in the past reads as expired, whatever the row still says (stock.md R5).
    """

    ref = models.CharField(max_length=32, default=new_ref, editable=False)
    shopper = models.ForeignKey(Shopper, on_delete=models.PROTECT, related_name="holds")
    drop_sku = models.ForeignKey(DropSku, on_delete=models.PROTECT, related_name="holds")
    quantity = models.PositiveSmallIntegerField()
    pool = models.ForeignKey(StockPool, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=12, choices=HoldState, default=HoldState.HELD)
    source = models.CharField(max_length=8, choices=HoldSource, default=HoldSource.DIRECT)
    # A copy of the accepted quote: what was promised stays promised.
    quote_ref = models.CharField(max_length=32)
    quote_hash = models.CharField(max_length=64)
    terms = models.JSONField(help_text="The accepted quote as it was shown: lines, total, delivery.")
    # Written by the claim: rivals may have its places by the time a late payment comes.
    counted_by = models.JSONField(
        default=list, db_default=[], help_text="The identities whose places it took, as [kind, hash]."
    )
    risk = models.JSONField(default=dict, help_text="What was thought of the wish before the claim, with its reasons.")
    total_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    delivery_method = models.CharField(max_length=20)
    delivery_option = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    base_expires_at = models.DateTimeField(help_text="The end before any payment grace.")
    expires_at = models.DateTimeField()
    hard_deadline = models.DateTimeField(help_text="No extension or grace reaches past this.")
    extensions = models.PositiveSmallIntegerField(default=0)
    has_used_grace = models.BooleanField(default=False)
    is_late = models.BooleanField(default=False, help_text="Confirmed by a payment that came after the end.")
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            # Not unique=True: Django would add a second index to each, for LIKE, and every claim would write it.
            models.UniqueConstraint(name="hold_ref_once", fields=["ref"]),
            models.UniqueConstraint(name="hold_of_quote_once", fields=["quote_ref"]),
            models.CheckConstraint(name="hold_quantity_positive", condition=Q(quantity__gte=1)),
            models.CheckConstraint(name="hold_state_known", condition=Q(state__in=HoldState.values)),
            models.CheckConstraint(
                name="hold_ends_by_hard_deadline", condition=Q(expires_at__lte=models.F("hard_deadline"))
            ),
            models.UniqueConstraint(
                name="one_live_hold_per_shopper_and_sku",
                fields=["shopper", "drop_sku"],
                condition=Q(state__in=[HoldState.HELD, HoldState.PAYING]),
            ),
        ]
        indexes = [
            # The sweep asks only for live holds, oldest first.
            models.Index(
                fields=["expires_at"], name="hold_due", condition=Q(state__in=[HoldState.HELD, HoldState.PAYING])
            ),
        ]

    def __str__(self) -> str:
        return f"Hold {self.ref[:8]}"

    def state_at(self, now: datetime) -> HoldState:
        """Return the state that is true at an instant of the database's clock."""
        if self.state in LIVE_STATES and now >= self.expires_at:
            return HoldState.EXPIRED
        return HoldState(self.state)


class HoldToken(models.Model):
    """Which token a hold claimed, and under which fence."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="hold_tokens")
    token = models.ForeignKey(Token, on_delete=models.PROTECT, related_name="+", db_index=False)
    fence = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_hold_per_token_and_fence", fields=["token", "fence"])]

    def __str__(self) -> str:
        return f"{self.token_id} under fence {self.fence}"


class LimitSlot(models.Model):
    """One of the numbered places that an identity has in a drop. Taken places are the limit; nothing is counted."""

    # No index of its own: with two that begin with the drop, a plan made early took the one that grows with the drop.
    drop = models.ForeignKey(Drop, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=LimitKind)
    key_hash = models.CharField(max_length=64)
    slot = models.PositiveSmallIntegerField()
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="limit_slots")
    free_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="limit_slot_once", fields=["drop", "kind", "key_hash", "slot"]),
            models.CheckConstraint(name="limit_kind_known", condition=Q(kind__in=LimitKind.values)),
            models.CheckConstraint(name="limit_slot_counts_from_one", condition=Q(slot__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} place {self.slot} in {self.drop_id}"


class WaitlistEntry(models.Model):
    """
    A wish for units that are gone, with its place in the line of its SKU and pool (stock.md R9).

    The line's order is `comes_first`, `joined_at`, `pk` and never changes: whoever is skipped keeps their place. An
    offer is a hold; its end moves the entry on by trigger (drops/migrations/waitlist.sql).
    """

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    drop_sku = models.ForeignKey(DropSku, on_delete=models.PROTECT, related_name="waitlist")
    shopper = models.ForeignKey(Shopper, on_delete=models.PROTECT, related_name="waitlist_entries")
    pool = models.ForeignKey(StockPool, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=WaitlistState, default=WaitlistState.WAITING)
    comes_first = models.BooleanField(default=False, help_text="Their late payment went back; they are served first.")
    # What a quote needs when a unit comes back.
    country = models.CharField(max_length=2, blank=True)
    postcode = models.CharField(max_length=16, blank=True)
    delivery_method = models.CharField(max_length=20)
    delivery_option = models.CharField(max_length=80)
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, null=True, related_name="waitlist_entry")
    skips = models.PositiveSmallIntegerField(default=0, help_text="How often somebody behind was served instead.")
    skip_reason = models.CharField(max_length=40, blank=True, help_text="Why, the last time: a refusal's code.")
    looked_at = models.DateTimeField(null=True, help_text="When it was last found that it could not be served.")
    joined_at = models.DateTimeField()
    offered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name_plural = "waitlist entries"
        constraints = [
            models.CheckConstraint(name="waitlist_quantity_positive", condition=Q(quantity__gte=1)),
            models.CheckConstraint(name="waitlist_state_known", condition=Q(state__in=WaitlistState.values)),
            models.CheckConstraint(
                name="waitlist_offer_is_a_hold",
                condition=Q(state=WaitlistState.OFFERED, hold__isnull=False) | ~Q(state=WaitlistState.OFFERED),
            ),
            models.CheckConstraint(
                name="waitlist_in_line_holds_nothing", condition=~Q(state__in=IN_LINE) | Q(hold__isnull=True)
            ),
            models.UniqueConstraint(
                name="one_live_entry_per_shopper_and_sku",
                fields=["shopper", "drop_sku"],
                condition=Q(state__in=LIVE_ENTRIES),
            ),
        ]
        indexes = [
            # In the order of the line.
            models.Index(
                "drop_sku",
                "pool",
                models.F("comes_first").desc(),
                "joined_at",
                "id",
                name="waitlist_line",
                condition=Q(state__in=IN_LINE),
            ),
        ]

    def __str__(self) -> str:
        return f"Waitlist entry {self.ref[:8]}"

    def state_at(self, now: datetime) -> WaitlistState:
        """Return the state that is true at an instant, given a loaded drop and hold, whether or not it is written."""
        state = WaitlistState(self.state)
        if state in IN_LINE and self.drop_sku.drop.state_at(now) in _DROP_IS_OVER:
            return WaitlistState.OVER
        if state == WaitlistState.OFFERED and self.hold and self.hold.state_at(now) == HoldState.EXPIRED:
            return WaitlistState.LAPSED
        return state


class HoldEvent(models.Model):
    """One step in a hold's life. Append-only."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="events")
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12)
    actor = models.CharField(max_length=60)
    reason = models.CharField(max_length=60)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.from_state or 'nothing'} to {self.to_state}: {self.reason}"


class AuditLink(models.Model):
    """
    The place of a hold's step in its drop's chain: each link's hash covers the step and the link before. Append-only.

    Written after the fact (audit.py): a chain inside the claim would make every shopper wait for the one before.
    """

    event = models.OneToOneField(HoldEvent, on_delete=models.PROTECT, related_name="link")
    drop = models.ForeignKey(Drop, on_delete=models.PROTECT, related_name="audit_links")
    number = models.PositiveBigIntegerField()
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            # Two chainers could never fork a chain, even without their lock.
            models.UniqueConstraint(name="audit_number_once_per_drop", fields=["drop", "number"]),
            models.CheckConstraint(name="audit_numbers_count_from_one", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"Link {self.number} of {self.drop_id}"
