"""Lapsed holds are booked in sets: what is written, what is left alone, and what is said of it."""

from contextlib import contextmanager
from datetime import timedelta

import pytest

from drops import tasks
from drops.events import hold_changed, holds_lapsed, stock_changed
from drops.sales import holding
from drops.sales.models import Payment, PaymentState
from drops.sales.payment import Outcome
from drops.sales.settling import settle
from drops.stock import holds, lapses, sweep
from drops.stock.counts import count_of
from drops.stock.holds import MARGIN
from drops.stock.models import Hold, HoldEvent, HoldState, HoldToken, LimitSlot, Token
from drops.stock.proof import proof_of
from drops.stock.resync import change_units
from tests.clock import advance, stopped_clock
from tests.doubles import event_of
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment, make_shopper
from tests.races.crowd import swapped

pytestmark = pytest.mark.django_db

TEN_MINUTES = timedelta(minutes=10)
OVER = TEN_MINUTES + MARGIN


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def drop():
    return make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))


@pytest.fixture
def drop_sku(drop):
    return make_drop_sku(drop=drop, units=6)


def rows():
    """Everything that a sweep could write."""
    return [list(model.objects.order_by("pk").values()) for model in (Hold, HoldEvent, HoldToken, LimitSlot, Token)]


def steps_of(hold):
    return list(hold.events.order_by("pk").values_list("from_state", "to_state", "actor", "reason", "at"))


def unbooked():
    """Let claims leave the holds whose units they take over to the sweep, as when those rows are locked."""
    return swapped(lapses, "lapse_these", lambda **_: [])


@contextmanager
def heard(*signals):
    """Collect what is announced as (signal, facts)."""
    said = []
    ears = [(signal, lambda signal, sender, _of=signal, **facts: said.append((_of, facts))) for signal in signals]
    for signal, ear in ears:
        signal.connect(ear)
    yield said
    for signal, ear in ears:
        signal.disconnect(ear)


def test_a_lapse_is_written_on_the_hold_its_units_and_the_record(drop_sku):
    hold = make_hold(drop_sku=drop_sku, quantity=2)
    now = advance(OVER)

    assert sweep.lapse_due_holds() == [hold.ref]

    hold.refresh_from_db()
    assert (hold.state, hold.closed_at, hold.close_reason) == (HoldState.EXPIRED, now, "time ran out")
    assert (hold.version, hold.expires_at) == (2, NOON + TEN_MINUTES)
    assert steps_of(hold) == [
        ("", "held", "shopper", "accepted", NOON),
        ("held", "expired", "clock", "time ran out", now),
    ]
    tokens = Token.objects.filter(hold=hold).values_list("status", "free_at", "fence")
    assert list(tokens) == [("free", NOON + OVER, 1)] * 2
    assert list(LimitSlot.objects.values_list("hold", "free_at")) == [(hold.pk, NOON + OVER)] * 2


def test_inside_the_margin_nothing_is_booked_yet(drop_sku):
    make_hold(drop_sku=drop_sku)
    advance(OVER - timedelta(milliseconds=1))
    before = rows()

    assert sweep.lapse_due_holds() == []
    assert rows() == before


def test_a_call_books_so_many_the_oldest_first_and_a_run_books_them_all(drop_sku):
    refs = []
    for _ in range(5):
        refs.append(make_hold(drop_sku=drop_sku).ref)
        advance(timedelta(seconds=1))
    advance(OVER)

    with swapped(sweep, "AT_ONCE", 2):
        assert sorted(sweep.lapse_due_holds()) == sorted(refs[:2])
        assert sweep.lapse_all_due_holds(within=timedelta(seconds=60)) == 3
        assert sweep.lapse_all_due_holds(within=timedelta(seconds=60)) == 0

    assert HoldEvent.objects.filter(to_state="expired").count() == 5


def test_a_run_whose_time_is_up_leaves_the_rest_to_the_next(drop_sku):
    for _ in range(5):
        make_hold(drop_sku=drop_sku)
    advance(OVER)

    with swapped(sweep, "AT_ONCE", 2):
        assert sweep.lapse_all_due_holds(within=timedelta(0)) == 2

    assert Hold.objects.filter(state=HoldState.HELD).count() == 3


@pytest.mark.parametrize("holds_due", [1, 6])
def test_many_lapses_cost_as_many_questions_as_one(drop_sku, holds_due, django_assert_num_queries):
    for _ in range(holds_due):
        make_hold(drop_sku=drop_sku)
    advance(OVER)

    # Savepoint and its release, the clock, the lapses, and whether a SKU has a shortfall.
    with django_assert_num_queries(5):
        assert len(sweep.lapse_due_holds()) == holds_due


def test_a_unit_that_has_a_new_owner_stays_with_them(drop):
    drop_sku = make_drop_sku(drop=drop, units=2)
    stale = make_hold(drop_sku=drop_sku, quantity=2)
    advance(OVER)
    with unbooked():
        owner = make_hold(drop_sku=drop_sku)
    owned = Token.objects.filter(hold=owner).values().get()

    assert sweep.lapse_due_holds() == [stale.ref]

    assert Token.objects.filter(hold=owner).values().get() == owned
    assert (owned["status"], owned["free_at"], owned["fence"]) == ("held", NOON + OVER + OVER, 2)
    assert Token.objects.get(hold=stale).status == "free"
    owner.refresh_from_db()
    assert owner.state == HoldState.HELD
    assert [line.problems for line in proof_of(drop=drop)] == [[]]


def test_a_hold_that_is_being_paid_is_left_to_its_provider(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    advance(timedelta(hours=1))
    before = rows()

    assert sweep.lapse_due_holds() == []

    assert rows() == before
    payment.hold.refresh_from_db()
    assert payment.hold.state == HoldState.PAYING


def test_who_claims_lapsed_units_books_all_holds_they_belonged_to(drop):
    drop_sku = make_drop_sku(drop=drop, units=3)
    held = make_hold(drop_sku=drop_sku)
    paying = make_payment(hold=make_hold(drop_sku=drop_sku)).hold
    now = advance(timedelta(minutes=20))
    untouched = make_hold(drop_sku=drop_sku)  # takes the unit that nobody had

    buyer = make_hold(drop_sku=drop_sku, quantity=2)

    assert [steps_of(hold)[-1] for hold in (held, paying)] == [
        ("held", "expired", "clock", "time ran out", now),
        ("paying", "expired", "clock", "time ran out", now),
    ]
    states = Hold.objects.order_by("pk").values_list("pk", "state")
    assert dict(states) == {held.pk: "expired", paying.pk: "expired", untouched.pk: "held", buyer.pk: "held"}


def test_of_a_set_of_holds_only_the_lapsed_ones_are_booked(drop_sku):
    early = [make_hold(drop_sku=drop_sku) for _ in range(2)]
    released = make_hold(drop_sku=drop_sku)
    holding.release_hold(hold_ref=released.ref, shopper=released.shopper)
    now = advance(OVER)
    live = make_hold(drop_sku=drop_sku)
    alone = make_hold(drop_sku=make_drop_sku(drop=drop_sku.drop))
    before = [list(Hold.objects.filter(pk__in=[released.pk, live.pk, alone.pk]).order_by("pk").values())]

    holds.expire_overtaken(hold_ids={hold.pk for hold in (*early, released, live, alone)} | {-1}, now=now)
    holds.expire_overtaken(hold_ids=set(), now=now)

    assert HoldEvent.objects.filter(hold__in=early, to_state="expired", at=now).count() == 2
    assert [list(Hold.objects.filter(pk__in=[released.pk, live.pk, alone.pk]).order_by("pk").values())] == before


def test_units_that_were_to_leave_leave_with_the_sweep_of_every_sku(drop):
    skus = [make_drop_sku(drop=drop, units=3) for _ in range(3)]
    for drop_sku in skus:
        make_hold(drop_sku=drop_sku, quantity=2)
    for drop_sku, cut in zip(skus, [0, 2, 3], strict=True):
        if cut:
            change_units(drop_sku_id=drop_sku.pk, by=-cut, actor="office:mira")
    advance(OVER)

    assert len(sweep.lapse_due_holds()) == 3

    counts = [count_of(drop_sku_id=drop_sku.pk) for drop_sku in skus]
    assert [(count.available, count.void) for count in counts] == [(3, 0), (1, 2), (0, 3)]
    for drop_sku in skus:
        drop_sku.refresh_from_db()
    assert [drop_sku.shortfall for drop_sku in skus] == [0, 0, 0]
    assert [line.problems for line in proof_of(drop=drop)] == [[], [], []]


def test_a_sweep_is_announced_once_for_each_drop_and_once_for_its_holds(drop, django_capture_on_commit_callbacks):
    other = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    ends = [make_hold(drop_sku=make_drop_sku(drop=one)).pk for one in (drop, drop, other)]
    advance(OVER)

    with heard(stock_changed, holds_lapsed, hold_changed) as said, django_capture_on_commit_callbacks(execute=True):
        sweep.lapse_due_holds()

    (signal, facts), *stock = said
    assert stock == [(stock_changed, {"drop_id": drop.pk}), (stock_changed, {"drop_id": other.pk})]
    assert (signal, sorted(facts["hold_ids"])) == (holds_lapsed, ends)


def test_a_sweep_that_finds_nothing_says_nothing(drop_sku, django_capture_on_commit_callbacks):
    make_hold(drop_sku=drop_sku)

    with heard(stock_changed, holds_lapsed) as said, django_capture_on_commit_callbacks(execute=True):
        sweep.lapse_due_holds()

    assert said == []


def test_a_payment_that_comes_after_the_sweep_still_wins_its_unit(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    payment = make_payment(hold=hold)
    settle(provider="memory", event=event_of(payment, Outcome.FAILED))  # the bank changes its mind later
    advance(OVER)
    sweep.lapse_due_holds()

    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    hold.refresh_from_db()
    assert (hold.state, hold.is_late) == (HoldState.CONFIRMED, True)
    assert [line.problems for line in proof_of(drop=drop_sku.drop)] == [[]]


def test_the_task_books_everything_and_lets_late_units_go(drop_sku):
    shopper = make_shopper(creator=drop_sku.drop.creator)
    due = [make_hold(drop_sku=drop_sku), make_hold(drop_sku=drop_sku, shopper=shopper)]
    paying = make_payment(hold=make_hold(drop_sku=drop_sku))
    change_units(drop_sku_id=drop_sku.pk, by=-4, actor="office:mira")
    advance(timedelta(minutes=20))

    with swapped(sweep, "AT_ONCE", 1):
        tasks.lapse_due_holds()

    assert set(Hold.objects.filter(pk__in=[hold.pk for hold in due]).values_list("state", flat=True)) == {"expired"}
    assert Payment.objects.get(pk=paying.pk).state == PaymentState.STARTED
    drop_sku.refresh_from_db()
    assert (drop_sku.shortfall, count_of(drop_sku_id=drop_sku.pk).void) == (0, 4)


def test_overdue_payments_have_a_task_of_their_own(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    due = make_hold(drop_sku=drop_sku)
    advance(timedelta(minutes=20))

    tasks.end_overdue_payments()

    assert Payment.objects.get(pk=payment.pk).state == PaymentState.CANCELLED
    assert Hold.objects.get(pk=payment.hold_id).state == HoldState.EXPIRED
    due.refresh_from_db()
    assert due.state == HoldState.HELD
