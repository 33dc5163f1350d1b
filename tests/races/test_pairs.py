"""
Two operations in one fixed interleaving: the second begins while the first has written and not committed.

Each comes with its negative control: the same interleaving, with the guard taken away, goes wrong in the way it says.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from drops.clock import database_now
from drops.errors import ShopError
from drops.refs import new_ref
from drops.sales import accepting, holding, settling
from drops.sales.models import Order, Payment, Refund
from drops.sales.payment import Outcome
from drops.schedule.models import Drop, DropState
from drops.schedule.windows import close_drop
from drops.stock import holds, tokens
from drops.stock.counts import count_of
from drops.stock.models import Hold, HoldState, LimitSlot
from drops.stock.proof import proof_of
from tests.doubles import event_of
from tests.factories import make_drop, make_drop_sku, make_hold, make_payment, make_quote, make_shopper
from tests.races.crowd import at_once, edited_functions, rival_after, swapped
from tests.races.test_claims import CHECK_THEN_TAKE, a_rival_with_the_lock_past_the_end_of, hold_of, lapse

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

accept, arguments = accepting.accept, accepting.arguments
lock_hold = holds.lock_hold


def look_without_locking(*, ref):
    hold = Hold.objects.select_related("drop_sku__drop", "drop_sku__sku__product", "shopper__creator").get(ref=ref)
    return hold, database_now()


def ask_the_clock_then_lock(*, ref):
    now = database_now()
    hold, _ = lock_hold(ref=ref)
    return hold, now


def captured(payment):
    return settling.settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))


def problems_of(drop_sku):
    return [problem for line in proof_of(drop=drop_sku.drop) for problem in line.problems]


# Confirm against steal


def late_payment_while_a_thief_looks():
    """A lapsed hold is paid; when its unit is sold and not yet committed, somebody tries to claim the unit."""
    drop_sku = make_drop_sku(units=1)
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    lapse(payment.hold)
    with rival_after(tokens, "sell", hold_of(make_quote(drop_sku=drop_sku), "tap")) as thief:
        settled = captured(payment)
    return drop_sku, settled, thief[0]


def test_a_unit_that_is_being_sold_cannot_be_stolen():
    drop_sku, settled, thief = late_payment_while_a_thief_looks()

    assert settled.hold.state == HoldState.CONFIRMED
    assert thief.code in ("busy", "sold_out")
    assert problems_of(drop_sku) == []


def test_a_claim_that_does_not_lock_what_it_reads_steals_a_sold_unit():
    with edited_functions(CHECK_THEN_TAKE):
        drop_sku, settled, thief = late_payment_while_a_thief_looks()

    assert (settled.hold.state, type(thief)) == (HoldState.CONFIRMED, Hold)
    assert problems_of(drop_sku) != []


# Confirm against release


def money_arrives_while_the_shopper_lets_go():
    """The card was declined, then the bank paid after all; meanwhile the shopper lets the hold go."""
    drop_sku = make_drop_sku(units=1)
    hold = make_hold(drop_sku=drop_sku)
    payment = make_payment(hold=hold)
    settling.settle(provider="memory", event=event_of(payment, Outcome.FAILED))
    with rival_after(tokens, "sell", lambda: holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)) as released:
        captured(payment)
    hold.refresh_from_db()
    return drop_sku, hold, released[0]


def test_a_hold_that_is_being_paid_cannot_be_let_go():
    drop_sku, hold, released = money_arrives_while_the_shopper_lets_go()

    assert (hold.state, released.state) == (HoldState.CONFIRMED, HoldState.CONFIRMED)
    assert (count_of(drop_sku_id=drop_sku.pk).sold, problems_of(drop_sku)) == (1, [])


def test_without_the_lock_a_sold_unit_is_left_with_a_hold_that_was_let_go():
    with swapped(holds, "lock_hold", look_without_locking):
        drop_sku, hold, _ = money_arrives_while_the_shopper_lets_go()

    assert hold.state == HoldState.RELEASED
    assert {problem.code for problem in problems_of(drop_sku)} == {"fence", "confirmed"}


def money_arrives_after_the_shopper_let_go():
    hold = make_hold(drop_sku=make_drop_sku(units=1))
    payment = make_payment(hold=hold)
    settling.settle(provider="memory", event=event_of(payment, Outcome.FAILED))
    with rival_after(tokens, "give_back", lambda: captured(payment)):
        holding.release_hold(hold_ref=hold.ref, shopper=hold.shopper)


def test_money_for_a_hold_that_is_being_let_go_is_sent_back():
    money_arrives_after_the_shopper_let_go()

    assert (Order.objects.count(), Refund.objects.count()) == (0, 1)


def test_without_the_lock_somebody_who_let_go_is_charged():
    with swapped(holds, "lock_hold", look_without_locking):
        money_arrives_after_the_shopper_let_go()

    assert (Order.objects.count(), Refund.objects.count()) == (1, 0)


# Paying against the end


def test_a_payment_that_waited_for_a_lock_past_the_end_is_refused():
    hold = make_hold(drop_sku=make_drop_sku(units=1))

    with a_rival_with_the_lock_past_the_end_of(hold), pytest.raises(holds.HoldExpired):
        make_payment(hold=hold)

    hold.refresh_from_db()
    assert (hold.state, hold.has_used_grace, Payment.objects.count()) == (HoldState.HELD, False, 0)


def test_asking_the_clock_before_the_lock_begins_to_pay_for_a_hold_that_has_ended():
    hold = make_hold(drop_sku=make_drop_sku(units=1))

    with swapped(holds, "lock_hold", ask_the_clock_then_lock), a_rival_with_the_lock_past_the_end_of(hold):
        make_payment(hold=hold)

    hold.refresh_from_db()
    assert (hold.state, Payment.objects.count()) == (HoldState.PAYING, 1)


def two_devices_begin_to_pay_at_the_end():
    """Return the end of a hold after the first device began to pay, and after the second did."""
    hold = make_hold(drop_sku=make_drop_sku(units=1))
    ends_at = database_now() + timedelta(seconds=20)
    Hold.objects.filter(pk=hold.pk).update(base_expires_at=ends_at, expires_at=ends_at)
    ends = []
    with rival_after(holds, "begin_paying", lambda: make_payment(hold=hold)):
        ends.append(make_payment(hold=hold).hold.expires_at)
    hold.refresh_from_db()
    return [*ends, hold.expires_at]


def test_two_devices_that_begin_to_pay_get_one_grace_and_one_payment():
    first, last = two_devices_begin_to_pay_at_the_end()

    assert last == first
    assert Payment.objects.count() == 1


def test_without_the_lock_the_grace_is_given_twice():
    with swapped(holds, "lock_hold", look_without_locking):
        first, last = two_devices_begin_to_pay_at_the_end()

    assert last > first


# Two SKUs at one limit, taken in opposite order


# One device goes upwards through its two places, the other downwards, and both dawdle.
TAKE_IN_ANY_ORDER = [
    (
        "drops_take_places",
        "wanted.key_hash, wanted.slot, wanted.hold_id",
        "wanted.key_hash, CASE WHEN wanted.hold_id % 2 = 0 THEN wanted.slot ELSE 3 - wanted.slot END, wanted.hold_id",
    ),
    ("drops_take_places", "    RETURN QUERY", "    PERFORM pg_sleep(0.2);\n    RETURN QUERY"),
]


def two_devices_at_two_skus():
    drop = make_drop(account_limit=2)
    shopper = make_shopper(creator=drop.creator)
    skus = [make_drop_sku(drop=drop, units=5) for _ in range(2)]
    quotes = [make_quote(drop_sku=drop_sku, shopper=shopper, quantity=2) for drop_sku in skus]
    answers = at_once(*[hold_of(quote, f"device-{number}") for number, quote in enumerate(quotes)])
    return sorted(getattr(answer, "code", "held") for answer in answers)


def test_two_devices_at_two_skus_get_an_answer_each_and_no_deadlock():
    assert two_devices_at_two_skus() == ["held", "limit_reached"]
    assert LimitSlot.objects.count() == 2


def test_places_taken_in_opposite_order_lock_each_other_out():
    with edited_functions(*TAKE_IN_ANY_ORDER):
        answers = two_devices_at_two_skus()

    assert answers == ["busy", "held"]  # PostgreSQL broke the deadlock up, and one of the two was told a half-truth


# One's own past, and one's own second device


def take_again_after_a_lapse():
    hold = make_hold(drop_sku=make_drop_sku(units=1))
    lapse(hold)
    [answer] = at_once(hold_of(make_quote(drop_sku=hold.drop_sku, shopper=hold.shopper), "again"))
    return getattr(answer, "code", "held")


def test_nobody_is_kept_from_holding_by_their_own_lapsed_hold():
    assert take_again_after_a_lapse() == "held"


def test_a_lapsed_hold_that_is_not_closed_first_blocks_its_owner():
    with swapped(holds, "close_own_expired", lambda **what: None):
        assert take_again_after_a_lapse() == "busy"


# As it is, but after a pause: the claim has looked by then, and a rival has looked as well.
TAKE_PLACE_LATE = ("drops_take_places", "    RETURN QUERY", "    PERFORM pg_sleep(0.3);\n    RETURN QUERY")


def two_devices_at_one_sku():
    drop_sku = make_drop_sku(units=5)
    shopper = make_shopper(creator=drop_sku.drop.creator)
    quotes = [make_quote(drop_sku=drop_sku, shopper=shopper) for _ in range(2)]
    with edited_functions(TAKE_PLACE_LATE):
        answers = at_once(*[hold_of(quote, f"device-{number}") for number, quote in enumerate(quotes)])
    return sorted(getattr(answer, "code", "held") for answer in answers)


@contextmanager
def without_constraint(model, name) -> Iterator[None]:
    """Take a constraint away, and put it back when what broke it is gone."""
    [constraint] = [known for known in model._meta.constraints if known.name == name]
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)


def test_two_devices_hold_one_sku_once():
    assert two_devices_at_one_sku() == ["already_holding", "held"]
    assert Hold.objects.count() == 1


def test_without_the_constraint_two_devices_hold_one_sku_twice():
    with without_constraint(Hold, "one_live_hold_per_shopper_and_sku"):
        assert two_devices_at_one_sku() == ["held", "held"]


# One tap, sent twice


def one_tap_sent_twice():
    quote = make_quote(drop_sku=make_drop_sku(units=5))
    with rival_after(accepting, "accept", hold_of(quote, "same tap")) as second:
        first = code_of(hold_of(quote, "same tap"))
    return {first, getattr(second[0], "code", "held")}, code_of(hold_of(quote, "same tap"))


def arguments_under_a_key_of_their_own(wishes):
    return arguments([replace(wish, key=new_ref()) for wish in wishes])


def code_of(job):
    try:
        job()
    except ShopError as refusal:
        return refusal.code
    return "held"


def test_a_tap_sent_twice_is_given_its_one_hold_twice():
    assert one_tap_sent_twice() == ({"held"}, "held")
    assert Hold.objects.count() == 1


def test_without_its_key_a_repeated_tap_is_told_that_its_own_price_is_spent():
    with swapped(accepting, "arguments", arguments_under_a_key_of_their_own):
        assert one_tap_sent_twice() == ({"held", "quote_used"}, "quote_used")


# The isolation that the rules are written for


@contextmanager
def isolation(level) -> Iterator[None]:
    """Begin this connection's transactions at another isolation level."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {level}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED")


def look_and_accept(wishes):
    database_now()  # The first statement of a transaction is what a snapshot dates from.
    return accept(wishes)


def hold_while_the_drop_closes():
    drop_sku = make_drop_sku(units=1)
    job = hold_of(make_quote(drop_sku=drop_sku), "tap")
    closing = rival_after(accepting, "arguments", lambda: close_drop(drop_id=drop_sku.drop_id, now=database_now()))
    with swapped(accepting, "accept", look_and_accept), closing:
        return code_of(job)


def test_a_drop_that_closed_while_a_hold_began_is_closed():
    with isolation("READ COMMITTED"):
        assert hold_while_the_drop_closes() == "drop_closed"

    assert Hold.objects.count() == 0


def test_under_repeatable_read_a_hold_is_placed_in_a_drop_that_has_closed():
    """Documented, not wished for: a snapshot from before the closing is what such a transaction goes by."""
    with isolation("REPEATABLE READ"):
        assert hold_while_the_drop_closes() == "held"

    assert (Drop.objects.get().state, Hold.objects.count()) == (DropState.CLOSED, 1)
