"""
A creator's products as marketplaces take them.
"""

from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from drops.clock import database_now
from drops.schedule.models import DropState
from tests.storefront.programs import SHOP, G
from tests.storefront.stalls import make_stall

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop_url(settings: Any) -> None:
    settings.SHOP_URL = SHOP


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
