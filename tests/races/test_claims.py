"""
Two hands on the same thing. Each guard comes with its negative control: the same race without the guard goes wrong.
"""

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from drops.errors import ShopError
from drops.sales import holding, settling
from drops.sales.models import Order, Refund
from drops.sales.payment import Outcome
from drops.stock import holds, limits, tokens
from drops.stock.counts import count_of
from drops.stock.models import Hold, HoldState, HoldToken, LimitSlot
from tests.doubles import event_of
from tests.factories import make_drop, make_drop_sku, make_hold, make_payment, make_quote, make_shopper
from tests.races.crowd import at_once, edited_functions, swapped

pytestmark = pytest.mark.django_db(transaction=True)

# Reads first and writes later, as most shops do. The pause is the gap in which a rival reads the same row.
CHECK_THEN_TAKE = ("drops_claim_tokens", "FOR UPDATE SKIP LOCKED\n", "OFFSET (SELECT 0 FROM pg_sleep(0.1))\n")
COUNT_THEN_INSERT = (
    "drops_take_places",
    "wanted.slot, wanted.hold_id, wanted.free_at\n          FROM unnest(p_places) AS wanted\n",
    """wanted.hold_id % 30000 + 1, wanted.hold_id, wanted.free_at
          FROM unnest(p_places) AS wanted
          CROSS JOIN LATERAL (
              SELECT count(*) AS taken FROM drops_limitslot AS used
               WHERE used.drop_id = wanted.drop_id AND used.key_hash = wanted.key_hash AND used.free_at > drops_now()
          ) AS seen
          CROSS JOIN LATERAL (SELECT pg_sleep(0.1) WHERE seen.taken < wanted.slot) AS pause
""",
)
# Goes by the hold alone: whoever held the unit last may sell it, although another claimed it since.
SELL_WITHOUT_FENCE = """
UPDATE drops_token AS token SET free_at = %(free_at)s, status = 'sold'
  FROM drops_holdtoken AS held
 WHERE held.hold_id = %(hold)s AND token.id = held.token_id AND token.status IN ('free', 'held')
RETURNING token.id
"""


def hold_of(quote, key):
    return lambda: holding.place_hold(
        shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=key
    )


def lapse(hold):
    """Let a hold's time pass, as the rows would look then."""
    with connection.cursor() as cursor:
        for table in ("drops_token", "drops_limitslot"):
            cursor.execute(f"UPDATE {table} SET free_at = free_at - interval '1 hour' WHERE hold_id = %s", [hold.pk])
        cursor.execute(
            "UPDATE drops_hold SET expires_at = expires_at - interval '1 hour',"
            " base_expires_at = base_expires_at - interval '1 hour' WHERE id = %s",
            [hold.pk],
        )


def race_for_the_last_unit():
    drop_sku = make_drop_sku(units=1)
    quotes = [make_quote(drop_sku=drop_sku) for _ in range(6)]
    answers = at_once(*[hold_of(quote, "tap") for quote in quotes])
    return drop_sku, [answer for answer in answers if isinstance(answer, Hold)]


def test_the_last_unit_goes_to_exactly_one():
    drop_sku, winners = race_for_the_last_unit()

    assert len(winners) == 1
    assert count_of(drop_sku_id=drop_sku.pk).held == 1
    assert HoldToken.objects.filter(token__drop_sku=drop_sku).count() == 1


def test_without_skip_locked_the_last_unit_goes_to_several():
    with edited_functions(CHECK_THEN_TAKE):
        _, winners = race_for_the_last_unit()

    assert len(winners) > 1


def race_at_one_limit():
    drop = make_drop(account_limit=1)
    shopper = make_shopper(creator=drop.creator)
    quotes = [make_quote(drop_sku=make_drop_sku(drop=drop, units=5), shopper=shopper) for _ in range(4)]
    answers = at_once(*[hold_of(quote, f"device-{number}") for number, quote in enumerate(quotes)])
    return answers, [answer for answer in answers if isinstance(answer, Hold)]


def test_two_devices_share_one_limit():
    answers, winners = race_at_one_limit()

    assert len(winners) == 1
    assert {type(answer) for answer in answers if isinstance(answer, ShopError)} == {limits.LimitReached}
    assert LimitSlot.objects.count() == 1


def test_counting_first_lets_two_devices_past_one_limit():
    with edited_functions(COUNT_THEN_INSERT):
        _, winners = race_at_one_limit()

    assert len(winners) > 1


def late_payment_after_a_takeover():
    drop_sku = make_drop_sku(units=1)
    slow = make_payment(hold=make_hold(drop_sku=drop_sku))
    lapse(slow.hold)
    quick = make_payment(hold=make_hold(drop_sku=drop_sku))
    answers = at_once(
        lambda: settling.settle(provider="memory", event=event_of(slow, Outcome.CAPTURED)),
        lambda: settling.settle(provider="memory", event=event_of(quick, Outcome.CAPTURED)),
    )
    return drop_sku, answers


def test_of_two_payments_for_one_unit_the_owners_counts_and_the_other_goes_back():
    drop_sku, (slow, quick) = late_payment_after_a_takeover()

    assert (slow.hold.state, quick.hold.state) == (HoldState.LATE_REFUND, HoldState.CONFIRMED)
    assert (Order.objects.count(), Refund.objects.count()) == (1, 1)
    assert count_of(drop_sku_id=drop_sku.pk).sold == 1


def test_without_the_fence_a_late_payment_takes_somebody_elses_unit():
    with swapped(tokens, "SELL", SELL_WITHOUT_FENCE):
        drop_sku = make_drop_sku(units=1)
        slow = make_payment(hold=make_hold(drop_sku=drop_sku))
        lapse(slow.hold)
        make_payment(hold=make_hold(drop_sku=drop_sku))

        settled = settling.settle(provider="memory", event=event_of(slow, Outcome.CAPTURED))

    assert settled.hold.state == HoldState.CONFIRMED  # and the unit is held by another


def test_a_webhook_that_arrives_four_times_at_once_makes_one_order():
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(units=2)))

    answers = at_once(
        *[lambda: settling.settle(provider="memory", event=event_of(payment, Outcome.CAPTURED)) for _ in range(4)]
    )

    assert {answer.order.pk for answer in answers} == {Order.objects.get().pk}


def test_webhook_and_poll_with_events_of_their_own_make_one_order():
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(units=2)))

    at_once(
        *[
            lambda number=number: settling.settle(
                provider="memory", event=event_of(payment, Outcome.CAPTURED, suffix=f":{number}")
            )
            for number in range(4)
        ]
    )

    assert (Order.objects.count(), Refund.objects.count()) == (1, 0)


def test_the_same_tap_sent_four_times_at_once_holds_once():
    quote = make_quote(drop_sku=make_drop_sku(units=5))

    answers = at_once(*[hold_of(quote, "same-tap") for _ in range(4)])

    assert Hold.objects.count() == 1
    assert {answer.pk for answer in answers if isinstance(answer, Hold)} == {Hold.objects.get().pk}
    assert {getattr(answer, "code", "held") for answer in answers} <= {"held", "idempotency_in_flight"}


@contextmanager
def a_rival_with_the_lock_past_the_end_of(hold):
    """Let a hold end in 0.4 seconds, and let somebody keep its row locked for 0.8."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE drops_hold SET expires_at = drops_now() + interval '0.4 seconds' WHERE id = %s", [hold.pk]
        )
    is_locked = threading.Event()

    def dawdle():
        with transaction.atomic():
            holds.lock_hold(ref=hold.ref)
            is_locked.set()
            time.sleep(0.8)
        connection.close()

    rival = threading.Thread(target=dawdle)
    rival.start()
    is_locked.wait(timeout=30)
    yield
    rival.join()


def test_an_extension_that_waited_for_a_lock_past_the_end_is_refused():
    hold = make_hold(drop_sku=make_drop_sku(units=1))

    with a_rival_with_the_lock_past_the_end_of(hold), pytest.raises(holds.HoldExpired):
        holding.extend_hold(hold_ref=hold.ref, shopper=hold.shopper)

    hold.refresh_from_db()
    assert hold.extensions == 0


def test_asking_the_clock_in_the_locking_statement_extends_a_hold_that_has_ended():
    """The negative control of the test above: one statement that locks and compares goes by a time before its wait."""
    hold = make_hold(drop_sku=make_drop_sku(units=1))

    with a_rival_with_the_lock_past_the_end_of(hold), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE drops_hold SET extensions = extensions + 1 WHERE id = %s AND expires_at > clock_timestamp()",
            [hold.pk],
        )
        extended = cursor.rowcount

    assert extended == 1
