"""
What search engines read of a page: schema.org data, with the price, postage and returns that people are told.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from creatorshop.storefront import wording
from creatorshop.storefront.shipping import shipping_of
from drops.catalog.models import Photo
from drops.clock import database_now
from drops.money import decimal_from_minor
from drops.sales.delivery import Destination
from drops.sales.quotes import delivery_choices
from drops.schedule.models import DropState
from fulfillment.models import Rate
from fulfillment.zones import make_rate, make_zone
from tests.factories import make_drop_sku, make_hold, make_payment, make_product, make_sku
from tests.storefront.programs import SHOP, G, feed_of, meta, offers_of, structured
from tests.storefront.stalls import Stall, form_of, make_stall

pytestmark = pytest.mark.django_db


def photos_of(stall: Stall) -> list[Photo]:
    return list(stall.product.photos.order_by("position"))


def told_price(details: dict[str, Any]) -> str:
    return f"{details['shippingRate']['value']} {details['shippingRate']['currency']}"


def told_countries(details: dict[str, Any]) -> list[str]:
    return [region["addressCountry"] for region in details["shippingDestination"]]


def told_days(details: dict[str, Any]) -> tuple[int, int]:
    assert details["deliveryTime"]["handlingTime"]["maxValue"] == 0
    transit = details["deliveryTime"]["transitTime"]
    return transit["minValue"], transit["maxValue"]


@pytest.fixture(autouse=True)
def shop_url(settings: Any) -> None:
    settings.SHOP_URL = SHOP


def test_each_sku_has_its_offer_with_price_postage_and_returns(client: Client) -> None:
    stall = make_stall()
    zone = make_zone(creator=stall.creator, name="Neighbours", countries=["ES", "FR"])
    make_rate(zone=zone, price_minor=980, transit_days=(3, 6))
    make_rate(zone=zone, name="Express", price_minor=2000, transit_days=(1, 1))
    closes = stall.drop.closes_at

    response = client.get(stall.url)

    group, crumbs = structured(response)
    seller = {"@type": "Organization", "name": "Kiln & Tide", "url": f"{SHOP}/kiln-and-tide/"}
    sage_photo, terracotta_photo = (f"{SHOP}{photo.rendition_url(1280, 'jpg')}" for photo in photos_of(stall))
    terracotta = group["hasVariant"].pop()
    [sage] = group.pop("hasVariant")
    assert group == {
        "@context": "https://schema.org",
        "@type": "ProductGroup",
        "name": "Ring mug",
        "description": "Thrown by hand. Safe in the dishwasher.",
        "brand": {"@type": "Brand", "name": "Kiln & Tide"},
        "image": [sage_photo, terracotta_photo],
        "url": f"{SHOP}{stall.url}",
        "productGroupID": "ring-mug",
        "variesBy": ["Glaze"],
    }
    details = sage["offers"].pop("shippingDetails")
    assert sage == {
        "@type": "Product",
        "name": "Ring mug · Sage",
        "description": "Thrown by hand. Safe in the dishwasher.",
        "image": sage_photo,
        "sku": "RM-SAGE",
        "additionalProperty": [{"@type": "PropertyValue", "name": "Glaze", "value": "Sage"}],
        "offers": {
            "@type": "Offer",
            "url": f"{SHOP}{stall.url}?sku=RM-SAGE",
            "price": "39.14",
            "priceCurrency": "EUR",
            "availability": "https://schema.org/LimitedAvailability",
            "availabilityStarts": wording.iso(stall.drop.opens_at),
            "availabilityEnds": wording.iso(closes),
            "priceValidUntil": f"{closes.astimezone(stall.drop.zone):%Y-%m-%d}",
            "itemCondition": "https://schema.org/NewCondition",
            "seller": seller,
            "hasMerchantReturnPolicy": {
                "@type": "MerchantReturnPolicy",
                "applicableCountry": ["ES", "FR", "PT"],
                "returnPolicyCategory": "https://schema.org/MerchantReturnFiniteReturnWindow",
                "merchantReturnDays": 14,
            },
        },
    }
    assert [(told_price(one), told_countries(one)) for one in details] == [
        ("4.50 EUR", ["PT"]),
        ("9.80 EUR", ["ES", "FR"]),
        ("20.00 EUR", ["ES", "FR"]),
    ]
    assert terracotta["image"] == terracotta_photo
    assert [step["name"] for step in crumbs["itemListElement"]] == ["Kiln & Tide", "Ring mug"]
    assert [step["item"] for step in crumbs["itemListElement"]] == [f"{SHOP}/kiln-and-tide/", f"{SHOP}{stall.url}"]


@pytest.mark.parametrize("country", ["PT", "ES", "FR", "DE"])
def test_postage_to_every_country_is_the_one_that_a_quote_offers(client: Client, country: str) -> None:
    """Countries are asked about zone by zone; overlapping zones and part of a country must not be mixed up."""
    stall = make_stall()
    both = make_zone(creator=stall.creator, name="Neighbours", countries=["ES", "FR", "PT"])
    make_rate(zone=both, name="Express", price_minor=2000, transit_days=(1, 1))
    make_rate(
        zone=make_zone(creator=stall.creator, name="Paris", countries=["FR"], postcode_prefixes=["75"]), price_minor=1
    )
    make_rate(zone=make_zone(creator=stall.creator, name="Spain", countries=["ES"]), price_minor=700)
    today = database_now().astimezone(stall.drop.zone).date()

    details = offers_of(client.get(stall.url))["RM-SAGE"]["shippingDetails"]

    asked = delivery_choices(drop=stall.drop, sku_code="RM-SAGE", quantity=1, destination=Destination(country)).options
    assert sorted((told_price(one), told_days(one)) for one in details if country in told_countries(one)) == sorted(
        (
            f"{decimal_from_minor(option.price_minor, 'EUR')} EUR",
            ((option.earliest_date - today).days, (option.latest_date - today).days),
        )
        for option in asked
    )


def test_postage_does_not_depend_on_where_the_last_units_lie(client: Client) -> None:
    stall = make_stall(units=1)
    make_hold(drop_sku=stall.sage_in_drop, method="parcel", option=Rate.objects.get().key)

    assert len(offers_of(client.get(stall.url))["RM-SAGE"]["shippingDetails"]) == 1


def test_postage_is_asked_for_once_a_minute(client: Client, django_assert_num_queries: Any) -> None:
    stall = make_stall()
    now = database_now()
    given = {"creator": stall.creator, "drop": stall.drop, "now": now}
    first = shipping_of(sku=stall.sage, **given)

    with django_assert_num_queries(0):
        assert shipping_of(sku=stall.terracotta, **given) == first


def test_a_product_of_one_kind_is_no_group(client: Client) -> None:
    stall = make_stall()
    bowl = make_product(capsule=stall.capsule, handle="bowl", title="Bowl", option_names=["Title"], benefits=[])
    sku = make_sku(product=bowl, code="B-1", option_values=["Default Title"], barcode="4006381333931")
    make_drop_sku(drop=stall.drop, sku=sku)

    told, _ = structured(client.get("/kiln-and-tide/p/bowl/"))

    assert (told["@type"], told["name"], told["sku"], told["gtin"]) == ("Product", "Bowl", "B-1", "4006381333931")
    assert told["description"] == "Bowl"
    assert told["offers"]["url"] == told["url"] == f"{SHOP}/kiln-and-tide/p/bowl/"
    assert {"hasVariant", "variesBy", "productGroupID", "additionalProperty"}.isdisjoint(told)


@pytest.mark.parametrize("barcode", ["", "4006381333932", "12345", "400638133393١", "ISBN 978-0"])
def test_what_is_no_trade_number_is_not_told_as_one(client: Client, barcode: str) -> None:
    stall = make_stall()
    stall.sage.barcode = barcode
    stall.sage.save()

    assert "gtin" not in structured(client.get(stall.url))[0]["hasVariant"][0]
    item = feed_of(client)["RM-SAGE"]
    assert (item.findtext(f"{G}gtin"), item.findtext(f"{G}identifier_exists")) == (None, "no")


def test_options_that_have_a_name_everywhere_are_told_by_it(client: Client) -> None:
    stall = make_stall()
    stall.product.option_names = ["Colour", "Length"]
    stall.product.save()
    stall.sage.option_values = ["Sage", "20 cm"]
    stall.sage.save()

    group = structured(client.get(stall.url))[0]

    assert group["variesBy"] == ["https://schema.org/color", "Length"]
    assert group["hasVariant"][0]["color"] == "Sage"
    assert group["hasVariant"][0]["additionalProperty"] == [
        {"@type": "PropertyValue", "name": "Length", "value": "20 cm"}
    ]


def test_a_product_without_skus_is_not_told_as_one(client: Client) -> None:
    stall = make_stall()
    make_product(capsule=stall.capsule, handle="idea", title="An idea")

    [crumbs] = structured(client.get("/kiln-and-tide/p/idea/"))

    assert crumbs["@type"] == "BreadcrumbList"


def test_without_a_drop_there_is_a_price_but_no_sale(client: Client) -> None:
    stall = make_stall(state=DropState.DRAFT)

    offer = offers_of(client.get(stall.url))["RM-SAGE"]

    assert (offer["price"], offer["availability"]) == ("39.14", "https://schema.org/OutOfStock")
    assert {"availabilityStarts", "availabilityEnds", "priceValidUntil", "shippingDetails"}.isdisjoint(offer)
    assert "Batch 07" not in meta(client.get(stall.url))["description"]


def test_the_first_page_and_a_shop_say_who_they_are(client: Client) -> None:
    make_stall()

    assert structured(client.get("/")) == [
        {"@context": "https://schema.org", "@type": "WebSite", "name": "Creatorshop", "url": f"{SHOP}/"}
    ]
    assert structured(client.get("/kiln-and-tide/")) == [
        {
            "@context": "https://schema.org",
            "@type": "Organization",
            "name": "Kiln & Tide",
            "url": f"{SHOP}/kiln-and-tide/",
            "description": "Stoneware from a small kiln.",
        }
    ]


def test_a_story_is_told_without_its_markup(client: Client) -> None:
    stall = make_stall()
    stall.product.body_html = "<p>Wide &amp; flat,\n<em>dipped</em> twice</p><ul><li>26 cm</li><li>980 g.</li></ul>\x0b"
    stall.product.save()

    told = "Thrown by hand. Safe in the dishwasher. Wide & flat, dipped twice. 26 cm. 980 g."
    assert structured(client.get(stall.url))[0]["description"] == told
    assert feed_of(client)["RM-SAGE"].findtext("description") == told


def test_availability_is_a_state_and_never_a_number(client: Client) -> None:
    stall = make_stall(units=1)

    def told() -> tuple[str, str, str | None]:
        page = client.get(stall.url, {"sku": "RM-SAGE"})
        item = feed_of(client).get("RM-SAGE")
        schema = offers_of(page)["RM-SAGE"]["availability"].rpartition("/")[2]
        return schema, meta(page)["product:availability"], item.findtext(f"{G}availability") if item else None

    def move(**fields: Any) -> None:
        for name, value in fields.items():
            setattr(stall.drop, name, value)
        stall.drop.save()

    assert told() == ("LimitedAvailability", "in stock", "in_stock")
    hold = make_hold(drop_sku=stall.sage_in_drop, method="parcel", option=Rate.objects.get().key)
    assert told() == ("OutOfStock", "in stock", "out_of_stock")  # there is another glaze
    move(state=DropState.PAUSED)
    assert told() == ("OutOfStock", "out of stock", "out_of_stock")
    now = database_now()
    move(state=DropState.SCHEDULED, opens_at=now + timedelta(days=1), closes_at=now + timedelta(days=2))
    assert told() == ("PreOrder", "preorder", "preorder")
    move(state=DropState.CLOSED, closed_at=now)
    assert told() == ("OutOfStock", "out of stock", None)
    move(state=DropState.OPEN, closed_at=None, opens_at=now - timedelta(days=1))
    payment = make_payment(hold=hold, provider="test")
    client.post(f"/pay/test/{payment.ref}/", {"decision": "approve"})
    client.get(f"/checkout/{hold.ref}/", {"back": "1"})
    assert told() == ("SoldOut", "in stock", "out_of_stock")


def test_a_hostile_title_stays_inside_its_data(client: Client) -> None:
    stall = make_stall()
    stall.product.title = "</script><script>alert(1)</script><!--"
    stall.product.save()

    response = client.get(stall.url)

    assert structured(response)[0]["name"] == stall.product.title
    assert b"<script>alert" not in response.content


def test_a_code_with_any_letters_still_leads_to_its_variant(client: Client) -> None:
    stall = make_stall()
    stall.sage.code = "Ring mug & saucer #1/é " + "x" * 50
    stall.sage.save()

    page = client.get(stall.url)
    told, *_ = offers_of(page).items()
    item, *_ = feed_of(client).items()

    assert form_of(client.get(told[1]["url"].removeprefix(SHOP)), "hold")["sku"] == stall.sage.code
    assert item[1].findtext("link") == told[1]["url"]
    assert item[0] == told[0] == meta(page)["product:retailer_item_id"]
    assert len(told[0]) == 50  # the most that marketplaces take
