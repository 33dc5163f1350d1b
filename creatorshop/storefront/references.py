"""
How programs name what we sell: the same in previews, structured data and feeds, so that they can tell that it is the same.
"""

from __future__ import annotations

import hashlib
from urllib.parse import urlencode, urljoin

from django.conf import settings
from django.urls import reverse

from drops.catalog.models import Product, Sku

LONGEST = 50  # characters of an id and of an item_group_id in Google's product data specification


def absolute(path: str) -> str:
    """Return a path of ours as a full address; an address of a photo store is one already."""
    return urljoin(settings.SHOP_URL, path)


def item_id(sku: Sku) -> str:
    """Return what names a SKU among its creator's: its code."""
    return _short(sku.code)


def group_id(product: Product) -> str:
    """Return what the SKUs of one product have in common: its handle."""
    return _short(product.handle)


def gtin_of(sku: Sku) -> str:
    """Return a SKU's barcode if it is a Global Trade Item Number, by its length and check digit (GS1), else ""."""
    code = sku.barcode
    if not (code.isascii() and code.isdigit() and len(code) in (8, 12, 13, 14)):
        return ""
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(code)))
    return code if weighed % 10 == 0 else ""


def path_of_product(product: Product) -> str:
    """Return the path of a product's page, which is the same whichever SKU is chosen on it."""
    return reverse("product", args=[product.creator.slug, product.handle])


def path_of_sku(product: Product, sku: Sku) -> str:
    """Return the path of a product's page with one SKU chosen; a code may have any letters."""
    return f"{path_of_product(product)}?{urlencode({'sku': sku.code})}"


def _short(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    # Cut off, two long names could be one.
    return f"{name[: LONGEST - 17]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
