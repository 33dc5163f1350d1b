"""Goods without the right to withdraw: said before the sale, and again wherever returns are spoken of."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from drops.catalog.models import Product
from drops.catalog.return_rules import ReturnRule
from drops.returns.models import Return, ReturnState
from drops.sales.access import order_access
from drops.sales.models import Order
from tests.factories import make_extra
from tests.storefront.programs import offers_of
from tests.storefront.stalls import Stall, form_of, hand_over, pay_for, tags_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)

SAGE = {"sku": "RM-SAGE"}
MADE_FOR_YOU = "It is made for you, so it can only go back if something is wrong with it."


@pytest.fixture
def order(stall: Stall, client: Client) -> Order:
    """Return an order of a mug that was made for Lena, with a care kit that was not."""
    set_rule(ReturnRule.MADE_FOR_BUYER)
    kit = make_extra(creator=stall.creator, kind="extra", title="Care kit", price_minor=900)
    held = client.post(stall.url, form_of(client.get(stall.url, SAGE | {"extra": kit.ref}), "hold"))
    assert f"{MADE_FOR_YOU} What you add to it can go back within 14 days" in text_of(client.get(held["Location"]))
    order = pay_for(client, held["Location"])
    hand_over()
    return order


def set_rule(rule: ReturnRule) -> None:
    Product.objects.update(return_rule=rule)


def confirm(client: Client, page: str, summary: Any) -> None:
    hidden = {a["name"]: a["value"] for tag, a in tags_of(summary) if tag == "input" and a.get("type") == "hidden"}
    client.post(page, hidden | {"do": "confirm"})


def page_of(order: Order) -> str:
    return f"/orders/{order.ref}/{order_access(order.ref)}/"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (ReturnRule.ANY_REASON, "You can return it within 14 days of receiving it."),
        (ReturnRule.SEALED, "You can return it within 14 days of receiving it, as long as its seal is unbroken."),
        (ReturnRule.MADE_FOR_BUYER, MADE_FOR_YOU),
    ],
)
def test_the_product_page_says_with_the_price_what_may_go_back(
    client: Client, stall: Stall, rule: ReturnRule, words: str
) -> None:
    set_rule(rule)

    assert words in text_of(client.get(stall.url, SAGE))


def test_programs_read_that_what_is_made_for_its_buyer_cannot_be_sent_back(client: Client, stall: Stall) -> None:
    set_rule(ReturnRule.MADE_FOR_BUYER)

    assert offers_of(client.get(stall.url))["RM-SAGE"]["hasMerchantReturnPolicy"] == {
        "@type": "MerchantReturnPolicy",
        "applicableCountry": ["PT"],
        "returnPolicyCategory": "https://schema.org/MerchantReturnNotPermitted",
    }


def test_the_orders_page_says_what_of_it_may_go_back(client: Client, order: Order) -> None:
    words = text_of(client.get(page_of(order)))

    assert f"{MADE_FOR_YOU} You can ask the shop. You can send what you added back until" in words


def test_what_was_added_is_withdrawn_from_and_the_mug_is_asked_for(client: Client, order: Order) -> None:
    page = page_of(order) + "return/"
    assert "Ring mug · Sage Made for you, so this is asked of the shop." in text_of(client.get(page))

    both = client.post(page, {"units-0": "1", "units-1": "1", "reason": "unsaid", "do": "look"})
    assert "Please send them back one by one." in text_of(both)
    assert [a["value"] for tag, a in tags_of(both) if tag == "option" and "selected" in a] == ["1", "1"]

    asked = client.post(page, {"units-0": "1", "units-1": "0", "reason": "unsaid", "do": "look"})
    assert "Please choose why." in text_of(asked)

    asked = client.post(page, {"units-0": "1", "units-1": "0", "reason": "damaged", "do": "look"})
    assert "Ask the shop?" in text_of(asked)
    confirm(client, page, asked)
    kit = client.post(page, {"units-1": "1", "reason": "unsaid", "do": "look"})
    assert "Withdraw from this?" in text_of(kit)
    confirm(client, page, kit)

    assert [(*one.what, one.state) for one in Return.objects.order_by("pk")] == [
        ("1 × Ring mug · Sage", ReturnState.REQUESTED),
        ("1 × Care kit", ReturnState.APPROVED),
    ]


def test_whoever_withdraws_without_the_link_withdraws_from_what_they_may(
    client: Client, order: Order, worker_at_hand: None
) -> None:
    client.post("/withdraw/", {"number": order.ref, "email": "lena@example.org", "name": "", "do": "confirm"})

    returned = Return.objects.get()
    assert (returned.what, returned.is_withdrawal) == (["1 × Care kit"], True)
