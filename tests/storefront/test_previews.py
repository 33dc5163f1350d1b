"""
What a link to a page looks like where it is pasted.
"""

import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from creatorshop.storefront import wording
from creatorshop.storefront.accents import accent_of
from drops.catalog.models import ProductState
from tests.factories import make_drop_sku, make_photo, make_product, make_sku
from tests.storefront.programs import SHOP, meta
from tests.storefront.stalls import make_stall, tags_of

pytestmark = pytest.mark.django_db


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
