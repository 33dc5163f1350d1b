"""
Random lives of a drop, each step compared with a pure model, and the invariants of stock checked after each.

The model knows of no worker. Half of the lives have one that runs at random, half have none; both have to agree with the
model, so the worker changes nothing that anybody can see. `HYPOTHESIS_PROFILE=nightly` looks longer and elsewhere.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from drops.clock import database_now
from drops.sales import sweep as sales_sweep
from drops.sales.models import InboundEvent, OrderUnit, Payment, Quote
from drops.sales.payment import Outcome
from drops.stock import stream
from drops.stock.models import Hold, Token, TokenStatus, WaitlistEntry
from tests.clock import advance, set_clock
from tests.doubles import InMemoryProvider, event_of
from tests.drops.stock.invariants import Invariants, payment_ref_of
from tests.drops.stock.model import EXTENSION, GRACE, MARGIN, Model, QuoteInModel, Shelf, Unit
from tests.drops.stock.world import World, do_the_books, offer_of
from tests.factories import NOON
from tests.hypotheses import in_parts
from tests.undone import undone

pytestmark = [pytest.mark.nightly, pytest.mark.django_db(transaction=True)]

PROFILES = {
    "default": settings(max_examples=12, stateful_step_count=40, derandomize=True),
    "nightly": settings(max_examples=in_parts(5_000), stateful_step_count=80),
}
PROFILE = settings(
    PROFILES[os.environ.get("HYPOTHESIS_PROFILE", "default")],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

SECONDS = st.sampled_from([1, 4, 5, 6, 30, 60, 119, 120, 121, 300, 600, 605])
EDGES = st.sampled_from(["base_expires_at", "expires_at", "hard_deadline"])


class DropMachine(RuleBasedStateMachine):
    """Shoppers, a bank, a clock and perhaps a worker."""

    quotes = Bundle("quotes")
    holds = Bundle("holds")
    payments = Bundle("payments")
    events = Bundle("events")

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(undone())
        self.has_worker = False
        self.not_seen_yet: list[Hold] = []
        self.entries: list[WaitlistEntry] = []

    def teardown(self) -> None:
        InMemoryProvider.reset()
        self.stack.close()

    @initialize(
        units=st.lists(st.integers(1, 3), min_size=1, max_size=2),
        limit=st.integers(1, 3),
        has_worker=st.booleans(),
        has_line=st.booleans(),
    )
    def open_up(self, units: list[int], limit: int, has_worker: bool, has_line: bool = False) -> None:
        self.has_worker = has_worker
        self.world = World.made(units=units, limit=limit)
        self.model = Model(
            limit=limit,
            closes_at=self.world.drop.closes_at,
            units={t.pk: Unit(sku=t.drop_sku.sku.code) for t in Token.objects.select_related("drop_sku__sku")},
            shelves={row.sku.code: Shelf(planned) for row, planned in zip(self.world.drop_skus, units, strict=True)},
        )
        self.watch = Invariants(self.world, self.model)
        if has_line:
            self.not_seen_yet += self.a_line_forms(sku=0, quantity=1).values

    # Holding

    @rule(target=quotes, shopper=st.integers(0, 2), sku=st.integers(0, 1), quantity=st.integers(1, 3))
    def quote(self, shopper: int, sku: int, quantity: int) -> Any:
        quote = self.world.quote(shopper=shopper, sku=sku % len(self.world.drop_skus), quantity=quantity)
        self.model.quotes[quote.ref] = QuoteInModel(
            shopper, quote.drop_sku.sku.code, quantity, quote.total_minor, quote.valid_until
        )
        self.watch.freeze(quote)
        return quote

    @rule(target=holds, quote=quotes, key=st.sampled_from(["tap", "again"]))
    def hold(self, quote: Any, key: str) -> Any:
        return self._hold(quote, f"{quote.ref}:{key}")

    @rule(target=holds, quote=quotes, other=quotes)
    def hold_with_the_key_of_another(self, quote: Any, other: Any) -> Any:
        return self._hold(quote, f"{other.ref}:tap")

    @rule(target=holds, shopper=st.integers(0, 2), sku=st.integers(0, 1), quantity=st.integers(1, 2))
    def steal(self, shopper: int, sku: int, quantity: int) -> Any:
        """Take what is to be had, from under whoever let it lapse."""
        quote = self.quote(shopper=shopper, sku=sku, quantity=quantity)
        return self._hold(quote, f"{quote.ref}:tap")

    def _hold(self, quote: Any, key: str) -> Any:
        now = database_now()
        was_answered = (self.model.quotes[quote.ref].shopper, key) in self.model.answered
        code, got = self.world.hold(quote=quote, key=key)
        expected, facts = self.model.answer_to_hold(quote.ref, key, now, self._gone())
        assert code == expected
        if code != "ok":
            assert {name: got[name] for name in facts} == facts
            return multiple()
        hold = got["got"]
        if was_answered:
            assert hold.ref == facts["hold"]
            return multiple()
        took = list(hold.hold_tokens.values_list("token", flat=True))
        self.model.hold(quote.ref, key, hold.ref, took, now)
        return hold

    @rule(hold=holds)
    def extend(self, hold: Hold) -> None:
        expected = self.model.extend(hold.ref, database_now())
        assert self.world.extend(hold=hold)[0] == expected

    @rule(hold=holds)
    def release(self, hold: Hold) -> None:
        bank = dict(InMemoryProvider.outcomes)
        code, _ = self.world.release(hold=hold)
        with self._units_leaving():
            assert code == self.model.release(hold.ref, bank, database_now(), sold_to(hold.ref))

    # Paying

    @rule(target=payments, hold=holds)
    def start_pay(self, hold: Hold) -> Any:
        code, got = self.world.pay(hold=hold)
        last = Payment.objects.filter(hold=hold).order_by("-number").first()
        with self._units_leaving():
            assert code == self.model.start_paying(hold.ref, last.ref if last else "", database_now())
        return got["got"] if code == "ok" else multiple()

    @rule(payment=payments, outcome=st.sampled_from([Outcome.CAPTURED, Outcome.FAILED]), target=events)
    def bank_decides(self, payment: Payment, outcome: Outcome) -> Any:
        """The webhook of this is under way, and may come late, twice, out of order or never."""
        return self.world.decide(payment=payment, outcome=outcome)

    @rule(event=events)
    def webhook(self, event: Any) -> None:
        assert self.world.tell(event=event)[0] == "ok"
        self._hear(event)

    @rule(event=consumes(events))
    def webhook_twice(self, event: Any) -> None:
        self.webhook(event)
        self.webhook(event)

    @rule(payment=payments)
    def pay_ok(self, payment: Payment) -> None:
        self.webhook(self.world.decide(payment=payment, outcome=Outcome.CAPTURED))

    @rule(payment=payments)
    def pay_fail(self, payment: Payment) -> None:
        self.webhook(self.world.decide(payment=payment, outcome=Outcome.FAILED))

    @rule(payment=payments, by=st.sampled_from([MARGIN, GRACE, timedelta(minutes=16)]))
    def pay_ok_late(self, payment: Payment, by: timedelta) -> None:
        set_clock(max(database_now(), Hold.objects.get(pk=payment.hold_id).expires_at + by))
        self.pay_ok(payment)

    @rule(payment=payments)
    def pay_too_little(self, payment: Payment) -> None:
        self.world.decide(payment=payment, outcome=Outcome.CAPTURED)
        self.webhook(event_of(payment, Outcome.CAPTURED, amount_minor=payment.amount_minor - 1, suffix=":short"))

    def _hear(self, event: Any) -> None:
        hold = Payment.objects.select_related("hold").get(ref=event.provider_ref).hold
        with self._units_leaving():
            self.model.hear(
                event.event_id, event.provider_ref, event.outcome, event.amount_minor, database_now(), sold_to(hold.ref)
            )

    # Waiting

    @rule(shopper=st.integers(0, 2), sku=st.integers(0, 1), quantity=st.integers(1, 3))
    def join_waitlist(self, shopper: int, sku: int, quantity: int) -> None:
        now, drop_sku = database_now(), self.world.drop_skus[sku % len(self.world.drop_skus)]
        sku_code = drop_sku.sku.code
        code, got = self.world.join(shopper=shopper, sku=self.world.drop_skus.index(drop_sku), quantity=quantity)
        if self.model.is_over(now):
            assert code == "drop_closed"
            return
        self.model.let_leave(sku_code, self._gone(), now)
        self.offered(sku_code)
        expected, facts = self.model.line.answer_to_join(shopper, sku_code, quantity, now)
        assert code == expected
        if code != "ok":
            assert {name: got[name] for name in facts} == facts
            return
        self.model.line.join(got["got"].ref, shopper, sku_code, quantity, now, self._gone())
        self.entries.append(got["got"])

    @rule(target=holds, sku=st.integers(0, 1), quantity=st.integers(1, 2))
    def a_line_forms(self, sku: int, quantity: int) -> Any:
        """One after the other takes all they may have, and whoever finds nothing waits."""
        got, sku_code = [], self.world.drop_skus[sku % len(self.world.drop_skus)].sku.code
        for shopper in range(3):
            now = database_now()
            most = min(self.model.places_left(shopper, now), self.model.count(sku_code, now).available)
            if most:
                got.append(self.steal(shopper=shopper, sku=sku, quantity=most))
            else:
                self.join_waitlist(shopper=shopper, sku=sku, quantity=quantity)
        return multiple(*(hold for hold in got if isinstance(hold, Hold)))

    @precondition(lambda self: self.entries)
    @rule(hold=holds)
    def room_is_made(self, hold: Hold) -> None:
        self.release(hold=hold)
        self.somebody_notices()

    @precondition(lambda self: self.entries)
    @rule(which=st.integers(0, 5))
    def leave(self, which: int) -> None:
        """Leave the line, or decline what it brought."""
        entry = self.entries[which % len(self.entries)]
        bank, now = dict(InMemoryProvider.outcomes), database_now()
        state, hold = self.model.line.state_of(entry.ref, now), self.model.line.entries[entry.ref].hold
        code, _ = self.world.leave(entry=entry)
        with self._units_leaving():
            if state == "offered":
                assert code == self.model.release(hold, bank, now, sold_to(hold))
                return
            assert code == "ok"
            if state in ("waiting", "passed"):
                self.model.line.leave(entry.ref)

    @rule()
    def somebody_notices(self) -> None:
        """Look at the stock, as anybody does; what has come back is offered to those in line."""
        assert self.world.notice()[0] == "ok"
        self.offered(*(drop_sku.sku.code for drop_sku in self.world.drop_skus))

    def offered(self, *skus: str) -> None:
        """Let the model know what was offered to the lines of these SKUs, one after the other."""
        for quote in Quote.objects.exclude(ref__in=list(self.watch.frozen)):
            self.watch.freeze(quote)
        offers, now, gone = self.world.new_offers(), database_now(), self._gone()
        for sku in skus:
            its = [offer_of(hold) for hold in offers if hold.drop_sku.sku.code == sku]
            self.model.line.notice(sku, now, gone, its)
        self.not_seen_yet += offers

    @precondition(lambda self: self.not_seen_yet)
    @rule(target=holds)
    def those_who_were_offered_something_see_it(self) -> Any:
        offers, self.not_seen_yet = self.not_seen_yet, []
        return multiple(*offers)

    # The creator's brakes

    @rule(hold=holds)
    def revoke(self, hold: Hold) -> None:
        bank = dict(InMemoryProvider.outcomes)
        assert self.world.revoke(hold=hold)[0] == "ok"
        with self._units_leaving():
            self.model.revoke(hold.ref, bank, database_now(), sold_to(hold.ref))

    @rule(hold=holds)
    def refund(self, hold: Hold) -> None:
        assert self.world.refund(hold=hold)[0] == self.model.refund(hold.ref)

    @rule(sku=st.integers(0, 1), by=st.sampled_from([-2, -1, 1, 2]))
    def resync(self, sku: int, by: int) -> None:
        """Sell more or fewer units than were planned."""
        sku %= len(self.world.drop_skus)
        code, _ = self.world.change_units(sku=sku, by=by)
        minted = list(Token.objects.exclude(pk__in=list(self.model.units)).values_list("pk", flat=True))
        sku_code = self.world.drop_skus[sku].sku.code
        assert code == self.model.change_units(sku_code, by, database_now(), minted, self._gone())

    def _gone(self) -> set[int]:
        """Return the units that have left the drop since the model last looked."""
        void = Token.objects.filter(status=TokenStatus.VOID).values_list("pk", flat=True)
        return {token for token in void if token in self.model.units and not self.model.units[token].is_void}

    @contextmanager
    def _units_leaving(self) -> Iterator[None]:
        """Let the model know which units left during a step: what was free already before it, the rest after it."""
        now = database_now()
        self.model.take_out({token for token in self._gone() if self.model.units[token].free_at <= now}, now)
        yield
        self.model.take_out(self._gone(), now)

    # The clock, the creator, the provider's weather

    @rule(seconds=SECONDS)
    def advance_clock(self, seconds: int) -> None:
        advance(timedelta(seconds=seconds))

    @rule(hold=holds, edge=EDGES, offset=st.sampled_from([-1, 0, 1, 4, 5]))
    def advance_to_the_edge_of(self, hold: Hold, edge: str, offset: int) -> None:
        moment = getattr(Hold.objects.get(pk=hold.pk), edge) + timedelta(seconds=offset)
        if moment > database_now():
            set_clock(moment)

    @precondition(lambda self: database_now() > NOON + timedelta(minutes=15))
    @rule()
    def close_drop(self) -> None:
        self.world.close()
        self.model.is_closed = True

    @rule(is_down=st.booleans())
    def provider_goes(self, is_down: bool) -> None:
        InMemoryProvider.is_down = self.model.is_provider_down = is_down

    @rule(sku=st.integers(0, 1), price_minor=st.sampled_from([3800, 9900]))
    def reprice(self, sku: int, price_minor: int) -> None:
        """Change a price in the catalogue, which changes nothing that was promised."""
        row = self.world.drop_skus[sku % len(self.world.drop_skus)].sku
        row.price_minor = price_minor
        row.save(update_fields=["price_minor"])

    # The worker, in the lives that have one

    @precondition(lambda self: self.has_worker)
    @rule()
    def worker_does_the_books(self) -> None:
        self._with_news(do_the_books)
        with self._units_leaving():
            self.model.send_refunds()
        self.watch.check_that_the_books_are_done()

    @precondition(lambda self: self.has_worker)
    @rule()
    def worker_asks_the_providers(self) -> None:
        self._with_news(sales_sweep.poll_open_payments)
        self.watch.check_that_nothing_stays_unasked()

    def _with_news(self, work: Any) -> None:
        """Do something that asks the provider, and tell the model what the provider said: no more is news to it."""
        seen = list(InboundEvent.objects.values_list("pk", flat=True))
        work()
        for event in InboundEvent.objects.exclude(pk__in=seen).order_by("pk"):
            ref, outcome = event.event_id.split(":")
            payment = Payment.objects.select_related("hold").get(ref=ref)
            sold = sold_to(payment.hold.ref)
            with self._units_leaving():
                self.model.hear(event.event_id, ref, Outcome(outcome), payment.amount_minor, database_now(), sold)

    @invariant()
    def all_is_well(self) -> None:
        if hasattr(self, "watch"):
            self.model.note_sent([payment_ref_of(key) for key in InMemoryProvider.refunded])
            self.watch.check()


def sold_to(hold_ref: str) -> list[int]:
    """Return the tokens of a hold's order."""
    return list(OrderUnit.objects.filter(line__order__hold__ref=hold_ref).values_list("token", flat=True))


def test_whatever_happens_the_shop_does_what_the_model_says(part_of_the_night):
    run_state_machine_as_test(part_of_the_night(DropMachine), settings=PROFILE)


# Twins: one life twice, once with a worker after every step and once without any.

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [*["buy"] * 3, "extend", "release", *["pay"] * 2, *["captured"] * 2, "failed", *["wait"] * 3, "close"]
            + ["revoke", "refund", "cut", "add", *["join"] * 3, "leave", "notice"]
        ),
        st.integers(0, 5),
    ),
    min_size=6,
    max_size=16,
)


def live(steps: list[tuple[str, int]], *, has_worker: bool) -> list[Any]:
    """Live a life and return every answer that was given in it, and how each hold stood at the end."""
    answers: list[Any] = []
    with undone():
        world = World.made(units=[2], limit=1)
        for step, which in steps:
            answers.append(_take_step(world, step, which))
            if has_worker:
                do_the_books()
                stream.snapshot_of(drop_id=world.drop.pk)
        now = database_now()
        for hold in world.holds:
            hold.refresh_from_db()
            answers.append((hold.state_at(now), hold.expires_at))
        for entry in WaitlistEntry.objects.select_related("hold", "drop_sku__drop").order_by("pk"):
            answers.append((entry.state_at(now), entry.skips, entry.hold and entry.hold.expires_at))
    return answers


def _take_step(world: World, step: str, which: int) -> Any:
    if step == "wait":
        return advance(
            [timedelta(seconds=4), MARGIN, EXTENSION, GRACE, timedelta(minutes=5), timedelta(minutes=10)][which]
        )
    if step == "buy":
        return world.hold(quote=world.quote(shopper=which % 3, sku=0, quantity=1), key="tap")[0]
    if step == "join":
        return _with_offers(world, world.join(shopper=which % 3, sku=0, quantity=1 + which // 3))
    if step == "leave":
        entries = list(WaitlistEntry.objects.order_by("pk"))
        return _with_offers(world, world.leave(entry=entries[which % len(entries)])) if entries else None
    if step == "notice":
        return _with_offers(world, world.notice())
    if step in ("cut", "add"):
        return world.change_units(sku=0, by=-1 if step == "cut" else 1)[0]
    if step == "close":
        return world.close()[0] if which == 0 else None
    if step in ("captured", "failed"):
        if not world.payments:
            return None
        payment = world.payments[which % len(world.payments)]
        return world.tell(event=world.decide(payment=payment, outcome=Outcome(step)))[0]
    if not world.holds:
        return None
    return getattr(world, step)(hold=world.holds[which % len(world.holds)])[0]


def _with_offers(world: World, answer: Any) -> Any:
    """Return an answer's code and who was offered something, whom the next steps may let pay, wait or let go."""
    return answer[0], [world.shoppers.index(hold.shopper) for hold in world.new_offers()]


@pytest.mark.usefixtures("part_of_the_night")
@settings(PROFILE)
@given(steps=STEPS)
def test_a_life_with_a_worker_gives_the_same_answers_as_one_without(steps):
    assert live(steps, has_worker=True) == live(steps, has_worker=False)
