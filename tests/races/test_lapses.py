"""
The sweep beside everybody else. Each guard comes with its negative control: the same race without the guard goes wrong.
"""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from drops.sales import settling
from drops.sales.payment import Outcome
from drops.stock import audit, holds, lapses, sweep, tokens
from drops.stock.counts import count_of
from drops.stock.models import Hold, HoldEvent, HoldState, Token
from drops.stock.proof import proof_of
from tests.doubles import event_of
from tests.factories import make_drop_sku, make_hold, make_payment, make_quote
from tests.races.crowd import at_once, edited_functions, rival_after, swapped
from tests.races.test_claims import hold_of, lapse
from tests.races.test_pairs import code_of, look_without_locking

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

# Looks for what is due and books it a moment later, as most sweeps do.
LOOK_THEN_BOOK = [
    ("drops_lapse_due_holds", "FOR NO KEY UPDATE SKIP LOCKED", ""),
    ("drops_lapse_due_holds", "RETURN QUERY", "PERFORM pg_sleep(0.5); RETURN QUERY"),
]
WAIT_FOR_TOKENS = ("drops_write_lapses", "SKIP LOCKED", "")
ASK_NO_FENCE = ("drops_write_lapses", " AND own.fence = held.fence", "")


def lapsed_holds(drop_sku, *, count):
    found = [make_hold(drop_sku=drop_sku) for _ in range(count)]
    for hold in found:
        lapse(hold)
    return found


def problems_of(drop_sku):
    return [problem for line in proof_of(drop=drop_sku.drop) for problem in line.problems]


def steps_of(hold):
    return list(hold.events.order_by("pk").values_list("from_state", "to_state"))


# Two sweeps


def two_sweeps_at_once():
    due = lapsed_holds(make_drop_sku(units=6), count=6)
    refs = [ref for swept in at_once(*[sweep.lapse_due_holds] * 3) for ref in swept]
    return due, refs


def test_sweeps_at_once_book_each_lapse_once():
    due, refs = two_sweeps_at_once()

    assert sorted(refs) == sorted(hold.ref for hold in due)
    assert HoldEvent.objects.filter(to_state="expired").count() == 6
    assert set(Hold.objects.values_list("state", "version")) == {("expired", 2)}


def test_without_the_lock_sweeps_at_once_book_a_lapse_more_than_once():
    with edited_functions(*LOOK_THEN_BOOK):
        _, refs = two_sweeps_at_once()

    assert len(refs) > 6
    assert HoldEvent.objects.filter(to_state="expired").count() == len(refs)


# The sweep against a confirmation


def declined_hold(drop_sku):
    """Make a hold whose card was declined, so that it is held again, and whose time is over."""
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    settling.settle(provider="memory", event=event_of(payment, Outcome.FAILED))
    lapse(payment.hold)
    return payment


def captured(payment):
    return settling.settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))


def sweep_while_the_money_is_taken_in():
    drop_sku = make_drop_sku(units=1)
    payment = declined_hold(drop_sku)
    with rival_after(tokens, "sell", sweep.lapse_due_holds) as swept:
        captured(payment)
    payment.hold.refresh_from_db()
    return drop_sku, payment.hold, swept


def test_a_hold_that_is_being_confirmed_is_not_swept():
    drop_sku, hold, swept = sweep_while_the_money_is_taken_in()

    assert (hold.state, hold.is_late, swept) == (HoldState.CONFIRMED, True, [[]])
    assert steps_of(hold)[-1] == ("held", "confirmed")
    assert (count_of(drop_sku_id=drop_sku.pk).sold, problems_of(drop_sku)) == (1, [])


def test_a_sweep_that_does_not_lock_writes_expired_over_a_sold_unit():
    with edited_functions(*LOOK_THEN_BOOK):
        drop_sku, hold, swept = sweep_while_the_money_is_taken_in()

    assert (hold.state, swept) == (HoldState.EXPIRED, [[hold.ref]])
    assert {problem.code for problem in problems_of(drop_sku)} == {"fence", "confirmed"}


def money_while_the_sweep_books():
    drop_sku = make_drop_sku(units=1)
    payment = declined_hold(drop_sku)
    with rival_after(lapses, "lapse_due", lambda: captured(payment)):
        sweep.lapse_due_holds()
    payment.hold.refresh_from_db()
    return drop_sku, payment.hold


def test_money_for_a_hold_that_is_being_swept_waits_and_is_a_late_payment():
    drop_sku, hold = money_while_the_sweep_books()

    assert (hold.state, hold.is_late) == (HoldState.CONFIRMED, True)
    assert steps_of(hold)[-2:] == [("held", "expired"), ("expired", "confirmed")]
    assert problems_of(drop_sku) == []


def test_without_the_lock_the_record_says_that_one_hold_left_its_state_twice():
    with swapped(holds, "lock_hold", look_without_locking):
        _, hold = money_while_the_sweep_books()

    assert steps_of(hold)[-2:] == [("held", "expired"), ("held", "confirmed")]


# The sweep against a claim


def test_a_unit_whose_lapse_is_being_booked_is_never_called_sold_out():
    drop_sku = make_drop_sku(units=1)
    [due] = lapsed_holds(drop_sku, count=1)
    claim = hold_of(make_quote(drop_sku=drop_sku), "tap")

    with rival_after(lapses, "lapse_due", lambda: code_of(claim)) as answer:
        assert sweep.lapse_due_holds() == [due.ref]

    assert answer == ["busy"]
    assert code_of(hold_of(make_quote(drop_sku=drop_sku), "tap")) == "held"


@contextmanager
def a_claim_on_the_units_of(drop_sku):
    """Keep a SKU's tokens locked by somebody who neither goes on nor gives up."""
    is_locked, may_go = threading.Event(), threading.Event()

    def claim():
        with transaction.atomic():
            list(Token.objects.select_for_update().filter(drop_sku=drop_sku))
            is_locked.set()
            may_go.wait(timeout=30)
        connection.close()

    claimant = threading.Thread(target=claim)
    claimant.start()
    is_locked.wait(timeout=30)
    try:
        yield
    finally:
        may_go.set()
        claimant.join()


def sweep_beside_a_claim():
    drop_sku = make_drop_sku(units=1)
    [due] = lapsed_holds(drop_sku, count=1)
    with a_claim_on_the_units_of(drop_sku), transaction.atomic():
        holds.bound_waiting()
        swept = sweep.lapse_due_holds()
    return drop_sku, due, swept


def test_a_sweep_does_not_wait_for_somebody_who_is_at_a_unit():
    drop_sku, due, swept = sweep_beside_a_claim()

    assert swept == [due.ref]
    assert count_of(drop_sku_id=drop_sku.pk).available == 1


def test_a_sweep_that_wants_every_token_waits_for_a_claim():
    with (
        edited_functions(WAIT_FOR_TOKENS),
        pytest.raises(OperationalError, match="lock timeout"),
    ):
        sweep_beside_a_claim()

    assert HoldEvent.objects.filter(to_state="expired").count() == 0


def sweep_after_a_takeover():
    """A claim takes a lapsed hold's unit while the hold's row is locked; the sweep books that hold afterwards."""
    drop_sku = make_drop_sku(units=1)
    [due] = lapsed_holds(drop_sku, count=1)
    with swapped(lapses, "lapse_these", lambda **_: []):
        make_hold(drop_sku=drop_sku)
    # The new owner's own time passes as well, but nobody has looked at it yet: only fences tell the two apart.
    Token.objects.filter(drop_sku=drop_sku).update(free_at=due.created_at - timedelta(hours=1))
    assert sweep.lapse_due_holds() == [due.ref]
    return Token.objects.get(drop_sku=drop_sku)


def test_the_word_on_a_unit_is_written_for_its_owner_only():
    assert sweep_after_a_takeover().status == "held"


def test_without_the_fence_somebody_elses_unit_is_called_free():
    with edited_functions(ASK_NO_FENCE):
        assert sweep_after_a_takeover().status == "free"


# The record


def test_the_chain_covers_every_lapse():
    drop_sku = make_drop_sku(units=5)
    due = lapsed_holds(drop_sku, count=4)
    sweep.lapse_due_holds()

    with swapped(audit, "SETTLES_IN", timedelta(0)), swapped(audit, "_AT_ONCE", 3):
        assert audit.chain_new_events() == 8

    assert [steps_of(hold) for hold in due] == [[("", "held"), ("held", "expired")]] * 4
    assert audit.end_of_chain(drop_id=drop_sku.drop_id)[0] == 8
    assert audit.verify_chain(drop_id=drop_sku.drop_id) == []
