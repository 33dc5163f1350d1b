"""
What is true of a drop's rows after every step, whatever the step was: I1 to I9 of the rules of stock.
"""

import json
import pickle
from collections import Counter
from typing import Any

from django.db import connection

from drops.audience.identities import key_of
from drops.clock import database_now
from drops.idempotency import hash_of
from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account
from drops.sales.models import Payment, PaymentState, Quote, Refund, RefundState
from drops.sales.sweep import ASK_AFTER
from drops.stock import stream, waitlist
from drops.stock.counts import counts_of
from drops.stock.models import (
    LIVE_ENTRIES,
    LIVE_STATES,
    DropSku,
    DropStream,
    Hold,
    HoldSource,
    HoldState,
    HoldToken,
    LimitSlot,
    Token,
    TokenStatus,
    WaitlistEntry,
    WaitlistState,
)
from drops.stock.proof import proof_of
from tests.doubles import InMemoryProvider
from tests.drops.stock.model import MARGIN, Model
from tests.drops.stock.world import World, check_deferred_constraints


def payment_ref_of(key: str) -> str:
    """Return whose money a refund sends back, by the key that its provider was given."""
    return key.split(":")[1]


class Invariants:
    """Remembers what may only grow or never change, and compares the rest with the model."""

    def __init__(self, world: World, model: Model) -> None:
        self.world = world
        self.model = model
        self.fences: dict[int, int] = {}
        self.seq = 0
        self.shown: dict[str, Any] = {}
        self.frozen: dict[str, str] = {}
        self.checked: Any = None

    def freeze(self, quote: Quote) -> None:
        """Remember what a shopper was shown."""
        self.frozen[quote.ref] = json.dumps(quote.terms, sort_keys=True)

    def check(self) -> None:
        """Check all there is, unless it is what was checked last, as after a refusal: more than half of all steps are."""
        if self._all_there_is() != self.checked:
            self._check()
            self.checked = self._all_there_is()

    def _all_there_is(self) -> Any:
        """Return what changes as soon as anything does that is checked: the clock, any row, the model, the bank."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT drops_now(), sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del) FROM pg_stat_xact_user_tables"
            )
            rows = cursor.fetchone()
        return rows, pickle.dumps((self.model, self.frozen, InMemoryProvider.refunded))

    def _check(self) -> None:
        now = database_now()
        holds = list(Hold.objects.prefetch_related("hold_tokens").order_by("pk"))
        tokens = {token.pk: token for token in Token.objects.all()}
        self._conservation()
        self._owners(holds, tokens, now)
        self._limits(holds, now)
        self._money()
        self._stream(now)
        self._fences(tokens)
        self._ends(holds, now)
        self._terms(holds)
        self._line(now)
        self._as_the_model_says(holds, tokens, now)
        check_deferred_constraints()

    def check_that_the_books_are_done(self) -> None:
        """After the worker no hold still says that it lives when it does not, unless its provider keeps silent."""
        now = database_now()
        lapsed = Hold.objects.filter(state__in=LIVE_STATES, expires_at__lte=now - MARGIN)
        assert all(hold.state == HoldState.PAYING and now < hold.hard_deadline for hold in lapsed)
        if not InMemoryProvider.is_down:
            assert not lapsed.exists()
            assert not Refund.objects.filter(state=RefundState.OPEN).exists()

    def check_that_nothing_stays_unasked(self) -> None:
        """After the providers were asked no bank knows of money that we do not, once a minute has passed."""
        if InMemoryProvider.is_down:
            return
        silent = Payment.objects.filter(state=PaymentState.STARTED, created_at__lte=database_now() - ASK_AFTER)
        assert {InMemoryProvider.outcomes[payment.ref] for payment in silent} <= {"pending"}

    def _conservation(self) -> None:
        """I1: every token is somewhere, and the proof finds nothing wrong."""
        for count in counts_of(drop_id=self.world.drop.pk):
            assert count.available + count.kept + count.held + count.sold + count.void == count.total
        problems = [line.problems for line in proof_of(drop=self.world.drop)]
        # The factory plans what it mints, so the proof has to be spotless.
        assert problems == [[] for _ in self.world.drop_skus]
        shelves = DropSku.objects.values_list("sku__code", "planned", "shortfall")
        assert {code: (planned, late) for code, planned, late in shelves} == {
            code: (shelf.planned, shelf.shortfall) for code, shelf in self.model.shelves.items()
        }

    def _owners(self, holds: list[Hold], tokens: dict[int, Token], now: Any) -> None:
        """I2: no token has two owners, a live or confirmed hold has all its tokens, a sold token has one owner."""
        owners: Counter[int] = Counter()
        for hold in holds:
            own = [h.token_id for h in hold.hold_tokens.all() if tokens[h.token_id].fence == h.fence]
            if hold.state_at(now) in (*LIVE_STATES, HoldState.CONFIRMED):
                assert len(own) == hold.quantity
                owners.update(own)
        assert set(owners.values()) <= {1}
        sold = {pk for pk, token in tokens.items() if token.status == TokenStatus.SOLD}
        confirmed = HoldToken.objects.filter(hold__state=HoldState.CONFIRMED, token__in=sold)
        assert sold == {h.token_id for h in confirmed if tokens[h.token_id].fence == h.fence}

    def _limits(self, holds: list[Hold], now: Any) -> None:
        """I3: nobody has more than one may have, counting what is held and what is bought."""
        units: Counter[int] = Counter()
        refunded = {ref for ref, hold in self.model.holds.items() if hold.is_refunded}
        for hold in holds:
            if hold.ref not in refunded and hold.state_at(now) in (*LIVE_STATES, HoldState.CONFIRMED):
                units[hold.shopper_id] += hold.quantity
        assert max(units.values(), default=0) <= self.model.limit

    def _money(self) -> None:
        """I4: what came in belongs to a confirmed hold or goes back, and the ledger says the same."""
        model = self.model
        owed, sent = (model.refunds_minor(is_sent=is_sent) for is_sent in (False, True))
        assert model.captured_minor == model.confirmed_minor + owed + sent
        captured = [PaymentState.CAPTURED, PaymentState.REFUNDED]
        assert Payment.objects.filter(state__in=captured).count() == len(model.refunds) + len(model.orders())
        assert balance_of(account=Account.CASH, currency="EUR") == model.confirmed_minor + owed
        assert balance_of(account=Account.REFUND, currency="EUR") == -owed
        assert unbalanced_causes() == []
        rows = Refund.objects.values_list("payment__ref", "amount_minor", "state")
        assert sorted(rows) == sorted(
            (ref, refund.amount_minor, "sent" if refund.is_sent else "open") for ref, refund in model.refunds.items()
        )
        taken = [payment_ref_of(key) for key in InMemoryProvider.refunded]
        assert sorted(taken) == sorted(ref for ref, refund in model.refunds.items() if refund.is_sent)

    def _stream(self, now: Any) -> None:
        """I5: a new snapshot has a higher number, and the last one is the truth."""
        stream.snapshot_of(drop_id=self.world.drop.pk)
        row = DropStream.objects.get(drop=self.world.drop)
        assert row.seq == self.seq + (row.snapshot != self.shown)
        self.seq, self.shown = row.seq, row.snapshot
        counts = [self.model.count(line["sku"], now) for line in row.snapshot["skus"]]
        assert row.snapshot["skus"] == [
            {
                "sku": drop_sku.sku.code,
                "total": count.total,
                "available": count.available,
                "kept": count.kept,
                "held": count.held,
                "sold": count.sold,
                "waiting": count.waiting,
                "next_return_at": stream.iso(count.next_return_at),
            }
            for drop_sku, count in zip(self.world.drop_skus, counts, strict=True)
        ]

    def _fences(self, tokens: dict[int, Token]) -> None:
        """I6: a fence never goes back."""
        assert all(token.fence >= self.fences.get(pk, 0) for pk, token in tokens.items())
        self.fences = {pk: token.fence for pk, token in tokens.items()}

    def _ends(self, holds: list[Hold], now: Any) -> None:
        """I8: past its hard deadline a hold has ended for whoever asks, though nobody has written it down."""
        assert not any(hold.state_at(now) in LIVE_STATES for hold in holds if now >= hold.hard_deadline)

    def _terms(self, holds: list[Hold]) -> None:
        """I9: what was promised stays promised."""
        for promise in [*Quote.objects.all(), *holds]:
            ref, digest = (
                (promise.ref, promise.hash) if isinstance(promise, Quote) else (promise.quote_ref, promise.quote_hash)
            )
            assert json.dumps(promise.terms, sort_keys=True) == self.frozen[ref]
            assert hash_of(promise.terms) == digest
            assert promise.total_minor == promise.terms["total_minor"]

    def _line(self, now: Any) -> None:
        """Whoever waits stands where the model says, and whoever was offered something has a hold of it that lives."""
        line = self.model.line
        entries = list(WaitlistEntry.objects.select_related("hold", "drop_sku__drop", "drop_sku__sku").order_by("pk"))
        assert {entry.ref: (entry.state_at(now), entry.comes_first, entry.skips) for entry in entries} == {
            ref: (line.state_of(ref, now), entry.comes_first, entry.skips) for ref, entry in line.entries.items()
        }
        for entry in entries:
            if (place := waitlist.place_of(entry=entry)) is not None:
                its_line = line.of(entry.drop_sku.sku.code)
                assert place.number == list(its_line).index(entry.ref) + 1
        live = Counter((e.shopper_id, e.drop_sku_id) for e in entries if e.state_at(now) in LIVE_ENTRIES)
        assert set(live.values()) <= {1}
        offered = {entry.hold_id for entry in entries if entry.state_at(now) == WaitlistState.OFFERED}
        given = Hold.objects.filter(source=HoldSource.WAITLIST)
        assert offered == {hold.pk for hold in given if hold.state_at(now) in LIVE_STATES}

    def _as_the_model_says(self, holds: list[Hold], tokens: dict[int, Token], now: Any) -> None:
        model = self.model
        assert {hold.ref: (hold.state_at(now), hold.expires_at) for hold in holds} == {
            ref: (hold.state_at(now), hold.end) for ref, hold in model.holds.items()
        }
        assert {pk: (token.free_at, token.fence, token.status == TokenStatus.VOID) for pk, token in tokens.items()} == {
            pk: (unit.free_at, unit.fence, unit.is_void) for pk, unit in model.units.items()
        }
        assert dict(Payment.objects.values_list("ref", "state")) == {
            ref: payment.state for ref, payment in model.payments.items()
        }
        number_of = {key_of(identity=shopper.ref): number for number, shopper in enumerate(self.world.shoppers)}
        places = LimitSlot.objects.values_list("key_hash", "slot", "hold__ref", "free_at")
        assert {(number_of[key], slot): (ref, free_at) for key, slot, ref, free_at in places} == {
            key: (place.hold, place.free_at) for key, place in model.places.items()
        }
