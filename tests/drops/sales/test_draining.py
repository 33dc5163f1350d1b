from datetime import timedelta

import pytest

from drops.sales.draining import drain_closed_drops
from drops.sales.payment import Outcome
from drops.sales.settling import settle
from drops.schedule.models import Drop, DropState
from tests.clock import advance, stopped_clock
from tests.doubles import event_of
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def hold():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    return make_hold(drop_sku=make_drop_sku(drop=drop))


def state_after_closing(hold):
    Drop.objects.update(state=DropState.CLOSED)
    drain_closed_drops()
    return Drop.objects.get(pk=hold.drop_sku.drop_id).state


def test_a_closed_drop_waits_for_its_last_hold(hold):
    assert state_after_closing(hold) == DropState.CLOSED

    advance(timedelta(minutes=10))

    assert drain_closed_drops() == 1
    assert drain_closed_drops() == 0


def test_a_closed_drop_waits_for_a_payment_on_its_way(hold):
    payment = make_payment(hold=hold)
    advance(timedelta(hours=1))
    assert state_after_closing(hold) == DropState.CLOSED

    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))

    assert drain_closed_drops() == 1


def test_an_open_drop_is_not_drained(hold):
    advance(timedelta(minutes=10))

    assert drain_closed_drops() == 0
    assert Drop.objects.get().state == DropState.OPEN
