"""
What the line of those who wait should do, in plain Python: the part of the model that knows of the waitlist (stock.md R9).

It is told what was offered when somebody noticed, and checks that it was everybody's turn who got something, that nobody's
was overlooked, and that nothing was offered that was not there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.drops.stock.model import Model

MOST_SKIPS = 3
LOOK_AGAIN_AFTER = timedelta(seconds=60)
OFFER = timedelta(minutes=15)
TOO_FEW = "too_few"
_ENDS = {"held": "offered", "paying": "offered", "confirmed": "taken", "released": "declined", "revoked": "removed"}


@dataclass(frozen=True)
class Offer:
    """A hold that somebody in line was given, as the shop says."""

    entry: str
    hold: str
    took: list[int]
    total_minor: int


@dataclass
class EntryInModel:
    shopper: int
    sku: str
    quantity: int
    comes_first: bool
    joined_at: datetime
    is_passed: bool = False
    reason: str = ""
    skips: int = 0
    looked_at: datetime | None = None
    hold: str = ""
    has_left: bool = False

    @property
    def is_in_line(self) -> bool:
        return not self.hold and not self.has_left

    def pass_over(self, reason: str, now: datetime | None = None) -> None:
        self.is_passed, self.reason = True, reason
        self.looked_at = now or self.looked_at


@dataclass
class LineInModel:
    model: Model
    entries: dict[str, EntryInModel] = field(default_factory=dict)

    # Reading

    def state_of(self, ref: str, now: datetime) -> str:
        entry = self.entries[ref]
        if entry.hold:
            return _ENDS.get(self.model.holds[entry.hold].state_at(now), "lapsed")
        if entry.has_left:
            return "left"
        if self.model.is_over(now):
            return "over"
        return "passed" if entry.is_passed else "waiting"

    def of(self, sku: str) -> dict[str, EntryInModel]:
        """Return those in line for a SKU, in their order; they were written down in the order of their coming."""
        waiting = [(ref, entry) for ref, entry in self.entries.items() if entry.sku == sku and entry.is_in_line]
        return dict(sorted(waiting, key=lambda one: not one[1].comes_first))

    def waiting_units(self, sku: str, now: datetime) -> int:
        """Return how many units come first for those in line."""
        if self.model.is_over(now):
            return 0
        return sum(entry.quantity for entry in self.of(sku).values() if not entry.is_passed)

    # Joining and leaving

    def answer_to_join(self, shopper: int, sku: str, quantity: int, now: datetime) -> tuple[str, dict[str, object]]:
        """Say what somebody is answered who wants to join, after it was noticed whose turn it is."""
        for ref, entry in self.entries.items():
            state = self.state_of(ref, now)
            if (entry.shopper, entry.sku) == (shopper, sku) and state in ("waiting", "passed", "offered"):
                return "already_waiting", {"entry": ref, "state": state, "quantity": entry.quantity}
        if any(hold.is_live(now) for hold in self.model.holds_of(shopper, sku).values()):
            return "already_holding", {}
        left = self.model.places_left(shopper, now)
        if quantity > left:
            return "limit_reached", {"left": left, "limit": self.model.limit, "asked": quantity}
        available = max(0, len(self.model.claimable(sku, now)) - self.waiting_units(sku, now))
        if available >= quantity:
            return "units_free", {"available": available}
        return "ok", {}

    def join(self, ref: str, shopper: int, sku: str, quantity: int, now: datetime, gone: set[int]) -> None:
        self.model.close_own_stale(shopper, sku, now)
        self.model.let_leave(sku, gone, now)
        late = [hold.closed_at for hold in self.model.holds_of(shopper, sku).values() if hold.state == "late_refund"]
        since = max((at for at in late if at), default=None)
        been = [entry for entry in self.entries.values() if (entry.shopper, entry.sku) == (shopper, sku)]
        comes_first = since is not None and not any(entry.joined_at >= since for entry in been)
        self.entries[ref] = EntryInModel(shopper, sku, quantity, comes_first, now)

    def leave(self, ref: str) -> None:
        self.entries[ref].has_left = True

    # Being served

    def notice(self, sku: str, now: datetime, gone: set[int], offers: list[Offer]) -> None:
        """Take in what was offered to the line of a SKU; `gone` are units that left the drop before that."""
        offers = list(offers)
        if not self.model.is_over(now) and self.of(sku):
            self.model.let_leave(sku, gone, now)
        while not self.model.is_over(now) and (ref := self._next(sku, now)):
            entry, free = self.entries[ref], len(self.model.claimable(sku, now))
            in_the_way = self._in_the_way(entry, now, gone)
            if in_the_way == TOO_FEW:
                break
            if in_the_way:
                entry.pass_over(in_the_way, now)
                continue
            assert offers, f"{ref} is next and was offered nothing"
            offer = offers.pop(0)
            assert offer.entry == ref, f"{ref} is next, {offer.entry} was served"
            line = self.of(sku)
            self._give(ref, offer, now)
            self._note_skips(list(line.values())[: list(line).index(ref)], free)
        assert not offers, "somebody was served whose turn it is not"

    def _next(self, sku: str, now: datetime) -> str | None:
        free = len(self.model.claimable(sku, now))
        if not free:
            return None
        line = self.of(sku)
        within_reach = self.model.within_reach(sku)
        for entry in line.values():
            if not entry.is_passed and entry.quantity > within_reach:
                entry.pass_over(TOO_FEW)
            elif entry.is_passed and entry.reason == TOO_FEW and entry.quantity <= within_reach:
                entry.is_passed = entry.skips >= MOST_SKIPS
        for ref, entry in line.items():
            is_due = entry.looked_at is None or entry.looked_at <= now - LOOK_AGAIN_AFTER
            if is_due and entry.quantity <= free:
                return ref
        return None

    def _in_the_way(self, entry: EntryInModel, now: datetime, gone: set[int]) -> str:
        model = self.model
        if any(hold.is_live(now) for hold in model.holds_of(entry.shopper, entry.sku).values()):
            return "already_holding"
        if model.close_own_stale(entry.shopper, entry.sku, now):
            model.let_leave(entry.sku, gone, now)
        if model.places_left(entry.shopper, now) < entry.quantity:
            return "limit_reached"
        model.let_leave(entry.sku, gone, now)
        return TOO_FEW if len(model.claimable(entry.sku, now)) < entry.quantity else ""

    def _give(self, ref: str, offer: Offer, now: datetime) -> None:
        entry = self.entries[ref]
        self.model.promise(
            offer.hold,
            shopper=entry.shopper,
            sku=entry.sku,
            quantity=entry.quantity,
            total_minor=offer.total_minor,
            took=offer.took,
            now=now,
            lasts=OFFER,
            source="waitlist",
        )
        entry.hold, entry.is_passed, entry.reason, entry.looked_at = offer.hold, False, "", None

    def _note_skips(self, before: list[EntryInModel], free: int) -> None:
        """Those before a served entry who asked for more than there was keep their place, and three times their units."""
        for entry in before:
            if entry.quantity > free and (not entry.is_passed or entry.reason == TOO_FEW):
                entry.skips, entry.reason = entry.skips + 1, TOO_FEW
                entry.is_passed = entry.is_passed or entry.skips >= MOST_SKIPS
