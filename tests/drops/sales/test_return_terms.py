"""What the terms of a sale say of returns, by what is sold and what is sold with it."""

import pytest

from drops.sales import pricing
from drops.sales.return_terms import has_right
from tests.drops.sales.prices import price

CARD = pricing.ExtraItem("card", "extra", "Card", 150, 1)
WRAP = pricing.ExtraItem("wrap", "packaging", "Gift wrap", 400, 1)


def agreed(**given):
    terms = price(**given)
    return {key: terms[key] for key in ("return_days", "return_rule") if key in terms}


def test_most_goods_may_be_sent_back_within_fourteen_days():
    assert agreed() == {"return_days": 14}


@pytest.mark.parametrize(
    ("rule", "extras", "days"),
    [
        ("sealed", [], 14),
        ("made_for_buyer", [], 0),
        ("made_for_buyer", [WRAP], 0),  # which nobody sends back
        ("made_for_buyer", [CARD], 14),  # which keeps its own right
    ],
)
def test_an_exception_is_part_of_the_terms(rule, extras, days):
    assert agreed(return_rule=rule, extras=extras) == {"return_days": days, "return_rule": rule}


def test_what_comes_with_goods_that_were_made_for_the_buyer_keeps_its_right():
    terms = price(return_rule="made_for_buyer", extras=[CARD])

    assert [has_right(terms=terms, kind=kind) for kind in ("goods", "extra")] == [False, True]
