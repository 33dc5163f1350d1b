"""
A whole fan base at once, and the proof that stock did not lie. The proof has a negative control too.
"""

import random
import threading
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, connections

from drops.errors import ShopError
from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account
from drops.sales import settling, sweep
from drops.sales.models import Order, Refund
from drops.sales.payment import Outcome
from drops.stock import holds
from drops.stock import sweep as stock_sweep
from drops.stock.models import Hold, HoldState, Token
from drops.stock.proof import proof_of
from tests.doubles import event_of
from tests.factories import make_drop, make_drop_sku, make_payment, make_quote
from tests.races.crowd import at_once
from tests.races.test_claims import hold_of, lapse

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS, UNITS = 200, 50
CONNECTIONS = 40  # what a pool would give them; who has none waits, as in production


def pay(hold):
    payment = make_payment(hold=hold)
    return settling.settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))


def rush(drop_sku):
    """Let 200 shoppers start at once for 50 units: of those who get one, some pay, some let it lapse, some pay late."""
    chance = random.Random(7)
    pool = threading.BoundedSemaphore(CONNECTIONS)

    def life(quote, fate):
        with pool:
            try:
                return live(hold_of(quote, "tap")(), fate)
            except ShopError as refusal:
                return refusal.code
            finally:
                connection.close()

    quotes = [make_quote(drop_sku=drop_sku) for _ in range(BUYERS)]
    fates = [chance.choice(["pay", "lapse", "pay late"]) for _ in quotes]
    return Counter(at_once(*[partial(life, quote, fate) for quote, fate in zip(quotes, fates, strict=True)]))


def live(hold, fate):
    """Do with a hold as its shopper would, and return what became of it."""
    if fate == "pay":
        return pay(hold).hold.state
    if fate == "lapse":
        lapse(hold)
        return "lapsed"
    payment = make_payment(hold=hold)
    lapse(hold)
    late = settling.settle(provider="memory", event=event_of(payment, Outcome.CAPTURED)).hold
    return f"late: {late.state}"


def test_two_hundred_buyers_and_fifty_units_add_up():
    drop = make_drop(account_limit=1)
    drop_sku = make_drop_sku(drop=drop, units=UNITS)

    outcomes = rush(drop_sku)

    assert sum(outcomes.values()) == BUYERS
    assert {"confirmed", "lapsed", "late: confirmed"} <= set(outcomes)
    [line] = proof_of(drop=drop)
    assert line.problems == []
    assert (line.tokens, line.void, line.sold) == (UNITS, 0, Order.objects.count())
    assert Order.objects.count() == outcomes["confirmed"] + outcomes["late: confirmed"]
    assert Refund.objects.count() == outcomes["late: late_refund"]
    assert balance_of(account=Account.CASH, currency="EUR") == 3914 * Order.objects.count()
    captured = Order.objects.count() + Refund.objects.count()
    assert captured == Hold.objects.filter(state__in=[HoldState.CONFIRMED, HoldState.LATE_REFUND]).count()
    assert unbalanced_causes() == []


def test_what_was_not_paid_is_for_sale_again_with_no_worker_running():
    drop = make_drop(account_limit=1)
    drop_sku = make_drop_sku(drop=drop, units=5)
    for hold in at_once(*[hold_of(make_quote(drop_sku=drop_sku), "tap") for _ in range(5)]):
        lapse(hold)

    answers = at_once(*[hold_of(make_quote(drop_sku=drop_sku), "tap") for _ in range(5)])

    assert [type(answer) for answer in answers] == [Hold] * 5


def test_sweeping_in_between_changes_nothing_that_anybody_can_see():
    drop = make_drop(account_limit=1)
    drop_sku = make_drop_sku(drop=drop, units=3)
    for hold in at_once(*[hold_of(make_quote(drop_sku=drop_sku), "tap") for _ in range(3)]):
        lapse(hold)

    answers = at_once(
        *[hold_of(make_quote(drop_sku=drop_sku), "tap") for _ in range(3)],
        stock_sweep.lapse_due_holds,
        sweep.end_overdue_payments,
    )

    assert [type(answer) for answer in answers[:3]] == [Hold] * 3
    assert [line.problems for line in proof_of(drop=drop)] == [[]]


@pytest.mark.parametrize(
    ("tampering", "problem"),
    [
        ("UPDATE drops_token SET free_at = '1970-01-01Z', status = 'free' WHERE id = %s", "units in orders"),
        ("DELETE FROM drops_orderunit WHERE token_id = %s", "units in orders"),
        ("UPDATE drops_token SET fence = fence + 1 WHERE id = %s", "under the fence"),
        ("UPDATE drops_token SET status = 'void', hold_id = NULL WHERE id = %s", "units planned"),
    ],
)
def test_the_proof_goes_red_when_a_row_is_tampered_with(tampering, problem):
    drop = make_drop()
    drop_sku = make_drop_sku(drop=drop, units=3)
    pay(hold_of(make_quote(drop_sku=drop_sku), "tap")())
    assert [line.problems for line in proof_of(drop=drop)] == [[]]

    with connection.cursor() as cursor:
        cursor.execute(tampering, [Token.objects.get(status="sold").pk])

    problems = [problem for line in proof_of(drop=drop) for problem in line.problems]
    assert any(problem in str(found) for found in problems), problems


def test_these_tests_run_at_the_isolation_that_the_rules_are_written_for():
    with connections["default"].cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)
    assert timedelta(seconds=5) == holds.MARGIN
