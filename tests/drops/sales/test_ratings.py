from datetime import date, timedelta

import pytest

from drops.sales import ratings
from drops.sales.models import Order
from drops.sales.orders import mark_fulfilled
from drops.sales.ratings import Rating, rate
from drops.sales.return_window import returns_until
from tests.factories import NOON, make_shopper
from tests.fulfillment.makers import make_closed_drop, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    made = make_order(drop=make_closed_drop())
    mark_fulfilled(order_id=made.pk, at=NOON)
    made.refresh_from_db()
    return made


def given(order, score, **asked):
    defaults = {"shopper_id": order.shopper_id, "order_ref": order.ref, "source": "order", "now": NOON}
    return rate(score=score, **defaults | asked)


def test_one_number_an_order_and_the_later_one_counts(order):
    given(order, 4)
    given(order, 5, now=NOON + timedelta(days=1))

    assert list(Rating.objects.values_list("order", "score", "rated_at")) == [(order.pk, 5, NOON + timedelta(days=1))]


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_number_is_from_1_to_5(order, score):
    with pytest.raises(ratings.NoSuchScore):
        given(order, score)
    assert Rating.objects.count() == 0


def test_nobody_rates_what_is_not_theirs_or_not_there_or_long_ago(order):
    with pytest.raises(ratings.OrderUnknown):
        given(order, 5, shopper_id=make_shopper(creator=order.creator).pk)
    with pytest.raises(ratings.NothingToRate):
        given(order, 5, now=NOON + ratings.OPEN_FOR)
    Order.objects.filter(pk=order.pk).update(state="paid", fulfilled_at=None)
    with pytest.raises(ratings.NothingToRate):
        given(order, 5)

    assert Rating.objects.count() == 0


def test_the_last_day_for_returns_counts_from_the_hand_over_or_the_promised_day(order):
    order.terms = {**order.terms, "return_days": 14, "delivery": {"latest_date": None}}
    assert returns_until(order=order) == date(2026, 12, 11)
    order.terms["delivery"] = {"latest_date": "2026-12-02"}
    assert returns_until(order=order) == date(2026, 12, 16)
    order.fulfilled_at = None
    assert returns_until(order=order) is None
