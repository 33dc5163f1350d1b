"""Goods that the law leaves out of the right to withdraw, and what it leaves in."""

import pytest

from drops.catalog.return_rules import ReturnRule
from drops.returns.models import Return, ReturnState
from drops.returns.requesting import NotTogether, request_return, returnable
from tests.clock import stopped_clock
from tests.drops.returns.makers import SHOPPER, ask, make_order
from tests.factories import NOON

pytestmark = pytest.mark.django_db
MUGS, KIT = 0, 1


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


def ask_for(order, **quantities):
    rows = {"mugs": MUGS, "kit": KIT}
    return request_return(
        order_ref=order.ref,
        quantities={rows[name]: units for name, units in quantities.items()},
        reason="changed_mind",
        actor=SHOPPER,
    )


def test_what_was_made_for_its_buyer_is_asked_of_the_shop_from_the_first_day():
    order = make_order(rule=ReturnRule.MADE_FOR_BUYER)
    there = returnable(order_ref=order.ref)
    assert (there.is_withdrawal, there.without_asking) == (False, {})

    returned = ask(order, units=1, reason="damaged")

    assert (returned.state, returned.is_withdrawal) == (ReturnState.REQUESTED, False)


def test_sealed_goods_can_be_withdrawn_from_like_others():
    order = make_order(rule=ReturnRule.SEALED)

    returned = ask(order, units=2)

    assert (returned.state, returned.is_withdrawal) == (ReturnState.APPROVED, True)


def test_what_came_with_goods_that_were_made_for_the_buyer_can_be_withdrawn_from():
    order = make_order(rule=ReturnRule.MADE_FOR_BUYER, with_kit=True)
    assert returnable(order_ref=order.ref).without_asking == {KIT: 1}

    kit = ask_for(order, kit=1, mugs=0)
    mug = ask_for(order, mugs=1)

    assert [(one.state, one.is_withdrawal) for one in (kit, mug)] == [
        (ReturnState.APPROVED, True),
        (ReturnState.REQUESTED, False),
    ]


def test_both_at_once_are_refused_since_the_right_would_be_asked_away():
    order = make_order(rule=ReturnRule.MADE_FOR_BUYER, with_kit=True)

    with pytest.raises(NotTogether, match="What was made for you is asked of the shop, the rest is not."):
        ask_for(order, kit=1, mugs=1)

    assert not Return.objects.exists()


def test_once_the_days_are_over_both_are_asked_of_the_shop_at_once():
    order = make_order(rule=ReturnRule.MADE_FOR_BUYER, with_kit=True)

    with stopped_clock(NOON.replace(month=12, day=30)):
        assert ask_for(order, kit=1, mugs=2).state == ReturnState.REQUESTED


def test_what_is_sold_keeps_its_terms_when_the_product_gets_others():
    order = make_order()
    product = order.hold.drop_sku.sku.product
    product.return_rule = ReturnRule.MADE_FOR_BUYER
    product.save()

    assert ask(order).is_withdrawal
