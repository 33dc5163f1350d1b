"""
Cutting an amount: nothing lost, nothing invented, nobody favoured by chance.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drops.ledger.splits import split


def test_three_equal_parts_of_an_euro_sum_to_the_euro_and_the_first_gets_the_cent():
    assert split(100, [3333, 3333, 3334]) == [33, 33, 34]
    assert split(100, [1, 1, 1]) == [34, 33, 33]


def test_a_refund_is_cut_as_the_sale_was():
    assert split(-100, [1, 1, 1]) == [-34, -33, -33]


@pytest.mark.parametrize("weights", [[], [0, 0], [5, -1]])
def test_weights_that_say_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        split(100, weights)


@given(
    amount=st.integers(-(10**12), 10**12),
    weights=st.lists(st.integers(0, 10_000), min_size=1, max_size=12).filter(sum),
)
def test_parts_sum_to_the_amount_and_each_is_off_by_less_than_one_unit(amount, weights):
    parts = split(amount, weights)

    assert sum(parts) == amount
    assert all(
        abs(part * sum(weights) - amount * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True)
    )
