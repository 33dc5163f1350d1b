"""
Pages as schema.org data for search engines: https://schema.org/ProductGroup with a Product for each SKU.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from creatorshop.storefront.descriptions import description_of
from creatorshop.storefront.heads import Head
from creatorshop.storefront.offers import offer_data
from creatorshop.storefront.pictures import picture_of
from creatorshop.storefront.previews import Preview
from creatorshop.storefront.references import absolute, group_id, gtin_of, item_id, path_of_product, path_of_sku
from creatorshop.storefront.selling import Sale
from drops.catalog.models import Photo, Sku
from drops.catalog.queries import photo_of_sku

MOST_PHOTOS = 8
# What a script block may not contain: it would end there, or a comment would begin.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}
# Options that schema.org has a name for; any other is told as a property of its own.
_VARIES_BY = {"color": "color", "colour": "color", "size": "size", "material": "material", "pattern": "pattern"}


def as_script(data: object) -> SafeString:
    """Return data for a script block of type application/ld+json: a title cannot end it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    return mark_safe(text)  # everything that HTML could take for its own is escaped above


def product_data(*, sale: Sale, head: Head) -> dict[str, Any] | None:
    """Return a product with its variants; one without variants is a plain product, and one without SKUs is none."""
    product = sale.product
    if not sale.skus:
        return None
    photos: list[Photo] = list(product.photos.all())[:MOST_PHOTOS]
    about = {
        "@context": "https://schema.org",
        "@type": "ProductGroup",
        "name": product.title,
        "description": description_of(product),
        "brand": {"@type": "Brand", "name": product.vendor or head.name},
        "image": [absolute(picture_of(photo).large) for photo in photos],
        "url": absolute(path_of_product(product)),
    }
    if len(sale.skus) == 1:
        return about | _product(sale, sale.skus[0], head, path_of_product(product))
    return about | {
        "productGroupID": group_id(product),
        "variesBy": [_property(name) for name in product.option_names if name != "Title"],
        "hasVariant": [_variant(sale, sku, head) for sku in sale.skus],
    }


def crumbs_data(*, head: Head, title: str, path: str) -> dict[str, Any]:
    """Return the way from a shop to one of its pages."""
    steps = [(head.name, reverse("shop", args=[head.slug])), (title, path)]
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": absolute(where)}
            for number, (name, where) in enumerate(steps, 1)
        ],
    }


def shop_data(*, head: Head) -> dict[str, Any]:
    """Return a creator as an organization that sells."""
    return {"@context": "https://schema.org", **_seller(head), "description": head.tagline}


def story_data(*, head: Head, preview: Preview, updated_at: datetime) -> dict[str, Any]:
    """Return a creator's story as the page that tells about them."""
    told = {
        "@context": "https://schema.org",
        "@type": "AboutPage",
        "name": preview.title,
        "description": preview.description,
        "url": preview.url,
        "dateModified": updated_at.isoformat(timespec="seconds"),
        "mainEntity": _seller(head),
    }
    return told | ({"primaryImageOfPage": {"@type": "ImageObject", "url": preview.image.url}} if preview.image else {})


def site_data() -> dict[str, Any]:
    """Return what the whole place is called."""
    return {"@context": "https://schema.org", "@type": "WebSite", "name": "Creatorshop", "url": f"{settings.SHOP_URL}/"}


def _variant(sale: Sale, sku: Sku, head: Head) -> dict[str, Any]:
    """Return one of several SKUs. Search engines read each by itself, so it says again what they share."""
    product, photo = sale.product, photo_of_sku(product=sale.product, sku=sku)
    return {
        "name": f"{product.title} · {sku.label}" if sku.label else product.title,
        "description": description_of(product),
        **({"image": absolute(picture_of(photo).large)} if photo is not None else {}),
        **_options(sale, sku),
        **_product(sale, sku, head, path_of_sku(product, sku)),
    }


def _product(sale: Sale, sku: Sku, head: Head, path: str) -> dict[str, Any]:
    gtin = gtin_of(sku)
    return {
        "@type": "Product",
        "sku": item_id(sku),
        **({"gtin": gtin} if gtin else {}),
        "offers": offer_data(sale=sale, sku=sku, path=path, seller=_seller(head)),
    }


def _options(sale: Sale, sku: Sku) -> dict[str, Any]:
    chosen = [pair for pair in zip(sale.product.option_names, sku.option_values, strict=False) if pair[0] != "Title"]
    known = {_VARIES_BY[name.lower()]: value for name, value in chosen if name.lower() in _VARIES_BY}
    others = [
        {"@type": "PropertyValue", "name": name, "value": value}
        for name, value in chosen
        if name.lower() not in _VARIES_BY
    ]
    return known | ({"additionalProperty": others} if others else {})


def _seller(head: Head) -> dict[str, Any]:
    seller = {"@type": "Organization", "name": head.name, "url": absolute(reverse("shop", args=[head.slug]))}
    return seller | ({"logo": absolute(head.avatar)} if head.avatar else {})


def _property(option_name: str) -> str:
    known = _VARIES_BY.get(option_name.lower())
    return f"https://schema.org/{known}" if known else option_name
