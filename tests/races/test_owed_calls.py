"""Two workers at one owed call, and an old word that waits at the lock while its payment is stopped."""

import re
import threading

import pytest
from django.db import connection

from drops.clock import database_now
from drops.sales import attempts, settling
from drops.sales.models import AttemptKind, Order, PaymentAttempt, PaymentState
from drops.sales.payment import Outcome
from drops.stock.models import HoldState
from tests.doubles import InMemoryProvider, event_of
from tests.factories import make_drop_sku, make_hold, make_payment
from tests.paying import approve_payment, let_pauses_pass
from tests.races.crowd import at_once, swapped, wait_until_done_or_blocked

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

DUE = re.compile(r'^SELECT .* FROM "drops_paymentattempt" .*"next_try_at" <=', re.DOTALL)


def owed_capture():
    """Leave a capture behind that a provider was silent about."""
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(units=1)))
    approve_payment(payment)
    InMemoryProvider.is_down = True
    settling.settle(provider="memory", event=event_of(payment, Outcome.AUTHORISED))
    InMemoryProvider.is_down = False
    InMemoryProvider.asked.clear()
    let_pauses_pass()
    return payment


def two_workers():
    """Let both find the call due before either makes it."""
    have_looked = threading.Barrier(2)

    def work():
        looks = []

        def meet_after_looking(execute, sql, params, many, context):
            result = execute(sql, params, many, context)
            if DUE.match(sql) and not looks:
                looks.append(sql)
                have_looked.wait(timeout=30)
            return result

        with connection.execute_wrapper(meet_after_looking):
            return settling.carry_out_owed()

    return at_once(work, work)


def claim_without_looking(attempt):
    PaymentAttempt.objects.filter(pk=attempt.pk).update(tries=attempt.tries + 1, next_try_at=database_now())


def test_two_workers_make_an_owed_call_once():
    payment = owed_capture()

    done = two_workers()

    payment.refresh_from_db()
    assert (sorted(done), InMemoryProvider.asked) == ([0, 1], [f"capture:{payment.ref}"])
    assert payment.state == PaymentState.CAPTURED
    assert PaymentAttempt.objects.get(kind=AttemptKind.CAPTURE).tries == 2


def test_without_the_claim_two_workers_make_it_twice():
    payment = owed_capture()

    with swapped(attempts, "_claim", claim_without_looking):
        two_workers()

    assert InMemoryProvider.asked == [f"capture:{payment.ref}"] * 2


def overtaken_authorisation():
    """Let the word that a payment is reserved wait at the lock while the word that it was stopped is taken in."""
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(units=1)))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CANCELLED
    has_lock, is_done = threading.Event(), threading.Event()

    def wait_with_the_lock(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if sql.startswith('UPDATE "drops_payment" SET "state"'):
            has_lock.set()
            wait_until_done_or_blocked(is_done.is_set)
        return result

    def stop():
        with connection.execute_wrapper(wait_with_the_lock):
            return settling.settle(provider="memory", event=event_of(payment, Outcome.CANCELLED))

    def hear_old_word():
        has_lock.wait(timeout=30)
        try:
            return settling.settle(provider="memory", event=event_of(payment, Outcome.AUTHORISED))
        finally:
            is_done.set()

    at_once(stop, hear_old_word)
    payment.refresh_from_db()
    payment.hold.refresh_from_db()
    return payment


def test_an_authorisation_that_waited_while_its_payment_was_stopped_makes_no_order():
    payment = overtaken_authorisation()

    assert (payment.state, payment.hold.state, Order.objects.count()) == (PaymentState.CANCELLED, HoldState.HELD, 0)


def test_a_shop_that_believes_what_waited_makes_an_order_that_nobody_pays():
    with swapped(settling, "_may_be_stale", lambda payment, event: False):
        payment = overtaken_authorisation()

    assert (payment.hold.state, Order.objects.get().state) == (HoldState.CONFIRMED, "refunded")
