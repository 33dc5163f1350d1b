"""
What a phone has to fetch before it can draw a page.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import Any

import brotli
import pytest
from django.core.files.base import ContentFile
from django.test import Client, RequestFactory

from creatorshop.storefront.refusals import broken
from drops.catalog.head_pictures import render_heads_left_behind
from tests.drops.catalog.pictures import picture_of
from tests.storefront.stalls import Stall, make_stall, tags_of

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ["/", "/kiln-and-tide/", "/kiln-and-tide/c/batch-07/", "/kiln-and-tide/p/ring-mug/"]
PACKED_LIMIT = {"gzip": 16_000, "br": 14_000}


@pytest.fixture
def stall() -> Stall:
    return make_stall()


@pytest.mark.parametrize("path", [*PAGES, "/orders/", "/no-such-place/"])
def test_a_page_brings_its_styles_along_under_its_own_nonce(client: Client, stall: Stall, path: str) -> None:
    answer = client.get(path)

    blocks = [attributes["nonce"] for tag, attributes in tags_of(answer) if tag == "style"]
    assert len(blocks) >= 2
    assert set(blocks) == set(re.findall(r"'nonce-([^']+)'", answer["Content-Security-Policy"]))
    assert [attributes for tag, attributes in tags_of(answer) if attributes.get("rel") == "stylesheet"] == []
    page = answer.content.decode()
    assert 'url("/static/fonts/instrument-sans.woff2")' in page
    assert "url(../" not in page.replace('"', "")
    assert "/*" not in page


def test_a_page_that_says_sorry_without_a_request_names_its_styles() -> None:
    answer = broken(RequestFactory().get("/"))

    sheets = [attributes["href"] for _, attributes in tags_of(answer) if attributes.get("rel") == "stylesheet"]
    assert sheets == [f"/static/storefront/{name}.css" for name in ("fonts", "tokens", "page", "shop")]
    assert [tag for tag, _ in tags_of(answer) if tag == "style"] == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("accepted", "coding", "unpacked"),
    [
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("br; q=0, gzip", "gzip", gzip.decompress),
    ],
)
def test_a_page_is_packed_for_whoever_unpacks_it(
    client: Client, stall: Stall, path: str, accepted: str, coding: str, unpacked: Callable[[bytes], bytes]
) -> None:
    packed = client.get(path, headers={"Accept-Encoding": accepted})
    plain: Any = client.get(path)

    assert (packed["Content-Encoding"], "Content-Encoding" in plain) == (coding, False)
    assert "Accept-Encoding" in packed["Vary"]
    assert int(packed["Content-Length"]) == len(packed.content)
    words = unpacked(packed.content)
    assert (words[:15], b"</html>" in words) == (b"<!doctype html>", True)
    assert len(packed.content) < PACKED_LIMIT[coding]


def test_the_length_of_a_packed_page_says_nothing_of_its_words(client: Client, stall: Stall) -> None:
    lengths = {len(client.get("/kiln-and-tide/", headers={"Accept-Encoding": "br"}).content) for _ in range(12)}

    assert len(lengths) > 3


def test_an_order_is_not_packed_with_what_a_stranger_could_have_put_beside_it(client: Client) -> None:
    assert "Content-Encoding" not in client.get("/orders/", headers={"Accept-Encoding": "gzip, br"})


def test_a_banner_comes_in_the_size_of_the_screen_and_before_its_renditions_as_it_is(
    client: Client, stall: Stall
) -> None:
    stall.creator.banner_alt = "Mugs on a shelf."
    stall.creator.banner.save("hero.jpg", ContentFile(picture_of("JPEG", size=(1920, 1080))))

    before = _pictures(client)
    render_heads_left_behind()
    after = _pictures(client)

    assert before == [("img", stall.creator.banner.url, "")]
    stem = stall.creator.banner.url.removesuffix(".jpg")
    widths = (320, 480, 640, 960, 1280, 1600)
    assert after == [
        ("source", "", ", ".join(f"{stem}/{width}.avif {width}w" for width in widths)),
        ("source", "", ", ".join(f"{stem}/{width}.webp {width}w" for width in widths)),
        ("img", f"{stem}/640.jpg", ", ".join(f"{stem}/{width}.jpg {width}w" for width in widths)),
    ]


def test_what_people_came_to_see_is_asked_for_first_and_once(client: Client, stall: Stall) -> None:
    stall.product.photos.update(rendition_widths=[320, 640])

    tags = tags_of(client.get(stall.url))

    [image, font] = [attributes for _, attributes in tags if attributes.get("rel") == "preload"]
    [shown, *_] = [attributes for tag, attributes in tags if tag == "source"]
    assert (image["as"], image["type"], font["as"]) == ("image", shown["type"], "font")
    # A size that differs would fetch two pictures.
    assert (image["imagesrcset"], image["imagesizes"]) == (shown["srcset"], shown["sizes"])


def test_the_chat_is_brought_along_after_the_page(client: Client, stall: Stall) -> None:
    scripts = [attributes.get("src", "") for tag, attributes in tags_of(client.get(stall.url)) if tag == "script"]

    assert "/widget.js" not in scripts
    assert "/static/storefront/chat.js" in scripts


def _pictures(client: Client) -> list[tuple[str, str, str]]:
    """Return the banner's picture as the shop's page and, the same, the front page has it."""
    found = []
    for path in ("/kiln-and-tide/", "/"):
        tags = [(tag, attributes) for tag, attributes in tags_of(client.get(path)) if tag in ("source", "img")]
        [last] = [place for place, (_, attributes) in enumerate(tags) if attributes.get("fetchpriority") == "high"]
        own = [each for each in tags[max(0, last - 2) : last + 1] if "hero" in str(each)]
        assert own[-1][1]["alt"] == "Mugs on a shelf."
        found.append([(tag, attributes.get("src", ""), attributes.get("srcset", "")) for tag, attributes in own])
    assert found[0] == found[1]
    return found[0]
