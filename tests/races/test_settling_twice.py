"""The provider's webhook and the shopper's return bring the same money at the same time, under events of their own."""

import re
import threading
import time

import pytest
from django.db import connection

from drops.sales import settling
from drops.sales.models import Order, Refund
from drops.sales.payment import Outcome
from drops.stock.counts import count_of
from drops.stock.models import HoldEvent
from drops.stock.proof import proof_of
from tests.doubles import event_of
from tests.factories import make_drop_sku, make_hold, make_payment
from tests.races.crowd import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

LOCK = re.compile(r' FOR NO KEY UPDATE( OF "drops_hold")?( SKIP LOCKED)?')


def settle_twice(*, lock=True):
    """Let the return begin when the webhook has read hold and payment, and dawdles before it writes."""
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(units=1)))
    has_hold, has_read = threading.Event(), threading.Event()

    def dawdle_after_reading(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if 'FROM "drops_hold"' in sql:
            has_hold.set()  # The payment was looked up once before; what counts is the look under the hold's lock.
        elif has_hold.is_set() and sql.startswith("SELECT") and 'FROM "drops_payment"' in sql and not has_read.is_set():
            has_read.set()
            time.sleep(0.4)
        return result

    def settle(suffix):
        event = event_of(payment, Outcome.CAPTURED, suffix=f":{suffix}")
        with connection.execute_wrapper(as_it_is if lock else lock_nothing):
            return settling.settle(provider="memory", event=event)

    def webhook():
        with connection.execute_wrapper(dawdle_after_reading):
            return settle("webhook")

    def come_back():
        has_read.wait(timeout=30)
        return settle("return")

    return payment, at_once(webhook, come_back)


def as_it_is(execute, sql, params, many, context):
    return execute(sql, params, many, context)


def lock_nothing(execute, sql, params, many, context):
    return execute(LOCK.sub("", sql), params, many, context)


def ends_of(payment):
    return list(
        HoldEvent.objects.filter(hold=payment.hold)
        .exclude(to_state__in=["held", "paying"])
        .values_list("to_state", flat=True)
    )


def test_money_that_is_told_of_twice_at_once_makes_one_order_and_no_refund():
    payment, answers = settle_twice()

    assert [answer.order for answer in answers] == [Order.objects.get()] * 2
    assert (ends_of(payment), Refund.objects.count()) == (["confirmed"], 0)
    assert count_of(drop_sku_id=payment.hold.drop_sku_id).sold == 1
    assert [line.problems for line in proof_of(drop=payment.hold.drop_sku.drop)] == [[]]


def test_without_locks_the_second_sends_the_money_of_the_first_back():
    payment, _ = settle_twice(lock=False)

    assert (Order.objects.count(), Refund.objects.count()) == (1, 1)
    assert sorted(ends_of(payment)) == ["confirmed", "late_refund"]
