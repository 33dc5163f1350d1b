"""
What the shop should do, in plain Python: no database, no locks and no worker. The state machine compares the two.

It is told which units a claim took, since any of those that became free at the same instant will do, and checks them.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drops.risk.cooldowns import PastHold, cool_until
from drops.sales.payment import Outcome
from drops.stock.models import FREE, NEVER
from tests.drops.stock.line import LineInModel

MARGIN = timedelta(seconds=5)
GRACE = timedelta(seconds=120)
EXTENSION = timedelta(seconds=120)
BASE = timedelta(minutes=10)
DEADLINE_AFTER_BASE = timedelta(seconds=300)
LATE_ACCEPT_WINDOW = timedelta(minutes=10)
QUOTE_LASTS = timedelta(seconds=120)
LIVE = ("held", "paying")


@dataclass
class Unit:
    sku: str
    free_at: datetime = FREE
    fence: int = 0
    is_void: bool = False


@dataclass
class Shelf:
    """How many units of a SKU the drop is to sell, and how many still have to leave it."""

    planned: int
    shortfall: int = 0


@dataclass
class Place:
    """One of a shopper's numbered places in the drop."""

    hold: str
    free_at: datetime


@dataclass
class QuoteInModel:
    shopper: int
    sku: str
    quantity: int
    total_minor: int
    valid_until: datetime
    is_used: bool = False


@dataclass
class HoldInModel:
    shopper: int
    sku: str
    quantity: int
    total_minor: int
    base: datetime
    end: datetime
    deadline: datetime
    claims: dict[int, int]
    created_at: datetime
    source: str = "direct"
    state: str = "held"
    extensions: int = 0
    has_used_grace: bool = False
    is_refunded: bool = False
    closed_at: datetime | None = None

    def state_at(self, now: datetime) -> str:
        return "expired" if self.state in LIVE and now >= self.end else self.state

    def is_live(self, now: datetime) -> bool:
        return self.state_at(now) in LIVE


@dataclass
class PaymentInModel:
    hold: str
    state: str = "started"


@dataclass
class RefundInModel:
    amount_minor: int
    is_sent: bool = False
    has_waited: bool = False  # The provider was away; when it is asked again is the shop's own matter.


@dataclass(frozen=True)
class Count:
    total: int
    free: int
    kept: int
    waiting: int
    held: int
    sold: int
    next_return_at: datetime | None

    @property
    def available(self) -> int:
        return self.free - self.kept


@dataclass
class Model:
    limit: int
    closes_at: datetime
    units: dict[int, Unit]
    shelves: dict[str, Shelf]
    is_closed: bool = False
    is_provider_down: bool = False
    quotes: dict[str, QuoteInModel] = field(default_factory=dict)
    holds: dict[str, HoldInModel] = field(default_factory=dict)
    payments: dict[str, PaymentInModel] = field(default_factory=dict)
    refunds: dict[str, RefundInModel] = field(default_factory=dict)
    places: dict[tuple[int, int], Place] = field(default_factory=dict)
    answered: dict[tuple[int, str], tuple[str, str]] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    captured_minor: int = 0
    line: LineInModel = field(init=False)

    def __post_init__(self) -> None:
        self.line = LineInModel(self)

    # Reading

    def count(self, sku: str, now: datetime) -> Count:
        free_ats = [unit.free_at for unit in self.units.values() if unit.sku == sku and not unit.is_void]
        held = [free_at for free_at in free_ats if now < free_at < NEVER]
        sold = free_ats.count(NEVER)
        free, waiting = len(free_ats) - len(held) - sold, self.line.waiting_units(sku, now)
        return Count(
            len(free_ats), free, min(free, waiting), waiting, len(held), sold, next_return_at=min(held, default=None)
        )

    def within_reach(self, sku: str) -> int:
        """Return how many units of a SKU are free or may become so."""
        return sum(unit.sku == sku and unit.free_at < NEVER for unit in self.units.values())

    def holds_of(self, shopper: int, sku: str) -> dict[str, HoldInModel]:
        return {ref: hold for ref, hold in self.holds.items() if (hold.shopper, hold.sku) == (shopper, sku)}

    def places_left(self, shopper: int, now: datetime) -> int:
        return sum(self._place_is_free(shopper, slot, now) for slot in range(1, self.limit + 1))

    def is_over(self, now: datetime) -> bool:
        return self.is_closed or now >= self.closes_at

    @property
    def confirmed_minor(self) -> int:
        return sum(hold.total_minor for hold in self.orders())

    def orders(self) -> list[HoldInModel]:
        """Return the holds that were bought, and whose money did not go back."""
        return [hold for hold in self.holds.values() if hold.state == "confirmed" and not hold.is_refunded]

    def refunds_minor(self, *, is_sent: bool) -> int:
        return sum(refund.amount_minor for refund in self.refunds.values() if refund.is_sent == is_sent)

    # Holding

    def answer_to_hold(self, quote_ref: str, key: str, now: datetime, gone: set[int]) -> tuple[str, dict[str, object]]:
        """Say what accepting a quote should be answered; `gone` are units that left the drop before it was."""
        quote = self.quotes[quote_ref]
        if (quote.shopper, key) in self.answered:
            first_quote, hold = self.answered[quote.shopper, key]
            return ("ok", {"hold": hold}) if first_quote == quote_ref else ("idempotency_key_reused", {})
        if self.is_over(now):
            return "drop_closed", {}
        if quote.is_used:
            return "quote_used", {}
        if now >= quote.valid_until:
            return "quote_expired", {"valid_until": quote.valid_until}
        if any(hold.is_live(now) for hold in self.holds_of(quote.shopper, quote.sku).values()):
            return "already_holding", {}
        until = cool_until(self._past(quote.shopper), at=now)
        if until is not None:
            return "cooling_down", {"until": until}
        # Whatever the answer is going to be: nobody is told of their own past.
        self.close_own_stale(quote.shopper, quote.sku, now)
        self.take_out(gone, now)
        left = self.places_left(quote.shopper, now)
        if left < quote.quantity:
            return "limit_reached", {"left": left, "limit": self.limit, "asked": quote.quantity}
        assert not self._may_leave(quote.sku, now), "units that are to leave the drop leave before anybody claims them"
        if self.count(quote.sku, now).available < quote.quantity:
            return self._shortage(quote, now)
        return "ok", {}

    def hold(self, quote_ref: str, key: str, ref: str, took: list[int], now: datetime) -> None:
        """Take in that a quote was accepted, with the units it got."""
        quote = self.quotes[quote_ref]
        kept = self.count(quote.sku, now).kept
        self.promise(
            ref,
            shopper=quote.shopper,
            sku=quote.sku,
            quantity=quote.quantity,
            total_minor=quote.total_minor,
            took=took,
            now=now,
            lasts=BASE,
        )
        assert self.count(quote.sku, now).kept == kept, "a unit was sold that is kept for the line"
        quote.is_used = True
        self.answered[quote.shopper, key] = (quote_ref, ref)

    def promise(
        self,
        ref: str,
        *,
        shopper: int,
        sku: str,
        quantity: int,
        total_minor: int,
        took: list[int],
        now: datetime,
        lasts: timedelta,
        source: str = "direct",
    ) -> None:
        """Take in that a hold was placed, with the units it got."""
        for slot in range(1, self.limit + 1):
            mine = sum(place.hold == ref for place in self.places.values())
            if mine < quantity and self._place_is_free(shopper, slot, now):
                self.places[shopper, slot] = Place(ref, now + lasts + MARGIN)
        self.holds[ref] = HoldInModel(
            shopper,
            sku,
            quantity,
            total_minor,
            base=now + lasts,
            end=now + lasts,
            deadline=now + lasts + DEADLINE_AFTER_BASE,
            claims=self._claim(sku, quantity, took, now + lasts + MARGIN, now),
            created_at=now,
            source=source,
        )

    def extend(self, ref: str, now: datetime) -> str:
        hold = self.holds[ref]
        if self.is_over(now):
            return "drop_closed"
        if not hold.is_live(now):
            return self._why_over(hold, now)
        if hold.extensions:
            return "extension_used"
        if self.line.of(hold.sku):
            return "others_wait"
        hold.extensions = 1
        hold.base = min(hold.base + EXTENSION, hold.deadline)
        self._move(ref, min(hold.end + EXTENSION, hold.deadline))
        return "ok"

    def release(self, ref: str, bank: dict[str, Outcome], now: datetime, sold: list[int]) -> str:
        """Let a hold go, after its open payments were stopped at a bank that knows better how they stand."""
        hold = self.holds[ref]
        for payment_ref in self._started(ref):
            if self.is_provider_down:
                return "unreachable"
            outcome = self._stopped(bank[payment_ref])
            self.hear(f"{payment_ref}:{outcome}", payment_ref, outcome, hold.total_minor, now, sold)
        if hold.is_live(now):
            self._close(hold, "released", now, ref)
        return "ok"

    # The creator's brakes

    def revoke(self, ref: str, bank: dict[str, Outcome], now: datetime, sold: list[int]) -> None:
        """End a hold that may still be paid; what the bank answers to being stopped is heard afterwards."""
        hold = self.holds[ref]
        said = [(ref_, self._stopped(bank[ref_])) for ref_ in self._started(ref) if not self.is_provider_down]
        if hold.state in (*LIVE, "expired"):
            self._close(hold, "revoked", now, ref)
        for payment_ref, outcome in said:
            self.hear(f"{payment_ref}:{outcome}", payment_ref, outcome, hold.total_minor, now, sold)

    def refund(self, ref: str) -> str:
        """Send an order's money back: its units leave the drop, and its owner may have others."""
        hold = self.holds[ref]
        if hold.state != "confirmed":
            return "no order"
        if hold.is_refunded:
            return "order_not_refundable"
        hold.is_refunded = True
        for token, fence in hold.claims.items():
            if self.units[token].fence == fence:
                self.units[token].is_void = True
        for place in self.places.values():
            if place.hold == ref:
                place.free_at = FREE
        shelf = self.shelves[hold.sku]
        made_good = min(hold.quantity, shelf.shortfall)
        shelf.shortfall -= made_good
        shelf.planned -= hold.quantity - made_good
        [payment_ref] = [
            known
            for known, p in self.payments.items()
            if (p.hold, p.state) == (ref, "captured") and known not in self.refunds
        ]
        self.refunds[payment_ref] = RefundInModel(hold.total_minor)
        self._send_refund(payment_ref)
        return "ok"

    def change_units(self, sku: str, by: int, now: datetime, minted: list[int], gone: set[int]) -> str:
        """Sell so many units more or fewer: free ones leave at once, the others as they return."""
        shelf, count = self.shelves[sku], self.count(sku, now)
        if self.is_over(now):
            return "drop_not_running"
        if by > 0:
            kept = min(by, shelf.shortfall)
            assert len(minted) == by - kept
            shelf.shortfall -= kept
            self.units |= {token: Unit(sku) for token in minted}
        else:
            if -by > max(0, count.free + count.held - shelf.shortfall):
                return "cut_too_deep"
            assert len(gone) == min(-by, count.free)
            shelf.shortfall -= by
            self.take_out(gone, now)
        shelf.planned += by
        return "ok"

    def take_out(self, gone: set[int], now: datetime) -> None:
        """Take in that units left the drop that were to leave it."""
        for token in gone:
            unit = self.units[token]
            assert unit.free_at <= now, "a unit was taken out of somebody's hands"
            unit.free_at, unit.is_void, unit.fence = NEVER, True, unit.fence + 1
            self.shelves[unit.sku].shortfall -= 1
            assert self.shelves[unit.sku].shortfall >= 0, "more units left than were to leave"

    def let_leave(self, sku: str, gone: set[int], now: datetime) -> None:
        """Take out those of the units that are known to have left which could leave by now."""
        if self._may_leave(sku, now):
            self.take_out({token for token in gone if token in self.claimable(sku, now)}, now)

    def _may_leave(self, sku: str, now: datetime) -> bool:
        return self.shelves[sku].shortfall > 0 and bool(self.claimable(sku, now))

    # Paying

    def start_paying(self, ref: str, payment_ref: str, now: datetime) -> str:
        hold = self.holds[ref]
        if not hold.is_live(now):
            return self._why_over(hold, now)
        hold.state = "paying"
        if not hold.has_used_grace:
            hold.has_used_grace = True
            self._move(ref, min(max(hold.end, now + GRACE), hold.deadline))
        assert self._started(ref) in ([], [payment_ref]), "a payment that is under way is gone on with"
        self.payments.setdefault(payment_ref, PaymentInModel(ref))
        if self.is_provider_down:
            self._fail(payment_ref, "failed", now)
            self.heard.add(f"unreachable:{payment_ref}")
            return "unreachable"
        return "ok"

    def hear(
        self, event_id: str, payment_ref: str, outcome: Outcome, amount_minor: int, now: datetime, sold: list[int]
    ) -> None:
        """Take in what a provider says of a payment; `sold` are the units of the order there is now, if any."""
        if event_id in self.heard:
            return
        self.heard.add(event_id)
        if outcome == Outcome.CAPTURED:
            self._take_money(payment_ref, amount_minor, now, sold)
        else:
            self._fail(payment_ref, "failed" if outcome == Outcome.FAILED else "cancelled", now)
        self._send_refund(payment_ref)

    def send_refunds(self) -> None:
        for payment_ref in self.refunds:
            self._send_refund(payment_ref)

    def _take_money(self, payment_ref: str, amount_minor: int, now: datetime, sold: list[int]) -> None:
        payment = self.payments[payment_ref]
        if payment.state in ("captured", "refunded"):
            return
        hold = self.holds[payment.hold]
        payment.state = "captured"
        self.captured_minor += amount_minor
        if amount_minor != hold.total_minor or hold.state not in (*LIVE, "expired"):
            self.refunds[payment_ref] = RefundInModel(amount_minor)
        elif not self._confirm(payment.hold, now, sold):
            self._close(hold, "late_refund", now, payment.hold)
            self.refunds[payment_ref] = RefundInModel(amount_minor)

    def _confirm(self, ref: str, now: datetime, sold: list[int]) -> bool:
        """Sell a hold's units by their fences, with others for those that were lost, and never by the clock."""
        hold = self.holds[ref]
        own = self._still_own(hold)
        missing = hold.quantity - len(own)
        others = [token for token in self.claimable(hold.sku, now) if token not in own]
        own_places = [key for key, place in self.places.items() if place.hold == ref]
        free_places = [
            (hold.shopper, slot)
            for slot in range(1, self.limit + 1)
            if (hold.shopper, slot) not in own_places and self._place_is_free(hold.shopper, slot, now)
        ]
        missing_places = hold.quantity - len(own_places)
        is_very_late = now > hold.end + LATE_ACCEPT_WINDOW
        kept = self.line.waiting_units(hold.sku, now) if missing and is_very_late else 0
        if len(others) < missing + kept or len(free_places) < missing_places:
            return False
        assert set(own) <= set(sold), "units that are still the hold's own are the first to be sold"
        for token in own:
            self.units[token].free_at = NEVER
        if missing:
            substitutes = [token for token in sold if token not in own]
            hold.claims |= self._claim(hold.sku, missing, substitutes, NEVER, now)
        for key in [*own_places, *free_places[: max(missing_places, 0)]]:
            self.places[key] = Place(ref, NEVER)
        hold.state = "confirmed"
        return True

    def _fail(self, payment_ref: str, state: str, now: datetime) -> None:
        payment = self.payments[payment_ref]
        if payment.state != "started":
            return
        payment.state = state
        hold = self.holds[payment.hold]
        if hold.state != "paying":
            return
        if now >= hold.base:
            self._close(hold, "expired", now, payment.hold)
        else:
            hold.state = "held"
            self._move(payment.hold, hold.base)

    def _started(self, hold_ref: str) -> list[str]:
        return [ref for ref, payment in self.payments.items() if (payment.hold, payment.state) == (hold_ref, "started")]

    def _stopped(self, outcome: Outcome) -> Outcome:
        """Return what a bank says when it is asked to stop: it can, unless the money came; a declined card waits for another."""
        return outcome if outcome == Outcome.CAPTURED else Outcome.CANCELLED

    def _send_refund(self, payment_ref: str) -> None:
        refund = self.refunds.get(payment_ref)
        if refund is None or refund.is_sent or refund.has_waited:
            return
        refund.has_waited = self.is_provider_down
        if not self.is_provider_down:
            self._note_sent(payment_ref)

    def note_sent(self, payment_refs: Collection[str]) -> None:
        """Take in which refunds the provider has taken by now; it cannot have one that is not owed."""
        for payment_ref in payment_refs:
            if self.refunds[payment_ref].has_waited:
                self._note_sent(payment_ref)

    def _note_sent(self, payment_ref: str) -> None:
        self.refunds[payment_ref].is_sent = True
        self.payments[payment_ref].state = "refunded"

    # Units and places

    def _past(self, shopper: int) -> list[PastHold]:
        declined = {payment.hold for payment in self.payments.values() if payment.state == "failed"}
        return [
            PastHold(
                state=hold.state,
                created_at=hold.created_at,
                expires_at=hold.end,
                closed_at=hold.closed_at,
                source=hold.source,
                was_declined=ref in declined,
            )
            for ref, hold in self.holds.items()
            if hold.shopper == shopper
        ]

    def close_own_stale(self, shopper: int, sku: str, now: datetime) -> bool:
        """Write down that the own holds of somebody lapsed which are in their way; tell whether there were any."""
        own = self.holds_of(shopper, sku).items()
        stale = [(ref, hold) for ref, hold in own if hold.state in LIVE and not hold.is_live(now)]
        for ref, hold in stale:
            self._close(hold, "expired", now, ref)
        return bool(stale)

    def claimable(self, sku: str, now: datetime) -> dict[int, datetime]:
        """Return the units that a claim may take, with the instant since which each is free."""
        return {token: unit.free_at for token, unit in self.units.items() if unit.sku == sku and unit.free_at <= now}

    def _claim(self, sku: str, quantity: int, took: list[int], until: datetime, now: datetime) -> dict[int, int]:
        claimable = self.claimable(sku, now)
        assert len(took) == quantity, f"{quantity} units were promised, {len(took)} claimed"
        assert set(took) <= set(claimable), "a unit was claimed that is not free"
        assert sorted(claimable[token] for token in took) == sorted(claimable.values())[:quantity], "longest free first"
        for token in took:
            self.units[token].free_at = until
            self.units[token].fence += 1
        return {token: self.units[token].fence for token in took}

    def _still_own(self, hold: HoldInModel) -> list[int]:
        return [
            token
            for token, fence in hold.claims.items()
            if self.units[token].fence == fence and self.units[token].free_at != NEVER
        ]

    def _place_is_free(self, shopper: int, slot: int, now: datetime) -> bool:
        place = self.places.get((shopper, slot))
        return place is None or place.free_at <= now

    def _shortage(self, quote: QuoteInModel, now: datetime) -> tuple[str, dict[str, object]]:
        count = self.count(quote.sku, now)
        if count.available:
            return "only_some_left", {"available": count.available, "asked": quote.quantity}
        if count.kept:
            return "held_by_others", {"kept": count.kept, "total": count.total}
        if count.held:
            return "held_by_others", {"next_return_at": count.next_return_at, "total": count.total}
        return "sold_out", {"total": count.total}

    def _move(self, ref: str, end: datetime) -> None:
        hold = self.holds[ref]
        hold.end = end
        self._set_free_at(ref, end + MARGIN)

    def _close(self, hold: HoldInModel, state: str, now: datetime, ref: str) -> None:
        if state != "expired" or now < hold.end + MARGIN:
            self._set_free_at(ref, FREE)
        hold.state = state
        hold.closed_at = now

    def _set_free_at(self, ref: str, free_at: datetime) -> None:
        for token in self._still_own(self.holds[ref]):
            self.units[token].free_at = free_at
        for place in self.places.values():
            if place.hold == ref:
                place.free_at = free_at

    def _why_over(self, hold: HoldInModel, now: datetime) -> str:
        return "hold_expired" if hold.state_at(now) == "expired" else "hold_closed"
