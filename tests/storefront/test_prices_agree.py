"""
One price wherever one is named: the card, the head, structured data, the feed, the poster, the API, and what a quote asks for.
"""

from typing import Any

import pytest
from django.test import Client

from creatorshop.storefront.queries import counts_by_sku
from creatorshop.storefront.subjects import subject_of
from drops.catalog.queries import product_of_handle
from drops.clock import database_now
from drops.money import decimal_from_minor, format_minor
from drops.sales import quotes
from drops.sales.card_prices import card_prices
from drops.sales.delivery import Destination
from fulfillment.models import Rate, Zone
from tests.factories import make_shopper
from tests.storefront.programs import G, feed_of, meta, offers_of
from tests.storefront.stalls import make_stall, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("currency", "price_minor", "fee_bp", "fee_fixed_minor", "told", "read"),
    [
        ("EUR", 3800, 300, 0, "39.14", "€39.14"),
        ("EUR", 1999, 275, 35, "20.89", "€20.89"),  # 54.97 cents of fee, rounded once
        ("EUR", 1500, 0, 0, "15.00", "€15.00"),
        ("JPY", 1500, 310, 0, "1547", "¥1,547"),
        ("TND", 12_345, 300, 5, "12.720", "TND12.720"),
    ],
)
def test_every_place_that_names_a_price_names_what_a_quote_asks_for(
    client: Client,
    currency: str,
    price_minor: int,
    fee_bp: int,
    fee_fixed_minor: int,
    told: str,
    read: str,
) -> None:
    stall = make_stall()
    fees = {"service_fee_bp": fee_bp, "service_fee_fixed_minor": fee_fixed_minor}
    for name, value in ({"currency": currency} | fees).items():
        setattr(stall.creator, name, value)
    stall.creator.save()
    stall.product.skus.update(price_minor=price_minor)
    quote = quotes.make_quote(
        shopper=make_shopper(creator=stall.creator),
        drop=stall.drop,
        sku_code="RM-SAGE",
        quantity=1,
        destination=Destination("PT"),
        method="parcel",
        option=Rate.objects.get().key,
    )
    lines = {line["kind"]: line["amount_minor"] for line in quote.terms["lines"]}

    page = client.get(stall.url)

    before_delivery = quote.total_minor - lines["delivery"]
    assert before_delivery == lines["goods"] + lines["service_fee"]
    assert str(decimal_from_minor(before_delivery, currency)) == told
    assert format_minor(before_delivery, currency) == read
    assert (meta(page)["product:price:amount"], meta(page)["product:price:currency"]) == (told, currency)
    assert meta(page)["twitter:data1"] == read
    assert f"{read} before delivery" in text_of(page)
    assert f"Ring mug {read} 6 of 6 left" in text_of(client.get("/kiln-and-tide/"))
    assert {sku: offer["price"] for sku, offer in offers_of(page).items()} == {"RM-SAGE": told, "RM-TERRA": told}
    assert {offer["priceCurrency"] for offer in offers_of(page).values()} == {currency}
    assert {sku: item.findtext(f"{G}price") for sku, item in feed_of(client).items()} == {
        "RM-SAGE": f"{told} {currency}",
        "RM-TERRA": f"{told} {currency}",
    }
    assert _on_the_poster(stall) == read
    assert _in_the_api(client, stall)["amount_minor"] == before_delivery


def test_where_variants_differ_each_has_its_own_and_all_together_say_from(client: Client) -> None:
    stall = make_stall()
    stall.terracotta.price_minor = 2000
    stall.terracotta.save()

    page = client.get(stall.url)

    assert {sku: offer["price"] for sku, offer in offers_of(page).items()} == {"RM-SAGE": "39.14", "RM-TERRA": "20.60"}
    assert meta(page)["product:price:amount"] == "20.60"
    assert meta(page)["twitter:data1"] == _on_the_poster(stall) == "from €20.60"
    assert "Ring mug from €20.60" in text_of(client.get("/kiln-and-tide/"))


def _on_the_poster(stall: Any) -> str:
    product = product_of_handle(creator=stall.creator, handle="ring-mug")
    sold = counts_by_sku(drop=stall.drop).keys()
    prices = card_prices(creator=product.creator, drop=stall.drop, classes=["standard"], now=database_now())
    subject = subject_of(thing=product, creator=product.creator, products=[product], sold=sold, prices=prices)
    assert subject is not None
    return subject.words.price


def _in_the_api(client: Client, stall: Any) -> dict[str, Any]:
    skus = client.get(f"/api/v1/drops/{stall.drop.ref}").json()["skus"]
    [price] = [sku["price_from"] for sku in skus if sku["sku"] == "RM-SAGE"]
    return dict(price)


@pytest.mark.parametrize(
    ("country", "told", "read", "adds_tax"),
    [
        # 38.00 and a fee of 1.14 with 23 % on top: shown with it, as the law of the Union wants.
        ("PT", "48.14", "€48.14", False),
        # The same without a word about tax would be wrong: it is added by destination, and every place says so.
        ("US", "39.14", "€39.14", True),
    ],
)
def test_prices_that_are_given_without_tax_are_shown_as_the_country_wants(
    client: Client, country: str, told: str, read: str, adds_tax: bool
) -> None:
    stall = make_stall()
    stall.creator.country, stall.creator.prices_include_tax = country, False
    stall.creator.save()
    Zone.objects.update(countries=[country])
    Rate.objects.update(price_minor=0)
    quote = quotes.make_quote(
        shopper=make_shopper(creator=stall.creator),
        drop=stall.drop,
        sku_code="RM-SAGE",
        quantity=1,
        destination=Destination(country),
        method="parcel",
        option=Rate.objects.get().key,
    )

    page = client.get(stall.url)

    tax_minor = quote.terms["shares"]["tax_minor"]
    assert quote.total_minor - (tax_minor if adds_tax else 0) == round(float(told) * 100)
    assert quote.terms["lines"][-1] | {"label": ""} == {
        "kind": "tax",
        "amount_minor": 900,
        "label": "",
        "name": "vat" if country == "PT" else "sales_tax",
        "rate_bp": 2300,
        "is_export": False,
        "country": country,
        "tax_class": "standard",
    }
    left_out = "before delivery and tax" if adds_tax else "before delivery"
    assert f"{read} {left_out}" in text_of(page)
    assert (f"{read} plus tax" in text_of(client.get("/kiln-and-tide/"))) == adds_tax
    assert meta(page)["product:price:amount"] == told
    assert {offer["price"] for offer in offers_of(page).values()} == {told}
    assert all(("priceSpecification" in offer) == adds_tax for offer in offers_of(page).values())
    assert feed_of(client)["RM-SAGE"].findtext(f"{G}price") == f"{told} EUR"
    assert _on_the_poster(stall) == read
    sku = client.get(f"/api/v1/drops/{stall.drop.ref}").json()["skus"][0]
    assert (sku["price_from"]["text"], sku["adds_tax"]) == (read, adds_tax)


def test_postage_of_prices_without_tax_is_shown_with_it_where_it_has_to_be(client: Client) -> None:
    """4.50 and 23 % are 5.54."""
    stall = make_stall()
    stall.creator.prices_include_tax = False
    stall.creator.save()

    choices = quotes.delivery_choices(drop=stall.drop, sku_code="RM-SAGE", quantity=1, destination=Destination("PT"))

    [option] = choices.options
    assert (option.price_minor, option.shown_minor) == (450, 554)
    assert "€5.54" in text_of(client.get(stall.url))
    assert feed_of(client)["RM-SAGE"].find(f"{G}shipping").findtext(f"{G}price") == "5.54 EUR"


def test_where_no_tax_is_known_the_page_says_why_and_sells_nothing(client: Client) -> None:
    stall = make_stall()
    stall.product.tax_class = "reduced"
    stall.product.save()

    page = text_of(client.get(stall.url))

    assert "We can't sell this in Portugal yet: its tax there is not known." in page
    assert "Hold it for" not in page
