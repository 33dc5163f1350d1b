"""
What programs look for at fixed addresses: robots, sitemap, llms.txt.
"""

import re
from typing import Any

import pytest
from django.test import Client

from drops.catalog.models import ProductState
from tests.factories import make_creator, make_product
from tests.storefront.programs import SHOP
from tests.storefront.stalls import make_stall

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop_url(settings: Any) -> None:
    settings.SHOP_URL = SHOP


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
