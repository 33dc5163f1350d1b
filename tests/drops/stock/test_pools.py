"""Units in several pools: planned, changed and carried there, claimed from there, and proved pool by pool."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from drops.sales import holding, settling
from drops.sales.delivery import Destination
from drops.sales.payment import Outcome
from drops.sales.quotes import delivery_choices
from drops.sales.revoking import refund_order
from drops.schedule.models import DropState
from drops.stock import holds, planning, resync, sweep, tokens
from drops.stock.models import DropSku, HoldState, Lot, StockChange, StockMove, StockPool, Token
from drops.stock.pools import ForeignPool, pool_counts_of, store_room_of
from drops.stock.proof import proof_of
from tests.clock import advance, stopped_clock
from tests.doubles import CounterDelivery, event_of
from tests.factories import NOON, make_creator, make_drop, make_drop_sku, make_hold, make_payment, make_quote

pytestmark = pytest.mark.django_db

POST = {"method": "parcel", "option": "post"}
LISBON = Destination("PT", "1200-109")


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def drop_sku():
    """Return a SKU with two units in the store-room and two on the shelf that the counter hands over from."""
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8), account_limit=9)
    made = make_drop_sku(drop=drop, units=2)
    shelf = StockPool.objects.create(creator=drop.creator, name="Café Mira")
    tokens.mint(drop_sku=made, units=2, pool=shelf)
    DropSku.objects.filter(pk=made.pk).update(planned=4)
    CounterDelivery.shelf_id = shelf.pk
    made.refresh_from_db()
    return made


@pytest.fixture
def shelf(drop_sku):
    return StockPool.objects.get(name="Café Mira")


@pytest.fixture
def room(drop_sku):
    return store_room_of(creator_id=drop_sku.drop.creator_id)


def stock(drop_sku):
    """Return available, held, sold and void units by pool, once they were proved to add up."""
    assert [str(problem) for line in proof_of(drop=drop_sku.drop) for problem in line.problems] == []
    return {
        count.name: (count.available, count.held, count.sold, count.void)
        for count in pool_counts_of(drop_sku_id=drop_sku.pk)
    }


def choices_of(drop_sku, quantity=1):
    return delivery_choices(drop=drop_sku.drop, sku_code=drop_sku.sku.code, quantity=quantity, destination=LISBON)


def move(drop_sku, source, target, units):
    return resync.move_units(drop_sku_id=drop_sku.pk, source=source, target=target, units=units, actor="office:mira")


def test_a_hold_claims_from_the_pool_that_its_delivery_hands_over_from(drop_sku):
    make_hold(drop_sku=drop_sku)
    make_hold(drop_sku=drop_sku, quantity=2, **POST)

    assert stock(drop_sku) == {"Store-room": (0, 2, 0, 0), "Café Mira": (1, 1, 0, 0)}


def test_what_is_on_the_shelf_is_no_unit_to_send(drop_sku):
    quote = make_quote(drop_sku=drop_sku, **POST)
    make_hold(drop_sku=drop_sku, quantity=2, **POST)
    before = stock(drop_sku)

    with pytest.raises(holds.NoneLeftHere) as refusal:
        holding.place_hold(shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key="tap")

    assert refusal.value.message == "None left to send. 2 are on the shelf at Café Mira."
    assert refusal.value.facts == {
        "pool": "Store-room",
        "is_store_room": True,
        "available": 0,
        "asked": 1,
        "next_return_at": NOON + timedelta(minutes=10, seconds=5),
        "elsewhere": [{"pool": "Café Mira", "is_store_room": False, "available": 2}],
    }
    assert stock(drop_sku) == before


def test_fewer_on_the_shelf_than_were_asked_for_says_what_is_elsewhere(drop_sku, room, shelf):
    quote = make_quote(drop_sku=drop_sku, quantity=2)
    make_hold(drop_sku=drop_sku)
    move(drop_sku, room, shelf, 1)
    make_hold(drop_sku=drop_sku)

    with pytest.raises(holds.NoneLeftHere) as refusal:
        holding.place_hold(shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key="tap")

    assert refusal.value.message == "Only 1 left on the shelf at Café Mira. 1 is in the store-room."


def test_sold_out_is_said_only_when_no_pool_gets_a_unit_back(drop_sku):
    late = [make_quote(drop_sku=drop_sku, **POST) for _ in range(2)]
    for _ in range(2):
        payment = make_payment(hold=make_hold(drop_sku=drop_sku, **POST))
        settling.settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
    on_shelf = make_payment(hold=make_hold(drop_sku=drop_sku, quantity=2))

    def refused(quote):
        with pytest.raises(holds.Refused) as refusal:
            holding.place_hold(shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key="tap")
        return refusal.value.code

    assert refused(late[0]) == "held_by_others"
    settling.settle(provider="memory", event=event_of(on_shelf, Outcome.CAPTURED))
    assert refused(late[1]) == "sold_out"


def test_ways_of_delivery_say_what_is_free_there(drop_sku):
    make_hold(drop_sku=drop_sku)

    assert {option.method: option.units_left for option in choices_of(drop_sku).options} == {"pickup": 1, "parcel": 2}


def test_a_way_whose_pool_has_too_few_is_not_offered_and_says_why(drop_sku):
    make_hold(drop_sku=drop_sku)

    two = choices_of(drop_sku, quantity=2)
    make_hold(drop_sku=drop_sku)
    one = choices_of(drop_sku)

    assert [option.method for option in two.options] == [option.method for option in one.options] == ["parcel"]
    assert two.refusals == ["Only 1 left on the shelf at Café Mira."]
    assert one.refusals == ["None left on the shelf at Café Mira."]


def test_when_no_pool_has_enough_it_is_the_sku_that_is_short(drop_sku):
    make_hold(drop_sku=drop_sku, quantity=2)
    make_hold(drop_sku=drop_sku, quantity=2, **POST)

    found = choices_of(drop_sku)

    assert [option.method for option in found.options] == ["pickup", "parcel"]
    assert found.refusals == []


def test_where_all_units_lie_in_the_store_room_nothing_is_said_of_pools():
    drop_sku = make_drop_sku(units=0)

    found = choices_of(drop_sku)

    assert [option.units_left for option in found.options] == [None, None]
    assert found.refusals == []


def test_late_money_gets_another_unit_of_its_own_pool_only(drop_sku):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku, quantity=2))
    advance(timedelta(minutes=15))
    make_hold(drop_sku=drop_sku)

    settled = settling.settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    assert (settled.hold.state, settled.hold.close_reason) == (HoldState.LATE_REFUND, "the last unit was gone")
    assert stock(drop_sku) == {"Store-room": (2, 0, 0, 0), "Café Mira": (1, 1, 0, 0)}


def test_late_money_is_rescued_by_a_unit_that_came_to_its_pool(drop_sku, room, shelf):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku, quantity=2))
    advance(timedelta(minutes=15))
    make_hold(drop_sku=drop_sku)
    move(drop_sku, room, shelf, 1)

    settled = settling.settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    assert settled.hold.state == HoldState.CONFIRMED
    assert stock(drop_sku) == {"Store-room": (1, 0, 0, 0), "Café Mira": (0, 1, 2, 0)}


def test_planning_sets_the_units_of_one_pool(drop_sku, shelf, room):
    drop_sku.drop.state = DropState.DRAFT
    drop_sku.drop.save()

    planning.plan_units(drop=drop_sku.drop, sku=drop_sku.sku, units=5, pool=shelf)
    planning.plan_units(drop=drop_sku.drop, sku=drop_sku.sku, units=1)

    drop_sku.refresh_from_db()
    assert stock(drop_sku) == {"Store-room": (1, 0, 0, 1), "Café Mira": (5, 0, 0, 0)}
    assert drop_sku.planned == 6
    assert dict(Lot.objects.values_list("pool", "planned")) == {room.pk: 1, shelf.pk: 5}


def test_a_cut_of_one_pool_leaves_the_others_alone(drop_sku, shelf):
    make_hold(drop_sku=drop_sku, **POST)

    made = resync.change_units(drop_sku_id=drop_sku.pk, by=-2, actor="office:mira")

    drop_sku.refresh_from_db()
    assert (made.voided, made.shortfall, made.pool) == (1, 1, store_room_of(creator_id=shelf.creator_id))
    assert (drop_sku.planned, drop_sku.shortfall) == (2, 1)
    assert stock(drop_sku) == {"Store-room": (0, 1, 0, 1), "Café Mira": (2, 0, 0, 0)}


def test_units_that_are_to_leave_one_pool_keep_nobody_from_another(drop_sku):
    hold = make_hold(drop_sku=drop_sku, **POST)
    resync.change_units(drop_sku_id=drop_sku.pk, by=-2, actor="office:mira")

    make_hold(drop_sku=drop_sku)
    holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)

    drop_sku.refresh_from_db()
    assert (drop_sku.planned, drop_sku.shortfall) == (2, 0)
    assert stock(drop_sku) == {"Store-room": (0, 0, 0, 2), "Café Mira": (1, 1, 0, 0)}


def test_more_units_come_to_the_pool_that_is_named(drop_sku, shelf):
    resync.change_units(drop_sku_id=drop_sku.pk, by=3, actor="office:mira", pool=shelf)

    assert stock(drop_sku) == {"Store-room": (2, 0, 0, 0), "Café Mira": (5, 0, 0, 0)}


def test_a_pool_cannot_be_cut_deeper_than_it_is(drop_sku, shelf):
    with pytest.raises(resync.CutTooDeep) as refusal:
        resync.change_units(drop_sku_id=drop_sku.pk, by=-3, actor="office:mira", pool=shelf)

    assert refusal.value.facts == {"most": 2, "asked": 3}
    assert stock(drop_sku) == {"Store-room": (2, 0, 0, 0), "Café Mira": (2, 0, 0, 0)}
    assert StockChange.objects.count() == 0


@pytest.mark.parametrize("state", [DropState.DRAFT, DropState.SCHEDULED, DropState.OPEN, DropState.PAUSED])
def test_free_units_are_carried_from_one_pool_to_another(drop_sku, room, shelf, state):
    drop_sku.drop.state, drop_sku.drop.opens_at = state, NOON + timedelta(hours=1)
    drop_sku.drop.save()

    made = move(drop_sku, room, shelf, 2)

    assert stock(drop_sku) == {"Café Mira": (4, 0, 0, 0)}
    assert (made.source, made.target, made.units, made.actor, made.at) == (room, shelf, 2, "office:mira", NOON)


def test_what_is_held_is_not_carried_away(drop_sku, room, shelf):
    make_hold(drop_sku=drop_sku)

    with pytest.raises(tokens.NoMoreUnits) as refusal:
        move(drop_sku, shelf, room, 2)

    assert refusal.value.facts == {"asked": 2, "free": 1}
    assert stock(drop_sku) == {"Store-room": (2, 0, 0, 0), "Café Mira": (1, 1, 0, 0)}
    assert StockMove.objects.count() == 0


def test_what_is_to_leave_is_not_carried_elsewhere(drop_sku, room, shelf):
    make_hold(drop_sku=drop_sku, quantity=2, **POST)
    resync.change_units(drop_sku_id=drop_sku.pk, by=-2, actor="office:mira")
    advance(timedelta(minutes=11))  # the hold has lapsed, and nobody has noticed

    with pytest.raises(tokens.NoMoreUnits):
        move(drop_sku, room, shelf, 1)

    sweep.lapse_due_holds()
    drop_sku.refresh_from_db()
    assert (drop_sku.planned, drop_sku.shortfall) == (2, 0)
    assert stock(drop_sku) == {"Store-room": (0, 0, 0, 2), "Café Mira": (2, 0, 0, 0)}


def test_late_money_does_not_sell_a_unit_that_was_carried_away(drop_sku, room, shelf):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku, quantity=2, **POST))
    advance(timedelta(minutes=15))
    move(drop_sku, room, shelf, 2)

    settled = settling.settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    assert settled.hold.state == HoldState.LATE_REFUND
    assert stock(drop_sku) == {"Café Mira": (4, 0, 0, 0)}


@pytest.mark.parametrize("state", [DropState.CLOSED, DropState.DRAINED])
def test_nothing_is_carried_once_the_drop_is_over(drop_sku, room, shelf, state):
    drop_sku.drop.state = state
    drop_sku.drop.save()

    with pytest.raises(resync.NotRunning):
        move(drop_sku, room, shelf, 1)

    assert StockMove.objects.count() == 0


def test_nothing_is_carried_nowhere(drop_sku, room, shelf):
    for source, target, units in ((room, room, 1), (room, shelf, 0), (room, shelf, -1)):
        with pytest.raises(resync.NothingToChange):
            move(drop_sku, source, target, units)

    assert StockMove.objects.count() == 0


def test_nobody_plans_changes_or_carries_units_in_another_creators_pool(drop_sku, room):
    foreign = store_room_of(creator_id=make_creator().pk)

    with pytest.raises(ForeignPool):
        move(drop_sku, room, foreign, 1)
    with pytest.raises(ForeignPool):
        resync.change_units(drop_sku_id=drop_sku.pk, by=1, actor="office:mira", pool=foreign)
    drop_sku.drop.state = DropState.DRAFT
    drop_sku.drop.save()
    with pytest.raises(ForeignPool):
        planning.plan_units(drop=drop_sku.drop, sku=drop_sku.sku, units=1, pool=foreign)

    assert stock(drop_sku) == {"Store-room": (2, 0, 0, 0), "Café Mira": (2, 0, 0, 0)}


def test_what_was_carried_stays_on_record(drop_sku, room, shelf):
    move(drop_sku, room, shelf, 1)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        StockMove.objects.update(units=5)


def test_a_refunded_unit_leaves_the_plan_of_its_pool(drop_sku, shelf):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    order = settling.settle(provider="memory", event=event_of(payment, Outcome.CAPTURED)).order

    refund_order(order_ref=order.ref, actor="office:mira", reason="broken")

    assert stock(drop_sku) == {"Store-room": (2, 0, 0, 0), "Café Mira": (1, 0, 0, 1)}
    assert Lot.objects.get(pool=shelf).planned == 1


def test_the_proof_sees_a_unit_in_the_wrong_pool(drop_sku, shelf):
    Token.objects.filter(pool=shelf, ordinal=3).update(pool=store_room_of(creator_id=shelf.creator_id))

    [line] = proof_of(drop=drop_sku.drop)

    assert [problem.text for problem in line.problems] == [
        "Store-room: 2 units planned, but 3 tokens",
        "Café Mira: 2 units planned, but 1 tokens",
    ]


def test_the_proof_sees_a_unit_that_was_sold_from_another_pool(drop_sku, shelf):
    hold = make_hold(drop_sku=drop_sku)
    room = store_room_of(creator_id=shelf.creator_id)
    Token.objects.filter(hold=hold).update(pool=room)
    Token.objects.filter(pk=Token.objects.filter(pool=room, hold=None).first().pk).update(pool=shelf)

    [line] = proof_of(drop=drop_sku.drop)

    assert [problem.text for problem in line.problems] == ["1 held or sold from another pool than was promised"]
