"""What the shop does about a return, step by step, and what it may not do."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from drops.catalog.models import Sku
from drops.returns.handling import (
    CountsDiffer,
    Found,
    StillTime,
    approve,
    call_off,
    close,
    inspect,
    note_sent,
    receive,
    reject,
)
from drops.returns.models import Disposition, Return, ReturnEvent, ReturnLine, ReturnState
from drops.returns.steps import NEXT, ReturnNotFound, StepNotNow, WordsMissing
from drops.sales.models import Order
from drops.schedule.models import Drop
from drops.stock.counts import count_of
from drops.stock.models import StockChange
from drops.stock.proof import proof_of
from tests.clock import stopped_clock
from tests.drops.returns.makers import OFFICE, SHOPPER, ask, everything, found_in, look_at, make_order
from tests.factories import NOON

pytestmark = pytest.mark.django_db

LATE = NOON + timedelta(days=15)


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def asked():
    """Return a return that waits for an answer."""
    order = make_order()
    with stopped_clock(LATE):
        return ask(order, reason="damaged")


def test_a_return_goes_its_whole_way_and_every_step_is_kept(asked):
    approve(ref=asked.ref, actor=OFFICE, now=LATE, words="Please send it to the studio.")
    note_sent(ref=asked.ref, actor=SHOPPER, now=LATE, words="CP123")
    receive(ref=asked.ref, actor=OFFICE, now=LATE)
    inspect(ref=asked.ref, found=found_in(asked, ok=0, damaged=1), actor=OFFICE, now=LATE)
    done = close(ref=asked.ref, actor=OFFICE, now=LATE, words="We sent a new one instead.")

    assert (done.state, done.closed_at, done.approved_at) == (ReturnState.CLOSED, LATE, LATE)
    assert done.answer == "We sent a new one instead."
    steps = ReturnEvent.objects.order_by("pk").values_list("from_state", "to_state", "actor", "words")
    assert list(steps) == [
        ("", "requested", SHOPPER, ""),
        ("requested", "approved", OFFICE, "Please send it to the studio."),
        ("approved", "in_transit", SHOPPER, "CP123"),
        ("in_transit", "received", OFFICE, ""),
        ("received", "inspected", OFFICE, ""),
        ("inspected", "closed", OFFICE, "We sent a new one instead."),
    ]


def test_a_rejection_says_why(asked):
    with pytest.raises(WordsMissing):
        reject(ref=asked.ref, actor=OFFICE, now=LATE, words="  ")
    rejected = reject(ref=asked.ref, actor=OFFICE, now=LATE, words="It was used for a month.")

    assert (rejected.state, rejected.answer, rejected.closed_at) == (
        ReturnState.REJECTED,
        "It was used for a month.",
        LATE,
    )


def test_a_withdrawal_cannot_be_rejected():
    returned = ask(make_order())
    before = everything()

    with pytest.raises(StepNotNow, match="is at “May come back” by now. Nothing was changed"):
        reject(ref=returned.ref, actor=OFFICE, now=NOON, words="No.")

    assert everything() == before
    with pytest.raises(IntegrityError, match="return_withdrawal_is_never_asked_for"), transaction.atomic():
        Return.objects.update(state=ReturnState.REJECTED, closed_at=NOON)


STEPS = {
    "approved": lambda ref: approve(ref=ref, actor=OFFICE, now=LATE),
    "rejected": lambda ref: reject(ref=ref, actor=OFFICE, now=LATE, words="No."),
    "in_transit": lambda ref: note_sent(ref=ref, actor=SHOPPER, now=LATE),
    "received": lambda ref: receive(ref=ref, actor=OFFICE, now=LATE),
    "cancelled": lambda ref: call_off(ref=ref, actor=OFFICE, now=LATE, words="It never came."),
}


@pytest.mark.parametrize("state", ["received", "inspected", "closed", "rejected", "cancelled", "withdrawn"])
@pytest.mark.parametrize("to", STEPS)
def test_no_step_is_taken_out_of_its_turn(asked, state, to):
    is_over = state not in NEXT
    Return.objects.update(state=state, closed_at=LATE if is_over else None)
    before = everything()

    with pytest.raises(StepNotNow):
        STEPS[to](asked.ref)

    assert everything() == before


def test_nobody_closes_a_return_that_was_not_looked_at():
    returned = ask(make_order())
    before = everything()

    with pytest.raises(StepNotNow, match="was not looked at yet"):
        close(ref=returned.ref, actor=OFFICE, now=NOON, words="Enough.")
    with pytest.raises(ReturnNotFound):
        close(ref="NOSUCH", actor=OFFICE, now=NOON, words="Enough.")

    assert everything() == before


@pytest.mark.parametrize(
    "found",
    [{"ok": 1}, {"ok": 2, "missing": 1}, {"ok": 3, "damaged": -1}],
    ids=["too few", "too many", "less than nothing"],
)
def test_every_unit_is_accounted_for(found):
    returned = ask(make_order(), units=2)
    receive(ref=returned.ref, actor=OFFICE, now=NOON)
    before = everything()

    with pytest.raises(CountsDiffer):
        inspect(ref=returned.ref, found=found_in(returned, **found), actor=OFFICE, now=NOON)
    with pytest.raises(CountsDiffer):
        inspect(ref=returned.ref, found={}, actor=OFFICE, now=NOON)

    assert everything() == before
    with pytest.raises(IntegrityError, match="return_line_found_adds_up"), transaction.atomic():
        ReturnLine.objects.update(received_ok=1, damaged=0, missing=0, disposition="restock")


def test_only_what_is_fine_returns_to_stock_and_only_once_it_was_looked_at():
    order = make_order()
    sku, drop_sku = Sku.objects.get(), order.hold.drop_sku_id
    on_hand, available = sku.on_hand, count_of(drop_sku_id=drop_sku).available
    returned = ask(order, units=2)
    receive(ref=returned.ref, actor=OFFICE, now=NOON)
    sku.refresh_from_db()
    assert (sku.on_hand, count_of(drop_sku_id=drop_sku).available) == (on_hand, available)

    inspect(ref=returned.ref, found=found_in(returned, ok=1, damaged=1), actor=OFFICE, now=NOON)

    sku.refresh_from_db()
    count = count_of(drop_sku_id=drop_sku)
    # Its drop still runs, so that it is sold again there; who bought the first time stays on record.
    assert (sku.on_hand, count.available, count.sold) == (on_hand + 1, available + 1, 2)
    change = StockChange.objects.get()
    assert (change.by, change.actor) == (1, f"return {returned.ref}, {OFFICE}")
    assert [str(problem) for line in proof_of(drop=order.drop) for problem in line.problems] == []


def test_after_its_drop_a_unit_waits_on_the_shelf():
    order = make_order(units=1)
    Drop.objects.update(state="closed", closes_at=NOON - timedelta(minutes=1))
    before = count_of(drop_sku_id=order.hold.drop_sku_id)
    on_hand = Sku.objects.get().on_hand

    look_at(ask(order))

    assert Sku.objects.get().on_hand == on_hand + 1
    assert count_of(drop_sku_id=order.hold.drop_sku_id) == before
    assert not StockChange.objects.exists()


@pytest.mark.parametrize("disposition", [Disposition.WRITE_OFF, Disposition.DONATE, Disposition.RETURN_TO_CREATOR])
def test_what_is_not_to_be_sold_again_stays_out_of_stock(disposition):
    order = make_order(units=1)
    on_hand = Sku.objects.get().on_hand

    look_at(ask(order), disposition=disposition)

    assert Sku.objects.get().on_hand == on_hand
    assert not StockChange.objects.exists()


def test_a_line_is_looked_at_once():
    order = make_order(units=1)
    on_hand = Sku.objects.get().on_hand
    returned = look_at(ask(order))

    with pytest.raises(StepNotNow):
        inspect(ref=returned.ref, found={line.pk: Found(1) for line in returned.lines.all()}, actor=OFFICE, now=NOON)

    assert Sku.objects.get().on_hand == on_hand + 1


def test_a_withdrawal_leaves_fourteen_days_to_send_it():
    returned = ask(make_order())
    end = NOON + timedelta(days=14)
    before = everything()

    with pytest.raises(StillTime, match="has until 11 Dec 2026 to send it"):
        call_off(ref=returned.ref, actor=OFFICE, now=end - timedelta(seconds=1), words="It never came.")
    with pytest.raises(WordsMissing):
        call_off(ref=returned.ref, actor=OFFICE, now=end, words="")
    assert everything() == before

    done = call_off(ref=returned.ref, actor=OFFICE, now=end, words="It never came.")
    assert (done.state, done.answer) == (ReturnState.CANCELLED, "It never came.")


def test_a_return_that_the_shop_allowed_can_be_called_off_at_once(asked):
    approve(ref=asked.ref, actor=OFFICE, now=LATE)

    assert call_off(ref=asked.ref, actor=OFFICE, now=LATE, words="As agreed.").state == ReturnState.CANCELLED
    assert Order.objects.get().state == "fulfilled"
