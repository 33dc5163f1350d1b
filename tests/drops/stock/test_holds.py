from datetime import timedelta

import pytest

from drops.idempotency import KeyReused
from drops.sales import holding, refusals
from drops.sales.delivery import DeliveryGone
from drops.sales.draining import drain_closed_drops
from drops.sales.models import Order, Quote
from drops.sales.settling import settle
from drops.schedule.windows import close_drop
from drops.stock import sweep
from drops.stock.counts import count_of
from drops.stock.holds import MARGIN, ExtensionUsed, HeldByOthers, HoldExpired, OnlySomeLeft, SoldOut
from drops.stock.limits import LimitReached
from drops.stock.models import Hold, HoldEvent, HoldState, HoldToken, LimitSlot, Token
from tests.clock import advance, stopped_clock
from tests.doubles import CounterDelivery, Outcome, event_of
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment, make_quote, make_shopper

pytestmark = pytest.mark.django_db

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def drop_sku():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    return make_drop_sku(drop=drop, units=3)


def counts(drop_sku):
    count = count_of(drop_sku_id=drop_sku.pk)
    return count.available, count.held, count.sold


def test_a_hold_takes_units_for_the_minutes_of_the_drop(drop_sku):
    hold = make_hold(drop_sku=drop_sku, quantity=2)

    assert (hold.state, hold.expires_at, hold.hard_deadline) == (
        HoldState.HELD,
        NOON + TEN_MINUTES,
        NOON + timedelta(minutes=15),
    )
    assert counts(drop_sku) == (1, 2, 0)
    assert count_of(drop_sku_id=drop_sku.pk).next_return_at == NOON + TEN_MINUTES + MARGIN


def test_the_hold_freezes_the_accepted_quote(drop_sku):
    quote = make_quote(drop_sku=drop_sku)
    drop_sku.sku.price_minor = 9900
    drop_sku.sku.save(update_fields=["price_minor"])

    hold = holding.place_hold(shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key="one")

    assert (hold.total_minor, hold.terms) == (3914, quote.terms)


def test_an_expired_hold_gives_way_even_before_the_sweep_runs(drop_sku):
    early = make_hold(drop_sku=make_drop_sku(drop=drop_sku.drop, units=1))
    advance(TEN_MINUTES + MARGIN)

    late = make_hold(drop_sku=early.drop_sku)

    early.refresh_from_db()
    assert (early.state, late.state) == (HoldState.EXPIRED, HoldState.HELD)
    assert counts(early.drop_sku) == (0, 1, 0)


def test_a_hold_reads_as_expired_at_its_very_end(drop_sku):
    hold = make_hold(drop_sku=drop_sku)

    assert hold.state_at(NOON + TEN_MINUTES - timedelta(milliseconds=1)) == HoldState.HELD
    assert hold.state_at(NOON + TEN_MINUTES) == HoldState.EXPIRED


def test_the_sweep_writes_down_what_was_true_already(drop_sku):
    hold = make_hold(drop_sku=drop_sku, quantity=2)
    advance(TEN_MINUTES + MARGIN)
    assert counts(drop_sku) == (3, 0, 0)

    assert sweep.lapse_due_holds() == [hold.ref]
    assert sweep.lapse_due_holds() == []

    hold.refresh_from_db()
    assert (hold.state, hold.close_reason) == (HoldState.EXPIRED, "time ran out")
    assert counts(drop_sku) == (3, 0, 0)
    assert set(Token.objects.filter(drop_sku=drop_sku).values_list("status", flat=True)) == {"free"}


def test_fewer_units_than_asked_are_refused_with_their_number(drop_sku):
    make_hold(drop_sku=drop_sku, quantity=2)
    before = list(Token.objects.order_by("pk").values())

    with pytest.raises(OnlySomeLeft) as refusal:
        make_hold(drop_sku=drop_sku, quantity=2)

    assert refusal.value.facts == {"available": 1, "asked": 2}
    assert refusal.value.message == f"Only 1 {drop_sku.sku} is free right now, you asked for 2."
    assert list(Token.objects.order_by("pk").values()) == before
    assert (Hold.objects.count(), HoldToken.objects.count(), LimitSlot.objects.count()) == (1, 2, 2)


def test_units_on_hold_are_not_called_sold_out(drop_sku):
    only_one = make_drop_sku(drop=drop_sku.drop, units=1)
    make_hold(drop_sku=only_one)

    with pytest.raises(HeldByOthers) as refusal:
        make_hold(drop_sku=only_one)

    assert refusal.value.facts["next_return_at"] == NOON + TEN_MINUTES + MARGIN
    assert Hold.objects.count() == 1


def test_sold_out_is_said_only_when_every_unit_is_sold(drop_sku):
    only_one = make_drop_sku(drop=drop_sku.drop, units=1)
    payment = make_payment(hold=make_hold(drop_sku=only_one))
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    with pytest.raises(SoldOut) as refusal:
        make_hold(drop_sku=only_one)

    assert refusal.value.facts == {"total": 1}
    assert (Hold.objects.count(), Order.objects.count()) == (1, 1)


def test_a_shopper_gets_as_many_as_the_drop_allows_and_no_more(drop_sku):
    shopper = make_shopper(creator=drop_sku.drop.creator)
    other = make_drop_sku(drop=drop_sku.drop, units=3)
    make_hold(drop_sku=drop_sku, shopper=shopper, quantity=2)

    with pytest.raises(LimitReached) as refusal:
        make_hold(drop_sku=other, shopper=shopper)

    assert refusal.value.facts == {"limit": 2, "left": 0, "asked": 1, "kind": "account"}
    assert refusal.value.message == "2 per person in this drop, and you have them already."
    assert counts(other) == (3, 0, 0)


def test_a_lapsed_hold_gives_its_limit_back_without_any_worker(drop_sku):
    shopper = make_shopper(creator=drop_sku.drop.creator)
    make_hold(drop_sku=drop_sku, shopper=shopper, quantity=2)
    advance(TEN_MINUTES + MARGIN)

    again = make_hold(drop_sku=drop_sku, shopper=shopper, quantity=2)

    assert again.state == HoldState.HELD
    assert counts(drop_sku) == (1, 2, 0)


def test_the_shoppers_own_stale_hold_never_blocks_them(drop_sku):
    shopper = make_shopper(creator=drop_sku.drop.creator)
    only_one = make_drop_sku(drop=drop_sku.drop, units=1)
    stale = make_hold(drop_sku=only_one, shopper=shopper)
    advance(TEN_MINUTES)  # ended, and still inside the margin in which nobody else may have it

    again = make_hold(drop_sku=only_one, shopper=shopper)

    stale.refresh_from_db()
    assert (stale.state, again.state) == (HoldState.EXPIRED, HoldState.HELD)


def test_one_live_hold_per_shopper_and_sku(drop_sku):
    shopper = make_shopper(creator=drop_sku.drop.creator)
    first = make_hold(drop_sku=drop_sku, shopper=shopper)

    with pytest.raises(refusals.AlreadyHolding) as refusal:
        make_hold(drop_sku=drop_sku, shopper=shopper)

    assert refusal.value.facts["hold"] == first.ref
    assert counts(drop_sku) == (2, 1, 0)


def test_the_same_key_gives_the_same_hold(drop_sku):
    quote = make_quote(drop_sku=drop_sku)
    ask = {"shopper": quote.shopper, "quote_ref": quote.ref, "quote_hash": quote.hash, "idempotency_key": "tap-1"}

    first, second = holding.place_hold(**ask), holding.place_hold(**ask)

    assert first.pk == second.pk
    assert counts(drop_sku) == (2, 1, 0)


def test_a_key_that_came_with_another_request_is_refused(drop_sku):
    shopper = make_shopper(creator=drop_sku.drop.creator)
    make_hold(drop_sku=drop_sku, shopper=shopper, key="tap-1")

    with pytest.raises(KeyReused):
        make_hold(drop_sku=drop_sku, shopper=shopper, key="tap-1")

    assert counts(drop_sku) == (2, 1, 0)


@pytest.mark.parametrize("has_worker", [False, True])
def test_a_key_stays_spent_when_the_hold_that_it_got_is_over(drop_sku, has_worker):
    first = make_hold(drop_sku=drop_sku, key="tap")
    advance(timedelta(minutes=11))
    if has_worker:
        sweep.lapse_due_holds()

    with pytest.raises(KeyReused):
        make_hold(drop_sku=drop_sku, shopper=first.shopper, key="tap")

    assert counts(drop_sku) == (3, 0, 0)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"state": "scheduled", "opens_at": NOON + timedelta(hours=1)}, refusals.NotYetOpen),
        ({"state": "paused", "pause_reason": "The kiln is too hot."}, refusals.DropPaused),
        ({"state": "closed"}, refusals.DropClosed),
        ({"closes_at": NOON}, refusals.DropClosed),
    ],
)
def test_only_an_open_drop_sells(drop_sku, change, refusal):
    quote = make_quote(drop_sku=drop_sku)
    type(drop_sku.drop).objects.filter(pk=drop_sku.drop_id).update(**change)

    with pytest.raises(refusal):
        holding.place_hold(shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key="one")

    assert counts(drop_sku) == (3, 0, 0)
    assert Hold.objects.count() == 0


def test_a_scheduled_drop_sells_from_its_hour_on_with_no_worker_to_open_it(drop_sku):
    type(drop_sku.drop).objects.filter(pk=drop_sku.drop_id).update(state="scheduled", opens_at=NOON)

    assert make_hold(drop_sku=drop_sku).state == HoldState.HELD


def test_an_old_quote_holds_nothing(drop_sku):
    quote = make_quote(drop_sku=drop_sku)
    advance(timedelta(seconds=120))

    with pytest.raises(refusals.QuoteExpired):
        holding.place_hold(shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key="one")

    assert counts(drop_sku) == (3, 0, 0)


def test_a_quote_that_is_not_what_was_seen_holds_nothing(drop_sku):
    quote = make_quote(drop_sku=drop_sku)

    with pytest.raises(refusals.QuoteChanged):
        holding.place_hold(shopper=quote.shopper, quote_ref=quote.ref, quote_hash="0" * 64, idempotency_key="one")

    assert counts(drop_sku) == (3, 0, 0)


def test_somebody_elses_quote_does_not_exist(drop_sku):
    quote, stranger = make_quote(drop_sku=drop_sku), make_shopper(creator=drop_sku.drop.creator)

    with pytest.raises(refusals.QuoteNotFound):
        holding.place_hold(shopper=stranger, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key="one")

    assert Quote.objects.count() == 1
    assert counts(drop_sku) == (3, 0, 0)


def test_a_spent_quote_cannot_hold_twice(drop_sku):
    quote = make_quote(drop_sku=drop_sku)
    ask = {"shopper": quote.shopper, "quote_ref": quote.ref, "quote_hash": quote.hash}
    hold = holding.place_hold(**ask, idempotency_key="one")
    holding.release_hold(hold_ref=hold.ref, shopper=quote.shopper)

    with pytest.raises(refusals.QuoteUsed):
        holding.place_hold(**ask, idempotency_key="two")

    assert counts(drop_sku) == (3, 0, 0)


def test_a_full_delivery_slot_takes_the_whole_hold_back(drop_sku):
    CounterDelivery.places = 0

    with pytest.raises(DeliveryGone):
        make_hold(drop_sku=drop_sku)

    assert counts(drop_sku) == (3, 0, 0)
    assert (Hold.objects.count(), LimitSlot.objects.count(), HoldEvent.objects.count()) == (0, 0, 0)


def test_letting_go_frees_units_places_and_slot_at_once(drop_sku):
    hold = make_hold(drop_sku=drop_sku, quantity=2)

    released = holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)

    assert released.state == HoldState.RELEASED
    assert counts(drop_sku) == (3, 0, 0)
    assert CounterDelivery.reserved == {}
    assert make_hold(drop_sku=drop_sku, shopper=hold.shopper, quantity=2).state == HoldState.HELD


def test_more_time_is_given_once(drop_sku):
    hold = make_hold(drop_sku=drop_sku)

    extended = holding.extend_hold(hold_ref=hold.ref, shopper=hold.shopper)
    with pytest.raises(ExtensionUsed):
        holding.extend_hold(hold_ref=hold.ref, shopper=hold.shopper)

    assert extended.expires_at == NOON + timedelta(minutes=12)
    assert count_of(drop_sku_id=drop_sku.pk).next_return_at == NOON + timedelta(minutes=12) + MARGIN
    hold.refresh_from_db()
    assert hold.expires_at == NOON + timedelta(minutes=12)


def test_an_ended_hold_gets_no_more_time(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    advance(TEN_MINUTES)

    with pytest.raises(HoldExpired):
        holding.extend_hold(hold_ref=hold.ref, shopper=hold.shopper)

    hold.refresh_from_db()
    assert (hold.expires_at, hold.extensions) == (NOON + TEN_MINUTES, 0)


def test_every_step_of_a_hold_is_written_down(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    holding.extend_hold(hold_ref=hold.ref, shopper=hold.shopper)
    holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)

    steps = HoldEvent.objects.filter(hold=hold).order_by("pk").values_list("from_state", "to_state", "actor", "reason")

    assert list(steps) == [
        ("", "held", "shopper", "accepted"),
        ("held", "held", "shopper", "extended"),
        ("held", "released", "shopper", "let go"),
    ]


def test_an_extension_is_refused_in_the_same_words_before_and_after_the_worker_drained_the_drop(drop_sku):
    hold = make_hold(drop_sku=drop_sku)
    holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)
    close_drop(drop_id=drop_sku.drop_id, now=NOON)

    with pytest.raises(refusals.DropClosed):
        holding.extend_hold(hold_ref=hold.ref, shopper=hold.shopper)
    assert drain_closed_drops() == 1
    with pytest.raises(refusals.DropClosed):
        holding.extend_hold(hold_ref=hold.ref, shopper=hold.shopper)

    hold.refresh_from_db()
    assert (hold.state, hold.extensions) == (HoldState.RELEASED, 0)
