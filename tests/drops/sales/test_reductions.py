"""A price is called reduced only from what was asked of people in the 30 days before (Directive 98/6/EC, art. 6a)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drops.sales.reductions import Reduction, Step, Window, lowest_before, reduction_of, reductions_of
from tests.clock import advance, stopped_clock
from tests.factories import NOON, make_drop, make_drop_sku

DAY = timedelta(days=1)


def day(number):
    return NOON + number * DAY


def told(prices, windows, *, on):
    """Return what may be struck through on a day, from prices and windows given in days."""
    steps = [Step(day(at), price_minor) for at, price_minor in prices]
    asked = [Window(day(starts), day(ends)) for starts, ends in windows]
    found = reduction_of(steps=steps, windows=asked, now=day(on))
    return found and (found.since, found.lowest_before_minor)


LONG_AGO = -60


def test_a_price_that_was_higher_while_people_could_buy_is_reduced_from_that():
    assert told([(LONG_AGO, 3800), (2, 3400)], [(0, 9)], on=3) == (day(2), 3800)


def test_a_price_that_never_changed_is_not_reduced():
    assert told([(LONG_AGO, 3800)], [(0, 9)], on=3) is None


def test_a_price_that_rose_is_not_reduced():
    assert told([(LONG_AGO, 3400), (2, 3800)], [(0, 9)], on=3) is None


def test_a_price_that_was_raised_only_to_be_cut_is_not_reduced():
    assert told([(LONG_AGO, 3800), (2, 9900), (3, 3800)], [(0, 9)], on=4) is None


def test_of_several_prices_the_lowest_counts():
    assert told([(LONG_AGO, 4200), (2, 3600), (4, 3800), (6, 3400)], [(0, 9)], on=7) == (day(6), 3600)


def test_a_price_that_nobody_could_buy_at_does_not_count():
    assert told([(LONG_AGO, 9900), (5, 3400)], [(6, 9)], on=7) is None


def test_a_low_price_that_nobody_could_buy_at_does_not_count_either():
    assert told([(LONG_AGO, 3800), (5, 100), (6, 3400)], [(0, 4), (7, 9)], on=8) == (day(7), 3800)


def test_a_price_that_was_asked_for_minutes_does_not_count():
    hour = 1 / 24
    assert told([(LONG_AGO, 9900), (5, 3400)], [(5 - 0.9 * hour, 9)], on=7) is None
    assert told([(LONG_AGO, 9900), (5, 3400)], [(5 - hour, 9)], on=7) == (day(5), 9900)


def test_what_is_new_has_no_price_of_30_days_before():
    assert told([(0, 3800), (29, 3400)], [(0, 60)], on=31) is None
    assert told([(0, 3800), (30, 3400)], [(0, 60)], on=31) == (day(30), 3800)


def test_what_was_asked_more_than_30_days_before_does_not_count():
    assert told([(LONG_AGO, 3800), (30, 3400)], [(0, 1), (40, 50)], on=41) is None
    assert told([(LONG_AGO, 3800), (30, 3400)], [(0, 12), (40, 50)], on=41) == (day(40), 3800)


def test_a_reduction_begins_when_somebody_can_buy_at_it():
    assert told([(LONG_AGO, 3800), (5, 3400)], [(0, 4), (10, 20)], on=9) is None
    assert told([(LONG_AGO, 3800), (5, 3400)], [(0, 4), (10, 20)], on=11) == (day(10), 3800)


def test_after_30_days_it_is_simply_the_price():
    prices, windows = [(LONG_AGO, 3800), (2, 3400)], [(0, 90)]

    assert told(prices, windows, on=32) == (day(2), 3800)
    assert told(prices, windows, on=33) is None


PRICES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 9)), min_size=1, max_size=6, unique_by=lambda one: one[0]
)
WINDOWS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=4)


@given(prices=PRICES, windows=WINDOWS, on=st.integers(0, 70))
def test_whatever_is_told_somebody_could_have_bought_at_and_nothing_was_cheaper(prices, windows, on):
    prices = sorted(prices)
    windows = [(starts, starts + lasts) for starts, lasts in windows]

    found = told(prices, windows, on=on)

    if found is None:
        return
    since, lowest = found
    now_minor = [price for at, price in prices if at <= on][-1]
    asked = {}
    for number in range(-60, 80):  # noon of each day's morning: whatever lasts has one in it
        moment = day(number) + DAY / 2
        if since - 30 * DAY <= moment < since and any(day(a) <= moment < day(b) for a, b in windows):
            asked[moment] = [price for at, price in prices if day(at) <= moment][-1:]
    paid = [price for [price] in (prices for prices in asked.values() if prices)]
    assert lowest == min(paid)
    assert now_minor < lowest


def test_of_several_prices_the_least_is_struck_through_only_if_all_that_cost_it_are_reduced():
    big, small = Reduction(NOON, 4200), Reduction(NOON, 3900)

    assert lowest_before([(3400, big), (3800, None)]) == 4200
    assert lowest_before([(3400, big), (3400, small)]) == 3900
    assert lowest_before([(3400, big), (3400, None)]) is None
    assert lowest_before([]) is None


@pytest.mark.django_db
def test_a_reduction_is_read_from_the_rows_and_told_only_where_the_creator_wants_it(django_assert_num_queries):
    with stopped_clock(NOON):
        drop_sku = make_drop_sku(drop=make_drop(opens_at=NOON + 28 * DAY, closes_at=NOON + 35 * DAY))
        sku = drop_sku.sku
        advance(30 * DAY)
        sku.price_minor = 3400
        sku.save(update_fields=["price_minor"])

        with django_assert_num_queries(0):
            assert reductions_of(skus=[sku], currency="EUR", now=day(31)) == {}
        sku.announces_reduction = True
        with django_assert_num_queries(2):
            assert reductions_of(skus=[sku], currency="EUR", now=day(31)) == {sku.pk: Reduction(day(30), 3800)}
        assert reductions_of(skus=[sku], currency="USD", now=day(31)) == {}


@pytest.mark.django_db
def test_a_drop_that_was_only_planned_asked_nobody():
    with stopped_clock(NOON):
        drop_sku = make_drop_sku(drop=make_drop(state="draft", opens_at=NOON, closes_at=NOON + 35 * DAY))
        sku = drop_sku.sku
        sku.announces_reduction = True
        advance(30 * DAY)
        sku.price_minor = 3400
        sku.save()

        assert reductions_of(skus=[sku], currency="EUR", now=day(31)) == {}
