"""
What programs read of a page: link previews, structured data, feeds and the fixed addresses. All of it says the same price.
"""

import json
import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from creatorshop.storefront import wording
from creatorshop.storefront.accents import accent_of
from drops.catalog.models import ProductState
from drops.clock import database_now
from drops.schedule.models import DropState
from fulfillment.models import Rate
from tests.factories import make_creator, make_drop_sku, make_hold, make_photo, make_product, make_sku
from tests.storefront.stalls import form_of, make_stall, tags_of, text_of

pytestmark = pytest.mark.django_db

SHOP = "http://127.0.0.1:8000"
G = "{http://base.google.com/ns/1.0}"
RETAILER_ID = "product:retailer_item_id"


def meta(response: Any) -> dict[str, str]:
    found = [attributes for tag, attributes in tags_of(response) if tag == "meta"]
    return {one.get("property") or one.get("name", ""): one.get("content", "") for one in found}


def structured(response: Any) -> list[dict[str, Any]]:
    blocks = re.findall(rb'<script type="application/ld\+json">(.*?)</script>', response.content, re.DOTALL)
    return [json.loads(block) for block in blocks]


@pytest.fixture(autouse=True)
def shop_url(settings: Any) -> None:
    settings.SHOP_URL = SHOP


def test_a_product_says_what_a_link_to_it_is_about(client: Client) -> None:
    stall = make_stall()
    window = f"Open until {wording.day_and_clock(stall.drop.closes_at, stall.drop.zone)} Lisbon time"
    cover = stall.product.photos.get(position=0)

    response = client.get(stall.url)

    assert {name: value for name, value in meta(response).items() if ":" in name} == {
        "og:site_name": "Kiln & Tide",
        "og:type": "product",
        "og:title": "Ring mug · Kiln & Tide",
        "og:description": f"Ring mug by Kiln & Tide. €39.14 before delivery. {window}.",
        "og:url": f"{SHOP}{stall.url}",
        "og:image": f"{SHOP}{cover.rendition_url(640, 'jpg')}",
        "og:image:type": "image/jpeg",
        "og:image:width": "640",
        "og:image:height": "800",
        "og:image:alt": "Sage green stoneware mug with carved rings.",
        "twitter:card": "summary_large_image",
        "twitter:label1": "Price",
        "twitter:data1": "€39.14",
        "twitter:label2": "Limited drop",
        "twitter:data2": window,
        "product:price:amount": "39.14",
        "product:price:currency": "EUR",
        "product:availability": "in stock",
        "product:condition": "new",
        "product:brand": "Kiln & Tide",
        "product:retailer_item_id": "RM-SAGE",
        "product:item_group_id": "ring-mug",
    }
    assert ("link", {"rel": "canonical", "href": f"{SHOP}{stall.url}"}) in tags_of(response)


@pytest.mark.parametrize(
    ("path", "title", "description"),
    [
        (
            "/",
            "Creatorshop · small studios, small drops",
            "Small studios, small drops. Photos first, the full price before you decide.",
        ),
        ("/kiln-and-tide/", "Kiln & Tide", "Stoneware from a small kiln."),
        ("/kiln-and-tide/c/batch-07/", "Batch 07 · Kiln & Tide", "Eleven rings, four glazes. {window}."),
    ],
)
def test_every_other_page_says_what_a_link_to_it_is_about(
    client: Client, path: str, title: str, description: str
) -> None:
    stall = make_stall()
    window = f"Open until {wording.day_and_clock(stall.drop.closes_at, stall.drop.zone)} Lisbon time"

    response = client.get(path)
    said = meta(response)

    assert (said["og:type"], said["og:title"], said["og:url"]) == ("website", title, f"{SHOP}{path}")
    assert said["og:description"] == said["description"] == description.format(window=window)
    links = [attributes for tag, attributes in tags_of(response) if tag == "link"]
    assert {"rel": "canonical", "href": f"{SHOP}{path}"} in links
    [discovery] = [link for link in links if link.get("type") == "application/json+oembed"]
    assert client.get(discovery["href"].removeprefix(SHOP)).json()["title"] == title


def test_all_of_it_is_within_the_32_kilobytes_that_some_chats_read(client: Client) -> None:
    stall = make_stall()
    for number in range(24):
        product = make_product(capsule=stall.capsule, handle=f"bowl-{number}")
        make_photo(product=product, placeholder=f"data:image/webp;base64,{'A' * 660}")
        make_drop_sku(drop=stall.drop, sku=make_sku(product=product))

    for path in ("/", "/kiln-and-tide/", "/kiln-and-tide/c/batch-07/", stall.url):
        body = client.get(path).content
        last = body.rindex(b'<meta property="')
        assert body.index(b">", last) < 8_000, path


def test_a_chat_that_shows_colours_is_given_the_creator_s_own(client: Client) -> None:
    stall = make_stall()
    plain = [attributes["content"] for _, attributes in tags_of(client.get(stall.url)) if "media" in attributes]
    stall.creator.accent = "#23346b"
    stall.creator.save(update_fields=["accent"])

    own = [attributes["content"] for _, attributes in tags_of(client.get(stall.url)) if "media" in attributes]

    assert plain == ["#f7f6f1", "#0c120f"]
    assert own == [accent_of("#23346b").light, accent_of("#23346b").dark]


def test_a_home_screen_gets_an_icon_that_it_can_draw(client: Client) -> None:
    stall = make_stall()
    stall.creator.avatar = "creators/kiln.jpg"
    stall.creator.save(update_fields=["avatar"])

    def icon(path: str) -> list[str]:
        return [a["href"] for tag, a in tags_of(client.get(path)) if tag == "link" and a["rel"] == "apple-touch-icon"]

    assert icon("/") == ["/static/storefront/touch-icon.png"]
    assert icon(stall.url) == ["/media/creators/kiln.jpg"]
    assert finders.find("storefront/touch-icon.png") is not None


@pytest.mark.parametrize("path", ["/", "/kiln-and-tide/", "/kiln-and-tide/c/batch-07/", "/kiln-and-tide/p/ring-mug/"])
def test_no_preview_carries_a_count_that_a_chat_would_keep(client: Client, path: str) -> None:
    make_stall(units=5)

    said = meta(client.get(path))

    words = " ".join([said["description"], *(value for name, value in said.items() if ":" in name)])
    assert not re.search(r"\b\d+ of \d+\b|\bleft\b|\btoday\b", words)


def test_all_variants_of_a_product_have_one_preview(client: Client) -> None:
    stall = make_stall()

    assert meta(client.get(stall.url)) == meta(client.get(stall.url, {"sku": "RM-TERRA", "quantity": "2"}))


def test_every_place_that_names_a_price_names_the_same(client: Client) -> None:
    stall = make_stall()

    page = client.get(stall.url)
    group = structured(page)[0]
    [item] = [
        item
        for item in ElementTree.fromstring(client.get("/kiln-and-tide/feed.xml").content).iter("item")
        if item.findtext(f"{G}id") == "RM-SAGE"
    ]

    sage = next(variant for variant in group["hasVariant"] if variant["sku"] == "RM-SAGE")
    assert sage["offers"]["price"] == "39.14"
    assert item.findtext(f"{G}price") == "39.14 EUR"
    assert meta(page)["product:price:amount"] == "39.14"
    assert "€39.14" in text_of(client.get("/kiln-and-tide/"))
    assert "Ring mug · Sage €38.00" in text_of(page)
    assert "Service fee €1.14" in text_of(page)  # 38.00 + 1.14: what the quote has before delivery


def test_structured_data_name_each_variant_with_its_offer_postage_and_returns(client: Client) -> None:
    stall = make_stall()

    group, crumbs = structured(client.get(stall.url))

    assert (group["@type"], group["productGroupID"]) == ("ProductGroup", "ring-mug")
    assert [variant["sku"] for variant in group["hasVariant"]] == ["RM-SAGE", "RM-TERRA"]
    offer = group["hasVariant"][0]["offers"]
    assert offer["availability"] == "https://schema.org/LimitedAvailability"
    assert offer["priceCurrency"] == "EUR"
    assert offer["url"] == f"{SHOP}{stall.url}?sku=RM-SAGE"
    assert offer["priceValidUntil"] == f"{stall.drop.closes_at.astimezone(stall.drop.zone):%Y-%m-%d}"
    assert offer["hasMerchantReturnPolicy"]["merchantReturnDays"] == 14
    [shipping] = offer["shippingDetails"]
    assert shipping["shippingRate"] == {"@type": "MonetaryAmount", "value": "4.50", "currency": "EUR"}
    assert {"@type": "DefinedRegion", "addressCountry": "PT"} in shipping["shippingDestination"]
    assert [step["name"] for step in crumbs["itemListElement"]] == ["Kiln & Tide", "Ring mug"]


def test_availability_is_a_state_and_never_a_number(client: Client) -> None:
    stall = make_stall(units=1)
    opens_later = {"opens_at": database_now() + timedelta(days=1), "closes_at": database_now() + timedelta(days=2)}

    def availability() -> set[str]:
        variants = structured(client.get(stall.url))[0]["hasVariant"]
        return {v["offers"]["availability"].rpartition("/")[2] for v in variants if v["sku"] == "RM-SAGE"}

    assert availability() == {"LimitedAvailability"}
    make_hold(drop_sku=stall.sage_in_drop, method="parcel", option=Rate.objects.get().key)
    assert availability() == {"OutOfStock"}
    for name, value in opens_later.items():
        setattr(stall.drop, name, value)
    stall.drop.state = DropState.SCHEDULED
    stall.drop.save()
    assert availability() == {"PreOrder"}
    stall.drop.state, stall.drop.closed_at = DropState.CLOSED, database_now()
    stall.drop.save()
    assert availability() == {"OutOfStock"}


def test_a_code_with_any_letters_still_leads_to_its_variant(client: Client) -> None:
    stall = make_stall()
    stall.sage.code = "Ring mug & saucer #1/é " + "x" * 50
    stall.sage.save()

    group = structured(client.get(stall.url))[0]
    items = ElementTree.fromstring(client.get("/kiln-and-tide/feed.xml").content).iter("item")

    offer = group["hasVariant"][0]["offers"]
    assert form_of(client.get(offer["url"].removeprefix(SHOP)), "hold")["sku"] == stall.sage.code
    item = next(iter(items))
    assert item.findtext("link") == offer["url"]
    assert item.findtext(f"{G}id") == group["hasVariant"][0]["sku"] == meta(client.get(stall.url))[RETAILER_ID]
    assert len(group["hasVariant"][0]["sku"]) == 50  # the most that marketplaces take


def test_a_hostile_title_stays_inside_its_data(client: Client) -> None:
    stall = make_stall()
    stall.product.title = "</script><script>alert(1)</script><!--"
    stall.product.save()

    response = client.get(stall.url)

    assert structured(response)[0]["name"] == stall.product.title
    assert b"<script>alert" not in response.content


def test_a_chat_may_ask_about_an_address(client: Client) -> None:
    stall = make_stall()
    cover = stall.product.photos.get(position=0)

    answer = client.get("/oembed.json", {"url": f"{SHOP}{stall.url}?sku=RM-SAGE", "format": "json"})

    assert answer.json() == {
        "version": "1.0",
        "type": "link",
        "title": "Ring mug · Kiln & Tide",
        "author_name": "Kiln & Tide",
        "author_url": f"{SHOP}/kiln-and-tide/",
        "provider_name": "Creatorshop",
        "provider_url": SHOP,
        "cache_age": 300,
        "thumbnail_url": f"{SHOP}{cover.rendition_url(640, 'jpg')}",
        "thumbnail_width": 640,
        "thumbnail_height": 800,
    }
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize(
    ("room", "width"),
    [
        ({"maxwidth": "400"}, 320),
        ({"maxwidth": "2000"}, 1280),
        ({"maxheight": "400"}, 320),
        ({"maxwidth": "640", "maxheight": "799"}, 320),
        ({"maxwidth": "100"}, None),
        ({"maxwidth": "wide", "maxheight": "-1"}, 640),
    ],
)
def test_a_thumbnail_is_no_larger_than_there_is_room_for(
    client: Client, room: dict[str, str], width: int | None
) -> None:
    stall = make_stall()

    told = client.get("/oembed.json", {"url": f"{SHOP}{stall.url}"} | room).json()

    assert told.get("thumbnail_width") == width
    assert ("thumbnail_url" in told) == (width is not None)


def test_no_other_format_is_spoken(client: Client) -> None:
    stall = make_stall()

    assert client.get("/oembed.json", {"url": f"{SHOP}{stall.url}", "format": "xml"}).status_code == 501


@pytest.mark.parametrize(
    "address",
    [
        "",
        "no address",
        "http://[::1",
        "/kiln-and-tide/",
        f"{SHOP}/llms.txt",
        f"{SHOP}/orders/K4TT/abc/",
        f"{SHOP}/kiln-and-tide/p/not-yet/",
        f"{SHOP}/nobody/",
        f"{SHOP}/kiln-and-tide/p/none/",
        f"{SHOP}/checkout/abc/",
        "https://evil.example/",
    ],
)
def test_nothing_is_told_of_what_is_not_ours_or_not_public(client: Client, address: str) -> None:
    stall = make_stall()
    make_product(capsule=stall.capsule, handle="not-yet", title="Not yet", state=ProductState.DRAFT)

    answer = client.get("/oembed.json", {"url": address})

    assert answer.status_code == 404
    assert b"Not yet" not in answer.content


def test_the_list_of_pages_has_what_is_public_and_nothing_else(client: Client) -> None:
    stall = make_stall()
    make_product(capsule=stall.capsule, handle="not-yet", title="Not yet", state=ProductState.DRAFT)
    make_creator(slug="empty", name="Empty")

    listed = re.findall(r"<loc>(.*?)</loc>", client.get("/sitemap.xml").content.decode())

    assert listed == [
        f"{SHOP}/",
        f"{SHOP}/kiln-and-tide/",
        f"{SHOP}/kiln-and-tide/c/batch-07/",
        f"{SHOP}/kiln-and-tide/p/ring-mug/",
    ]


def test_programs_are_told_where_there_is_nothing_for_them(client: Client) -> None:
    answer = client.get("/robots.txt")

    lines = answer.content.decode().splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /checkout/", "Disallow: /orders/", "Disallow: /admin/", "Disallow: /api/"} <= set(lines)
    assert f"Sitemap: {SHOP}/sitemap.xml" in lines
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


def test_language_models_are_told_the_rules_and_the_shops(client: Client) -> None:
    make_stall()

    words = client.get("/llms.txt").content.decode()

    assert words.startswith("# Creatorshop\n\n> ")
    assert f"- [Kiln & Tide]({SHOP}/kiln-and-tide/): " in words


def test_a_feed_has_one_item_for_each_variant_that_is_sold(client: Client) -> None:
    stall = make_stall()

    root = ElementTree.fromstring(client.get("/kiln-and-tide/feed.xml").content)

    items = {item.findtext(f"{G}id"): item for item in root.iter("item")}
    assert list(items) == ["RM-SAGE", "RM-TERRA"]
    sage = items["RM-SAGE"]
    assert sage.findtext("link") == f"{SHOP}{stall.url}?sku=RM-SAGE"
    assert sage.findtext(f"{G}availability") == "in_stock"
    assert sage.findtext(f"{G}item_group_id") == "ring-mug"
    shipping = sage.find(f"{G}shipping")
    assert shipping is not None
    assert shipping.findtext(f"{G}price") == "4.50 EUR"


@pytest.mark.parametrize("state", [DropState.DRAFT, DropState.CLOSED])
def test_what_no_drop_sells_is_in_no_feed(client: Client, state: DropState) -> None:
    stall = make_stall()
    stall.drop.state = state
    stall.drop.closed_at = database_now() if state == DropState.CLOSED else None
    stall.drop.save()

    assert b"<item>" not in client.get("/kiln-and-tide/feed.xml").content
    assert client.get("/nobody/feed.xml").status_code == 404
