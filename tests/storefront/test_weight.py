"""
What a phone has to fetch before it can draw a page.
"""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest
from django.test import Client, RequestFactory

from creatorshop.storefront.refusals import broken
from tests.storefront.stalls import Stall, make_stall, tags_of

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ["/", "/kiln-and-tide/", "/kiln-and-tide/c/batch-07/", "/kiln-and-tide/p/ring-mug/"]
PACKED_LIMIT = 16_000


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
def test_a_page_is_packed_for_whoever_unpacks_it(client: Client, stall: Stall, path: str) -> None:
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    plain: Any = client.get(path)

    assert (packed["Content-Encoding"], "Content-Encoding" in plain) == ("gzip", False)
    assert "Accept-Encoding" in packed["Vary"]
    assert gzip.decompress(packed.content).startswith(b"<!doctype html>")
    assert len(packed.content) < PACKED_LIMIT


def test_an_order_is_not_packed_with_what_a_stranger_could_have_put_beside_it(client: Client) -> None:
    assert "Content-Encoding" not in client.get("/orders/", headers={"Accept-Encoding": "gzip"})
