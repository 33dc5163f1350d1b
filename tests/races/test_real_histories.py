"""
A few hundred steps in real threads, written down, and checked afterwards: was there an order in which all of it is true?

With a guard taken away the same crowd tells lies, and the check finds them.
"""

import random
import threading
import time
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from drops.clock import database_now
from drops.errors import ShopError
from drops.sales import holding, settling
from drops.sales.models import OrderUnit
from drops.sales.payment import Outcome
from drops.stock import counts, tokens
from drops.stock.counts import count_of
from drops.stock.models import HoldState
from drops.stock.proof import proof_of
from tests.doubles import event_of
from tests.factories import make_drop_sku, make_payment, make_quote
from tests.races.crowd import at_once, edited_functions, swapped
from tests.races.history import Claim, check
from tests.races.recording import Recorder, claims_of, history_of_rush, placed, seen
from tests.races.test_claims import SELL_WITHOUT_FENCE, hold_of

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

HANDS, LIVES, UNITS = 8, 10, 8
FATES = ["let go"] * 3 + ["walk away"] * 3 + ["pay"] + ["pay late"] * 2
# How long a hold lasts here, and its units after it. So little that a machine which stalls meets the end in mid-step.
SHORT, MARGIN = timedelta(seconds=0.35), timedelta(seconds=0.02)
LAPSED_S = (SHORT + MARGIN).total_seconds()

# Reads first and writes later.
CHECK_THEN_TAKE = ("drops_claim_tokens", "FOR UPDATE SKIP LOCKED", "OFFSET (SELECT 0 FROM pg_sleep(0.1))")
# Goes by a column that only the worker keeps up to date (stock.md, pitfall 16).
COUNTS_BY_STATUS = counts.TALLIES.replace("ds.drop_id = ANY(%(id)s)", "{which}")
COUNTS_BY_STATUS = COUNTS_BY_STATUS.replace("t.free_at <= drops_statement_now()", "t.status = 'free'").replace(
    "t.free_at > drops_statement_now() AND t.free_at < %(never)s", "t.status = 'held'"
)


assert "t.status = 'free'" in COUNTS_BY_STATUS and "t.status = 'held'" in COUNTS_BY_STATUS


def shorten(hold):
    """Let a hold end in a moment, and return when its units come back."""
    ends_at = database_now() + SHORT
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE drops_hold SET base_expires_at = %(at)s, expires_at = %(at)s WHERE id = %(hold)s",
            {"at": ends_at, "hold": hold.pk},
        )
    tokens.keep_until(hold=hold, free_at=ends_at + MARGIN)
    return ends_at + MARGIN


class Shopper:
    """Lives one life after the other in one SKU, and has each step written down."""

    def __init__(self, recorder, drop_sku, fates, seed):
        self.recorder, self.drop_sku, self.fates = recorder, drop_sku, fates
        self.chance = random.Random(seed)

    def live(self, lives):
        for _ in range(lives):
            self._live_once(self.chance.choice(self.fates), self.chance.choice([1, 1, 1, 2]))
            time.sleep(self.chance.uniform(0, 0.4))

    def _live_once(self, fate, quantity):
        quote = make_quote(drop_sku=self.drop_sku, quantity=quantity)
        hold = None
        with self.recorder.step("hold", quantity=quantity) as known:
            hold = holding.place_hold(
                shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key="tap"
            )
            known |= placed(hold, until=shorten(hold))
        if hold and fate == "let go":
            with self.recorder.step("release", hold=hold.ref) as known:
                state = holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper).state
                known["answer"] = "ok" if state == HoldState.RELEASED else state
        elif hold and fate != "walk away":
            self._pay(hold, is_late=fate == "pay late")

    def _pay(self, hold, *, is_late):
        payment = None
        with self.recorder.step("move", hold=hold.ref) as known:
            payment = make_payment(hold=hold)
            known |= placed(hold, until=shorten(hold))
        if payment is None:
            return
        if is_late:
            time.sleep(LAPSED_S + self.chance.uniform(0, 0.2))
        with self.recorder.step("sell", hold=hold.ref, quantity=hold.quantity) as known:
            settled = settling.settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
            known |= self._sold(settled)

    def _sold(self, settled):
        if settled.hold.state == HoldState.LATE_REFUND:
            return {"what": "release", "quantity": 1}
        sold = set(OrderUnit.objects.filter(line__order=settled.order).values_list("token", flat=True))
        claims = claims_of([settled.hold.ref])[settled.hold.ref]
        return {"claims": tuple(Claim(claim.token, claim.fence) for claim in claims if claim.token in sold)}


def crowd(*, fates=FATES, lives=LIVES, units=UNITS):
    """Let a crowd live at one SKU while somebody keeps counting; return the drop and what was written down."""
    drop_sku = make_drop_sku(units=units)
    recorder = Recorder(drop_sku)
    is_over = threading.Event()

    def count():
        while not is_over.wait(0.01):
            with recorder.step("read") as known:
                known |= seen(count_of(drop_sku_id=drop_sku.pk))
        connection.close()

    counter = threading.Thread(target=count)
    counter.start()
    try:
        at_once(*[partial(Shopper(recorder, drop_sku, fates, seed).live, lives) for seed in range(HANDS)])
        time.sleep(LAPSED_S + 0.1)  # the last ones lapse while somebody looks
    finally:
        is_over.set()
        counter.join()
    return drop_sku, recorder.history


def test_hundreds_of_racing_steps_are_true_in_some_order():
    drop_sku, history = crowd()

    assert check(history) == []
    asked = Counter((step.what, step.answer == "ok") for step in history.steps)
    assert asked["hold", True] + asked["hold", False] == HANDS * LIVES
    # It was a real crowd: each kind of step was done, and people were in each other's way.
    done = {("hold", True), ("hold", False), ("release", True), ("move", True), ("sell", True), ("read", True)}
    assert done <= set(asked)
    assert len(history.steps) > 200
    owners = Counter(claim.token for step in history.steps if step.what == "hold" for claim in step.claims)
    assert max(owners.values()) > 2
    assert [line.problems for line in proof_of(drop=drop_sku.drop)] == [[]]


def ask_one_after_the_other(drop_sku, shoppers):
    """Return what a load generator has: whose quote it was, what was answered, and when."""
    answers = []
    for quote in [make_quote(drop_sku=drop_sku) for _ in range(shoppers)]:
        try:
            hold_of(quote, "tap")()
        except ShopError as refusal:
            answers.append((quote.ref, refusal.code, time.time()))
        else:
            answers.append((quote.ref, "held", time.time()))
    return answers


def test_a_rush_is_checked_from_the_answers_of_its_crowd_and_the_rows():
    drop_sku, began = make_drop_sku(units=2), time.time()
    [first, *others] = ask_one_after_the_other(drop_sku, 4)

    told = partial(history_of_rush, drop_sku=drop_sku, began=began)

    assert [code for _, code, _ in others] == ["held", "held_by_others", "held_by_others"]
    assert check(told(answers=[first, *others])) == []
    # The first shopper's unit was theirs by then, and the other one nobody's.
    too_early = (others[1][0], "held_by_others", first[2])
    assert {problem.code for problem in check(told(answers=[first, too_early, *others]))} == {"false_refusal"}
    broken = (others[1][0], "connection lost", first[2])
    assert check(told(answers=[first, too_early, broken, *others])) == []


LIES = {
    "a claim that reads before it writes": (
        lambda: edited_functions(CHECK_THEN_TAKE),
        {"fates": ["walk away"], "lives": 3, "units": 2},
        "two_owners",
    ),
    "a sale that asks for no fence": (
        lambda: swapped(tokens, "SELL", SELL_WITHOUT_FENCE),
        {"fates": ["pay late"], "lives": 5, "units": 3},
        "two_owners",
    ),
    "a count that only the worker keeps right": (
        lambda: swapped(counts, "COUNTS", COUNTS_BY_STATUS),
        {"fates": ["walk away"], "lives": 4, "units": 4},
        "never_true",
    ),
}


@pytest.mark.parametrize(("without_guard", "lives", "lie"), LIES.values(), ids=LIES)
def test_without_a_guard_the_crowd_tells_lies_and_the_check_finds_them(without_guard, lives, lie):
    with ExitStack() as guards:
        guards.enter_context(without_guard())
        _, history = crowd(**lives)

    assert lie in {problem.code for problem in check(history)}
