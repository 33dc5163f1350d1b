"""
Reading pages and files as programs do: heads, structured data, feeds.
"""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

from django.test import Client

from tests.storefront.stalls import Answer, tags_of

SHOP = "http://127.0.0.1:8000"
G = "{http://base.google.com/ns/1.0}"


def meta(response: Answer) -> dict[str, str]:
    """Return what the head of a page says, by name or property."""
    found = [attributes for tag, attributes in tags_of(response) if tag == "meta"]
    return {one.get("property") or one.get("name", ""): one.get("content", "") for one in found}


def structured(response: Answer) -> list[dict[str, Any]]:
    """Return the schema.org data of a page."""
    blocks = re.findall(rb'<script type="application/ld\+json">(.*?)</script>', response.content, re.DOTALL)
    return [json.loads(block) for block in blocks]


def offers_of(response: Answer) -> dict[str, dict[str, Any]]:
    """Return the offers of a product page by SKU."""
    product = structured(response)[0]
    return {one["sku"]: one["offers"] for one in product.get("hasVariant", [product])}


def feed_of(client: Client, slug: str = "kiln-and-tide") -> dict[str, ElementTree.Element]:
    """Return the items of a shop's feed by their id."""
    root = ElementTree.fromstring(client.get(f"/{slug}/feed.xml").content)
    return {item.findtext(f"{G}id", ""): item for item in root.iter("item")}
