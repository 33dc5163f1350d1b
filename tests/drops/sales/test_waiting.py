from datetime import timedelta

import pytest

from creatorshop.chat.live import fresh_snapshot
from drops.clock import database_now
from drops.sales import holding, refusals, settling, waiting
from drops.sales.delivery import DeliveryGone
from drops.schedule.models import DropState
from drops.schedule.windows import close_drop, pause_drop
from drops.stock import holds, proof, resync, tokens
from drops.stock.counts import count_of
from drops.stock.limits import LimitReached
from drops.stock.models import Hold, HoldSource, HoldState, StockChange, StockPool, WaitlistEntry, WaitlistState
from drops.tasks import lapse_due_holds, open_and_close_drops
from tests.clock import advance, stopped_clock
from tests.doubles import CounterDelivery
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment, make_shopper
from tests.lines import join, makes_room, sold_out, standing, states
from tests.paying import approve_payment

pytestmark = pytest.mark.django_db(transaction=True)

EVENING = NOON + timedelta(hours=8)
OFFER = timedelta(minutes=15)
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


def make_line_sku(units=2, **given):
    """A SKU of an open drop around noon, all of whose units are on hold until ten past."""
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=EVENING, **given)
    return sold_out(units=units, drop=drop)


# Joining ------------------------------------------------------------------------------------------------------------
def test_who_joins_learns_their_place_and_how_many_units_are_asked_for_before_them():
    drop_sku, _ = make_line_sku()
    join(drop_sku, quantity=2)

    second = join(drop_sku)

    place = standing(second).place
    assert (place.number, place.units_ahead) == (2, 2)
    assert standing(second).state == WaitlistState.WAITING


def test_nobody_joins_for_what_they_can_have_now():
    drop_sku = make_drop_sku(units=2, opens_at=NOON - timedelta(hours=1), closes_at=EVENING)

    with pytest.raises(waiting.UnitsFree) as refusal:
        join(drop_sku)

    assert refusal.value.facts == {"available": 2}
    assert WaitlistEntry.objects.count() == 0


def test_a_unit_that_lapsed_and_is_to_leave_is_no_reason_not_to_wait():
    drop_sku, _ = make_line_sku(units=1)
    resync.change_units(drop_sku_id=drop_sku.pk, by=-1, actor="mara")
    advance(TEN_MINUTES + holds.MARGIN)

    entry = join(drop_sku)

    count = count_of(drop_sku_id=drop_sku.pk)
    assert (standing(entry).state, count.for_sale, count.free) == (WaitlistState.WAITING, 0, 0)


def test_one_may_wait_for_more_than_are_there():
    drop_sku = make_drop_sku(units=1, opens_at=NOON - timedelta(hours=1), closes_at=EVENING)

    assert standing(join(drop_sku, quantity=2)).place.number == 1


def test_nobody_stands_in_line_twice_and_is_told_where_they_are():
    drop_sku, _ = make_line_sku()
    join(drop_sku)
    mine = join(drop_sku)

    with pytest.raises(waiting.AlreadyWaiting) as refusal:
        join(drop_sku, shopper=mine.shopper)

    assert refusal.value.facts == {"entry": mine.ref, "state": "waiting", "quantity": 1, "place": 2, "hold": None}
    assert WaitlistEntry.objects.count() == 2


def test_the_same_key_joins_once():
    drop_sku, _ = make_line_sku()
    first = join(drop_sku, key="tap")

    assert join(drop_sku, shopper=first.shopper, key="tap").ref == first.ref
    assert WaitlistEntry.objects.count() == 1


def test_nobody_waits_for_more_than_they_may_have():
    drop_sku, _ = make_line_sku(account_limit=1)

    with pytest.raises(LimitReached) as refusal:
        join(drop_sku, quantity=2)

    assert refusal.value.facts == {"limit": 1, "left": 1, "asked": 2, "kind": "account"}
    assert WaitlistEntry.objects.count() == 0


def test_nobody_waits_for_what_they_hold():
    drop_sku, [first, _] = make_line_sku()

    with pytest.raises(refusals.AlreadyHolding):
        join(drop_sku, shopper=first.shopper)

    assert WaitlistEntry.objects.count() == 0


def test_nobody_waits_for_what_cannot_reach_them():
    drop_sku, _ = make_line_sku()

    with pytest.raises(DeliveryGone):
        join(drop_sku, option="balloon")

    assert WaitlistEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (DropState.SCHEDULED, refusals.NotYetOpen),
        (DropState.CLOSED, refusals.DropClosed),
        (DropState.DRAINED, refusals.DropClosed),
    ],
)
def test_a_drop_that_has_not_begun_or_is_over_has_no_line(state, refusal):
    drop_sku, _ = make_line_sku()
    opens_at = NOON + timedelta(hours=1)
    type(drop_sku.drop).objects.filter(pk=drop_sku.drop_id).update(state=state, opens_at=opens_at)

    with pytest.raises(refusal):
        join(drop_sku)

    assert WaitlistEntry.objects.count() == 0


def test_one_may_join_while_the_drop_is_paused_and_is_served_when_it_goes_on():
    drop_sku, [hold, _] = make_line_sku()
    pause_drop(drop_id=drop_sku.drop_id, reason="A kiln broke.", now=NOON)
    entry = join(drop_sku)
    makes_room(hold)
    assert standing(entry).state == WaitlistState.WAITING

    type(drop_sku.drop).objects.filter(pk=drop_sku.drop_id).update(state=DropState.OPEN)

    assert standing(entry).state == WaitlistState.OFFERED


# Being served -------------------------------------------------------------------------------------------------------
def test_a_unit_that_comes_back_is_put_on_hold_for_the_first_in_line_with_a_time_of_its_own():
    drop_sku, [hold, _] = make_line_sku()
    first, second = join(drop_sku), join(drop_sku)

    makes_room(hold)

    first.refresh_from_db()
    offer = first.hold
    assert (offer.source, offer.state, offer.shopper_id) == (HoldSource.WAITLIST, HoldState.HELD, first.shopper_id)
    assert offer.expires_at == NOON + OFFER
    assert (first.state, first.offered_at) == (WaitlistState.OFFERED, NOON)
    assert standing(second).place.number == 1
    assert [(event.actor, event.reason) for event in offer.events.all()] == [("shop", "offered")]


def test_an_offer_lasts_as_long_as_a_hold_of_the_drop_if_that_is_longer(settings):
    settings.WAITLIST_OFFER_MINUTES = 5
    drop_sku, [hold, _] = make_line_sku(hold_minutes=12)
    entry = join(drop_sku)

    makes_room(hold)

    entry.refresh_from_db()
    assert entry.hold.expires_at == NOON + timedelta(minutes=12)


def test_an_offer_is_made_at_the_price_of_that_moment():
    drop_sku, [hold, _] = make_line_sku()
    entry = join(drop_sku)
    type(drop_sku.sku).objects.filter(pk=drop_sku.sku_id).update(price_minor=4200)

    makes_room(hold)

    entry.refresh_from_db()
    assert entry.hold.terms["unit_price_minor"] == 4200


def test_an_offer_that_is_paid_is_an_order_like_any_other():
    drop_sku, [hold, _] = make_line_sku()
    entry = join(drop_sku)
    makes_room(hold)
    entry.refresh_from_db()

    payment = make_payment(hold=entry.hold)
    approve_payment(payment)
    settled = settling.refresh_payment(payment_ref=payment.ref)

    assert settled.order is not None
    assert standing(entry).state == WaitlistState.TAKEN
    assert [line.problems for line in proof.proof_of(drop=drop_sku.drop)] == [[]]


def test_who_lets_an_offer_go_gives_it_to_the_next():
    drop_sku, [hold, _] = make_line_sku()
    first, second = join(drop_sku), join(drop_sku)
    makes_room(hold)

    waiting.leave_waitlist(ref=first.ref, shopper=first.shopper)

    assert states(first, second) == ["declined", "offered"]


def test_an_offer_that_lapses_goes_to_the_next():
    drop_sku, [hold] = make_line_sku(units=1)
    first, second = join(drop_sku), join(drop_sku)
    makes_room(hold)

    advance(OFFER + holds.MARGIN)

    assert standing(first).state == WaitlistState.LAPSED
    assert standing(second).state == WaitlistState.OFFERED
    lapse_due_holds()
    assert states(first, second) == ["lapsed", "offered"]


def test_an_offer_that_lapsed_unseen_is_not_in_the_way_of_joining_again():
    drop_sku, [hold] = make_line_sku(units=1)
    entry = join(drop_sku)
    makes_room(hold)
    advance(OFFER + timedelta(seconds=1))

    again = join(drop_sku, shopper=entry.shopper)

    assert states(entry, again) == ["lapsed", "waiting"]


@pytest.mark.parametrize("is_written_down", [False, True], ids=["unseen", "seen by the sweep"])
def test_who_lets_an_offer_go_that_has_lapsed_stops_no_payment_of_theirs(is_written_down):
    drop_sku, [hold] = make_line_sku(units=1)
    entry = join(drop_sku)
    makes_room(hold)
    offer = Hold.objects.get(waitlist_entry=entry)
    payment = make_payment(hold=offer)
    offer.refresh_from_db()
    advance(offer.expires_at - database_now() + holds.MARGIN)
    if is_written_down:
        lapse_due_holds()

    left = waiting.leave_waitlist(ref=entry.ref, shopper=entry.shopper)

    assert left.state_at(database_now()) == WaitlistState.LAPSED
    payment.refresh_from_db()
    assert payment.state == "started"


def test_the_sweep_serves_the_line():
    drop_sku, _ = make_line_sku()
    entry = join(drop_sku)
    advance(TEN_MINUTES + holds.MARGIN)

    lapse_due_holds()

    assert states(entry) == ["offered"]


def test_whoever_looks_at_the_stock_serves_the_line_without_any_worker():
    drop_sku, _ = make_line_sku()
    entry = join(drop_sku)
    advance(TEN_MINUTES + holds.MARGIN)

    [shown] = fresh_snapshot(drop_id=drop_sku.drop_id)["skus"]

    assert states(entry) == ["offered"]
    assert (shown["available"], shown["kept"], shown["held"], shown["waiting"]) == (1, 0, 1, 0)


def test_whoever_asks_for_their_place_serves_the_line_without_any_worker():
    drop_sku, _ = make_line_sku()
    first, second = join(drop_sku), join(drop_sku, quantity=2)
    advance(TEN_MINUTES + holds.MARGIN)

    assert standing(second).place.number == 1
    assert states(first) == ["offered"]


def test_whoever_is_refused_a_hold_serves_the_line_without_any_worker():
    drop_sku, _ = make_line_sku()
    entries = [join(drop_sku), join(drop_sku)]
    advance(TEN_MINUTES + holds.MARGIN)

    with pytest.raises(holds.HeldByOthers):
        make_hold(drop_sku=drop_sku)

    assert states(*entries) == ["offered", "offered"]


def test_units_that_are_added_go_to_the_line_first():
    drop_sku, _ = make_line_sku()
    entry = join(drop_sku)

    change = resync.change_units(drop_sku_id=drop_sku.pk, by=1, actor="mara")

    assert isinstance(change, StockChange)
    assert states(entry) == ["offered"]


# The ring-fence -----------------------------------------------------------------------------------------------------
def test_what_comes_back_is_not_for_those_who_do_not_wait():
    drop_sku, _ = make_line_sku()
    entry = join(drop_sku, quantity=2)
    makes_room(Hold.objects.order_by("pk").first())
    count = count_of(drop_sku_id=drop_sku.pk)
    assert (count.free, count.kept, count.available, count.held, count.waiting) == (1, 1, 0, 1, 2)

    with pytest.raises(holds.HeldByOthers) as refusal:
        make_hold(drop_sku=drop_sku)

    assert refusal.value.facts["kept"] == 1
    assert states(entry) == ["waiting"]
    assert Hold.objects.count() == 2
    assert [line.problems for line in proof.proof_of(drop=drop_sku.drop)] == [[]]


def test_more_units_than_are_waited_for_are_for_everybody():
    drop_sku, held = make_line_sku(units=4, account_limit=3)
    pause_drop(drop_id=drop_sku.drop_id, reason="Counting.", now=NOON)
    entry = join(drop_sku)
    for hold in held[:3]:
        makes_room(hold)
    type(drop_sku.drop).objects.filter(pk=drop_sku.drop_id).update(state=DropState.OPEN)

    with pytest.raises(holds.OnlySomeLeft) as refusal:
        make_hold(drop_sku=drop_sku, quantity=3)

    assert refusal.value.facts == {"available": 2, "asked": 3}
    assert states(entry) == ["offered"]
    assert make_hold(drop_sku=drop_sku, quantity=2).quantity == 2


def test_a_line_keeps_only_units_of_the_pool_that_they_have_to_come_from():
    drop_sku, [one, _] = make_line_sku()
    shelf = StockPool.objects.create(creator=drop_sku.drop.creator, name="Café Mira")
    entry = join(drop_sku)
    WaitlistEntry.objects.filter(pk=entry.pk).update(pool=shelf)

    makes_room(one)

    assert (states(entry), count_of(drop_sku_id=drop_sku.pk).available) == (["waiting"], 1)
    assert make_hold(drop_sku=drop_sku).state == HoldState.HELD
    tokens.mint(drop_sku=drop_sku, units=1, pool=shelf)
    assert count_of(drop_sku_id=drop_sku.pk).kept == 1


def test_nothing_is_kept_for_more_units_than_can_still_come_together():
    drop_sku, [paid, other] = make_line_sku()
    payment = make_payment(hold=paid)
    approve_payment(payment)
    settling.refresh_payment(payment_ref=payment.ref)
    entry = join(drop_sku, quantity=2)

    makes_room(other)

    assert states(entry) == ["passed"]
    assert count_of(drop_sku_id=drop_sku.pk).available == 1
    assert make_hold(drop_sku=drop_sku).state == HoldState.HELD
    resync.change_units(drop_sku_id=drop_sku.pk, by=2, actor="mara")
    assert states(entry) == ["offered"]


@pytest.mark.parametrize(
    ("minutes", "state"), [(5, HoldState.CONFIRMED), (8, HoldState.LATE_REFUND)], ids=["a little late", "very late"]
)
def test_a_payment_that_comes_very_late_takes_no_unit_that_is_waited_for(minutes, state):
    drop_sku = make_drop_sku(units=2, drop=make_drop(opens_at=NOON - timedelta(hours=1), closes_at=EVENING))
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    approve_payment(payment)
    advance(timedelta(seconds=1))
    make_hold(drop_sku=drop_sku)
    advance(timedelta(minutes=13))
    rival = make_hold(drop_sku=drop_sku)  # takes the unit of the payment's hold, which is longest free
    entry = join(drop_sku, quantity=2)
    advance(timedelta(minutes=minutes))

    settled = settling.refresh_payment(payment_ref=payment.ref)

    assert settled.hold.state == state
    assert rival.state == HoldState.HELD
    assert states(entry) == ["waiting"]


def test_no_hold_is_extended_while_others_wait():
    drop_sku, [hold, _] = make_line_sku()
    join(drop_sku)

    with pytest.raises(holds.OthersWait):
        holding.extend_hold(hold_ref=hold.ref, shopper=hold.shopper)

    hold.refresh_from_db()
    assert (hold.extensions, hold.expires_at) == (0, NOON + TEN_MINUTES)


# Skipping -----------------------------------------------------------------------------------------------------------
def test_who_asked_for_more_than_came_back_is_skipped_and_keeps_their_place():
    drop_sku, [one, other] = make_line_sku()
    big, small = join(drop_sku, quantity=2), join(drop_sku)

    makes_room(one)

    big.refresh_from_db()
    assert states(big, small) == ["waiting", "offered"]
    assert (big.skips, big.skip_reason) == (1, "too_few")
    assert standing(big).place.number == 1
    makes_room(other)
    waiting.leave_waitlist(ref=small.ref, shopper=small.shopper)
    assert states(big, small) == ["offered", "declined"]


def test_after_the_greatest_number_of_skips_no_units_are_kept_back_any_more(settings):
    settings.WAITLIST_MOST_SKIPS = 1
    drop_sku, [one, _, other] = make_line_sku(units=3)
    big, small = join(drop_sku, quantity=2), join(drop_sku)

    makes_room(one)
    assert states(big, small) == ["passed", "offered"]
    makes_room(other)

    assert count_of(drop_sku_id=drop_sku.pk).available == 1
    assert standing(big).place.number == 1
    waiting.leave_waitlist(ref=small.ref, shopper=small.shopper)
    assert states(big) == ["offered"]


def test_who_is_at_their_limit_is_skipped_for_that_and_served_when_they_are_not():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=EVENING, account_limit=1)
    drop_sku, [hold] = sold_out(units=1, drop=drop)
    first, second = join(drop_sku), join(drop_sku)
    elsewhere = make_hold(drop_sku=make_drop_sku(drop=drop, units=1), shopper=first.shopper)

    makes_room(hold)

    first.refresh_from_db()
    assert states(first, second) == ["passed", "offered"]
    assert (first.skip_reason, standing(first).place.number) == ("limit_reached", 1)
    makes_room(elsewhere)
    advance(timedelta(seconds=60))
    waiting.leave_waitlist(ref=second.ref, shopper=second.shopper)
    assert states(first) == ["offered"]


def test_nothing_is_kept_for_somebody_at_their_limit_though_others_are_served_from_behind_them():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=EVENING, account_limit=2)
    drop_sku, held = sold_out(units=3, drop=drop)
    full = join(drop_sku, quantity=2)
    make_hold(drop_sku=make_drop_sku(drop=drop, units=1), shopper=full.shopper)
    behind = [join(drop_sku), join(drop_sku)]
    pause_drop(drop_id=drop.pk, reason="Counting.", now=NOON)
    for hold in held[:2]:
        makes_room(hold)
    type(drop).objects.filter(pk=drop.pk).update(state=DropState.OPEN)
    assert standing(behind[1]).state == WaitlistState.OFFERED

    makes_room(held[2])

    full.refresh_from_db()
    assert states(full, *behind) == ["passed", "offered", "offered"]
    assert (full.skip_reason, full.skips) == ("limit_reached", 0)
    assert (count_of(drop_sku_id=drop_sku.pk).kept, make_hold(drop_sku=drop_sku).state) == (0, HoldState.HELD)


def test_who_cannot_be_reached_any_more_is_skipped_for_that():
    drop_sku, [hold, _] = make_line_sku()
    first, second = join(drop_sku), join(drop_sku, method="parcel", option="post")
    CounterDelivery.places = 1

    makes_room(hold)

    first.refresh_from_db()
    assert states(first, second) == ["passed", "offered"]
    assert first.skip_reason == "delivery_gone"


def test_whoever_asked_for_few_is_served_though_units_leave_that_others_ahead_would_have_needed():
    drop_sku, _ = make_line_sku()
    big, small = join(drop_sku, quantity=2), join(drop_sku)
    resync.change_units(drop_sku_id=drop_sku.pk, by=-1, actor="mara")
    advance(TEN_MINUTES + holds.MARGIN)

    assert standing(small).state == WaitlistState.OFFERED

    assert states(big, small) == ["passed", "offered"]
    assert count_of(drop_sku_id=drop_sku.pk).for_sale == 1


# Leaving ------------------------------------------------------------------------------------------------------------
def test_who_leaves_the_line_lets_the_others_move_up():
    drop_sku, _ = make_line_sku()
    first, second = join(drop_sku), join(drop_sku)

    waiting.leave_waitlist(ref=first.ref, shopper=first.shopper)
    waiting.leave_waitlist(ref=first.ref, shopper=first.shopper)

    assert states(first) == ["left"]
    assert standing(second).place.number == 1


def test_who_leaves_frees_what_was_kept_for_them():
    drop_sku, [hold, _] = make_line_sku()
    entry = join(drop_sku, quantity=2)
    makes_room(hold)

    waiting.leave_waitlist(ref=entry.ref, shopper=entry.shopper)

    assert count_of(drop_sku_id=drop_sku.pk).available == 1


@pytest.mark.parametrize("is_written_down", [False, True], ids=["unseen", "seen by the worker"])
def test_a_line_that_is_over_with_its_drop_is_left_by_nobody(is_written_down):
    drop_sku, _ = make_line_sku()
    entry = join(drop_sku)
    close_drop(drop_id=drop_sku.drop_id, now=database_now())
    if is_written_down:
        open_and_close_drops()

    left = waiting.leave_waitlist(ref=entry.ref, shopper=entry.shopper)
    taken_out = waiting.take_out_of_line(ref=entry.ref, actor="mara", reason="Tidying.")

    assert [each.state_at(database_now()) for each in (left, taken_out)] == [WaitlistState.OVER] * 2
    assert states(entry) == ["over" if is_written_down else "waiting"]


def test_nobody_sees_or_leaves_the_place_of_somebody_else():
    drop_sku, _ = make_line_sku()
    entry = join(drop_sku)
    stranger = make_shopper(creator=drop_sku.drop.creator)

    with pytest.raises(waiting.EntryNotFound):
        waiting.leave_waitlist(ref=entry.ref, shopper=stranger)
    with pytest.raises(waiting.EntryNotFound):
        waiting.standing_of(ref=entry.ref, shopper=stranger)

    assert states(entry) == ["waiting"]


def test_the_creator_takes_somebody_out_of_line_for_a_reason_that_is_kept():
    drop_sku, [hold, _] = make_line_sku()
    entry, offered = join(drop_sku, quantity=2), join(drop_sku)
    makes_room(hold)

    for ref in (entry.ref, offered.ref):
        waiting.take_out_of_line(ref=ref, actor="mara", reason="Asked by mail.")

    entry.refresh_from_db()
    offered.refresh_from_db()
    assert states(entry, offered) == ["removed", "removed"]
    assert entry.close_reason == "Asked by mail. (mara)"
    assert offered.hold.state == HoldState.REVOKED


def test_nobody_is_taken_out_of_line_without_a_reason():
    drop_sku, _ = make_line_sku()
    entry = join(drop_sku)

    with pytest.raises(waiting.ReasonMissing):
        waiting.take_out_of_line(ref=entry.ref, actor="mara", reason=" ")

    assert states(entry) == ["waiting"]


# The end ------------------------------------------------------------------------------------------------------------
def test_a_drop_that_closes_ends_its_lines_whether_or_not_a_worker_says_so():
    drop_sku, [hold, _] = make_line_sku()
    entry, offered = join(drop_sku, quantity=2), join(drop_sku)
    makes_room(hold)

    close_drop(drop_id=drop_sku.drop_id, now=database_now())

    assert standing(entry).state == WaitlistState.OVER
    assert standing(offered).state == WaitlistState.OFFERED
    open_and_close_drops()
    assert states(entry, offered) == ["over", "offered"]


def test_nothing_is_offered_once_the_drop_is_over():
    drop_sku, [hold, _] = make_line_sku()
    entry = join(drop_sku)
    close_drop(drop_id=drop_sku.drop_id, now=database_now())

    makes_room(hold)
    lapse_due_holds()

    assert states(entry) == ["waiting"]
    assert standing(entry).state == WaitlistState.OVER


def test_whose_late_payment_went_back_joins_before_everybody_once():
    drop_sku, [hold] = make_line_sku(units=1)
    payment = make_payment(hold=hold)
    advance(timedelta(minutes=20))
    rival = make_hold(drop_sku=drop_sku)
    before = join(drop_sku)
    approve_payment(payment)
    settling.refresh_payment(payment_ref=payment.ref)

    late = join(drop_sku, shopper=hold.shopper)

    assert standing(late).place.number == 1
    assert standing(before).place.number == 2
    waiting.leave_waitlist(ref=late.ref, shopper=late.shopper)
    again = join(drop_sku, shopper=hold.shopper)
    assert standing(again).place.number == 2
    makes_room(rival)
    assert states(before, again) == ["offered", "waiting"]
