"""Webhooks that are lost, doubled, late and overtaken on their way, through the shop's real door."""

from datetime import timedelta

import pytest
from django.test import Client

from creatorshop.adapters.testpay import faults, transfers, webhooks
from creatorshop.adapters.testpay.models import TestEvent
from drops.clock import database_now
from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account
from drops.sales import sweep
from drops.sales.models import InboundEvent, Order, Payment, PaymentState
from tests.clock import advance, stopped_clock
from tests.factories import make_drop_sku, make_hold, make_payment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(settings, live_server):
    """The page at the provider and the shop's door, with a way between them that `settings.TESTPAY_FAULTS` spoils."""
    settings.SHOP_URL = live_server.url
    return settings


def begin():
    return make_payment(hold=make_hold(drop_sku=make_drop_sku()), provider="test")


def approve(payment):
    Client().post(f"/pay/test/{payment.ref}/", {"decision": "approve"})


def heard():
    return [
        event_id.split(":")[1] for event_id in InboundEvent.objects.order_by("pk").values_list("event_id", flat=True)
    ]


def test_a_way_without_faults_tells_once_and_at_once(settings):
    settings.TESTPAY_FAULTS = {}

    assert faults.fate_of("a") == faults.Fate(copies=1, delay=timedelta(0))


def test_the_same_seed_spoils_the_same_words(settings):
    settings.TESTPAY_FAULTS = {"loss": 0.3, "duplicate": 0.3, "reorder": 0.3, "seed": 7}
    first = [faults.fate_of(str(number)) for number in range(200)]
    again = [faults.fate_of(str(number)) for number in range(200)]
    settings.TESTPAY_FAULTS = settings.TESTPAY_FAULTS | {"seed": 8}

    assert first == again != [faults.fate_of(str(number)) for number in range(200)]
    assert {fate.copies for fate in first} == {0, 1, 2}
    late = [fate.delay for fate in first if fate.delay]
    assert 30 < len(late) < 90
    assert max(late) <= faults.OVERTAKEN_BY


def test_a_lost_word_is_never_told_and_the_poll_makes_up_for_it(shop):
    shop.TESTPAY_FAULTS = {"loss": 1}
    payment = begin()
    approve(payment)

    assert webhooks.send_due_webhooks() == 0

    assert list(TestEvent.objects.values_list("due_at", "copies")) == [(None, 0)]
    assert Payment.objects.get().state == PaymentState.STARTED
    Payment.objects.update(created_at=database_now() - sweep.ASK_AFTER)
    assert sweep.poll_open_payments() == 1
    payment.refresh_from_db()
    assert (payment.state, Order.objects.count()) == (PaymentState.CAPTURED, 1)


def test_a_word_that_is_told_twice_counts_once(shop):
    shop.TESTPAY_FAULTS = {"duplicate": 1}
    approve(begin())

    told = [webhooks.send_due_webhooks() for _ in range(4)]

    assert sum(told) == 4  # authorised and captured, each twice
    assert list(TestEvent.objects.values_list("due_at", "copies")) == [(None, 0)] * 2
    assert (heard(), Order.objects.count()) == (["authorised", "captured"], 1)
    assert unbalanced_causes() == []


def test_a_late_word_is_told_when_its_time_has_come(shop):
    shop.TESTPAY_FAULTS = {"delay": 5}
    with stopped_clock(database_now()):
        approve(begin())
        advance(timedelta(seconds=4))
        assert webhooks.send_due_webhooks() == 0
        assert Payment.objects.get().state == PaymentState.STARTED
        event = TestEvent.objects.get()

    assert event.due_at - event.created_at == timedelta(seconds=5)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_becomes_of_the_words_every_order_is_paid_and_the_books_agree(shop, seed):
    shop.TESTPAY_FAULTS = {"loss": 0.3, "duplicate": 0.4, "reorder": 0.5, "seed": seed}
    payments = [begin() for _ in range(3)]
    for payment in payments:
        approve(payment)
    # Overtaken words are due within a minute: told in the order of their time, whichever that is.
    for _ in range(4):
        TestEvent.objects.filter(due_at__isnull=False).update(created_at=database_now())
        due = list(TestEvent.objects.filter(due_at__isnull=False).order_by("due_at", "pk"))
        for number, event in enumerate(due):
            TestEvent.objects.filter(pk=event.pk).update(due_at=database_now() - timedelta(seconds=60 - number))
        webhooks.send_due_webhooks()
    Payment.objects.update(created_at=database_now() - sweep.ASK_AFTER)
    sweep.poll_open_payments()

    assert list(Payment.objects.values_list("state", flat=True)) == [PaymentState.CAPTURED] * 3
    assert Order.objects.count() == 3
    assert balance_of(account=Account.CASH, currency="EUR") == transfers.cash(currency="EUR") == 3 * (3914 - 80)
    assert (balance_of(account=Account.CLEARING, currency="EUR"), unbalanced_causes()) == (0, [])
