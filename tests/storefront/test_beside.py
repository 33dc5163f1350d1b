"""
What a creator offers beside the goods, from the product page to the order, without a line of JavaScript.
"""

from __future__ import annotations

import pytest
from django.test import Client

from drops.catalog.extras import Extra
from drops.catalog.models import Sku
from drops.sales.models import Order, Payment, Quote
from drops.stock.models import Hold
from tests.factories import make_extra, make_photo
from tests.storefront.stalls import Stall, form_of, tags_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)
SAGE = {"sku": "RM-SAGE"}


@pytest.fixture
def wrap(stall: Stall) -> Extra:
    return make_extra(creator=stall.creator, blurb="In linen cloth.")


@pytest.fixture
def kit(stall: Stall) -> Extra:
    return make_extra(creator=stall.creator, kind="extra", title="Care kit", price_minor=900, position=1)


def _ticked(client: Client, stall: Stall, **query: str) -> list[str]:
    inputs = [
        attributes
        for tag, attributes in tags_of(client.get(stall.url, SAGE | query))
        if tag == "input" and attributes.get("name") in ("packaging", "extra") and attributes["type"] != "hidden"
    ]
    assert inputs
    return [attributes["value"] for attributes in inputs if "checked" in attributes]


def test_nothing_is_ticked_but_what_costs_nothing_and_each_price_is_in_its_label(
    client: Client, stall: Stall, wrap: Extra, kit: Extra
) -> None:
    words = text_of(client.get(stall.url, SAGE))

    assert "As it is Packed safely, without anything more. free" in words
    assert "Gift wrap In linen cloth. + €4.12" in words
    assert "Care kit + €9.27" in words
    assert "Each amount is what the total rises by, tax and fees included." in words
    assert "Total €39.14" in words
    assert _ticked(client, stall) == [""]


def test_a_choice_is_priced_held_charged_and_on_the_order(
    client: Client, stall: Stall, wrap: Extra, kit: Extra
) -> None:
    chosen = SAGE | {"packaging": wrap.ref}
    page = client.get(stall.url, chosen)
    assert "Gift wrap €4.00" in text_of(page) and "Total €43.26" in text_of(page)
    assert _ticked(client, stall, packaging=wrap.ref) == [wrap.ref]

    held = client.post(stall.url, form_of(page, "hold"))
    sheet = text_of(client.get(held["Location"]))
    assert "Gift wrap €4.00" in sheet and "Pay €43.26" in sheet

    client.post(held["Location"], {"do": "pay", "name": "Lena Vogt", "email": "lena@example.org"})
    client.post(f"/pay/test/{Payment.objects.get().ref}/", {"decision": "approve"})
    order_page = client.get(client.get(held["Location"], {"back": "1"})["Location"])

    assert "Gift wrap €4.00" in text_of(order_page) and "Paid €43.26" in text_of(order_page)
    order = Order.objects.get()
    assert [(line.title, line.extra) for line in order.lines.order_by("pk")] == [
        ("Ring mug · Sage", None),
        ("Gift wrap", wrap),
    ]


def test_a_choice_that_went_away_is_said_and_nothing_is_held(client: Client, stall: Stall, wrap: Extra) -> None:
    form = form_of(client.get(stall.url, SAGE | {"packaging": wrap.ref}), "hold")
    Extra.objects.update(is_active=False)

    answer = client.post(stall.url, form)

    assert answer.status_code == 409
    assert "Something you chose beside it is not offered any more." in text_of(answer)
    assert "Total €39.14" in text_of(answer) and "Gift wrap" not in text_of(answer)
    assert (Quote.objects.count(), Hold.objects.count()) == (0, 0)


def test_an_address_with_choices_of_somewhere_else_shows_the_price_without_them(client: Client, stall: Stall) -> None:
    words = text_of(client.get(stall.url, SAGE | {"extra": "no-such", "packaging": "neither"}))

    assert "Total €39.14" in words and "Beside it" not in words


def test_a_choice_stays_when_another_variant_is_looked_at(client: Client, stall: Stall, wrap: Extra) -> None:
    links = [
        attributes["href"]
        for tag, attributes in tags_of(client.get(stall.url, SAGE | {"packaging": wrap.ref}))
        if tag == "a" and "RM-TERRA" in attributes.get("href", "")
    ]

    assert links and all(f"extra={wrap.ref}" in link for link in links)
    assert "Total €43.26" in text_of(client.get(stall.url + links[0].removeprefix(stall.url)))


def test_more_offers_cost_no_more_queries(
    client: Client, stall: Stall, wrap: Extra, django_assert_num_queries: object
) -> None:
    make_photo(product=stall.product, position=2)
    assert Sku.objects.count() == 2
    client.get(stall.url, SAGE)

    with django_assert_num_queries(20) as few:  # type: ignore[operator]
        client.get(stall.url, SAGE)
    for number in range(5):
        make_extra(creator=stall.creator, kind="extra", title=f"Card {number}")
    with django_assert_num_queries(len(few)):  # type: ignore[operator]
        client.get(stall.url, SAGE)
