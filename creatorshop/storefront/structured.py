"""
Pages as schema.org data for search engines: https://schema.org/ProductGroup with an Offer for each variant.

Prices, postage and returns come from where quotes come from, so that what a program reads is what a person pays.
"""

from __future__ import annotations

import json
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from creatorshop.storefront import wording
from creatorshop.storefront.heads import Head
from creatorshop.storefront.pictures import Picture
from creatorshop.storefront.references import absolute, group_id, item_id, path_of_product, path_of_sku
from creatorshop.storefront.selling import Sale
from creatorshop.storefront.shipping import Shipping
from drops.catalog.models import Sku
from drops.money import decimal_from_minor
from drops.sales.pricing import RETURN_DAYS

# What a script block may not contain: it would end there, or a comment would begin.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}
_VARIES_BY = {"color": "color", "colour": "color", "size": "size", "material": "material", "pattern": "pattern"}


def as_script(data: object) -> SafeString:
    """Return data for a script block of type application/ld+json: a title cannot end it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    return mark_safe(text)  # everything that HTML could take for its own is escaped above


def product_data(*, sale: Sale, head: Head, pictures: list[Picture]) -> dict[str, Any]:
    """Return a product with its variants; one without variants is a plain product."""
    product, path = sale.product, path_of_product(sale.product)
    about = {
        "name": product.title,
        "description": "; ".join(product.benefits) or product.title,
        "brand": {"@type": "Brand", "name": product.vendor or head.name},
        "image": [absolute(picture.large) for picture in pictures],
        "url": absolute(path),
    }
    if len(sale.skus) == 1:
        return {"@context": "https://schema.org", **about, **_variant(sale, sale.skus[0], head, path)}
    return {
        "@context": "https://schema.org",
        "@type": "ProductGroup",
        **about,
        "productGroupID": group_id(product),
        "variesBy": [_property(name) for name in product.option_names if name != "Title"],
        "hasVariant": [
            {"name": f"{product.title} · {sku.label}" if sku.label else product.title}
            | _variant(sale, sku, head, path_of_sku(product, sku))
            for sku in sale.skus
        ],
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


def _variant(sale: Sale, sku: Sku, head: Head, path: str) -> dict[str, Any]:
    values = zip(sale.product.option_names, sku.option_values, strict=False)
    known = {_VARIES_BY[name.lower()]: value for name, value in values if name.lower() in _VARIES_BY}
    found: dict[str, Any] = {"@type": "Product", "sku": item_id(sku), **known, "offers": _offer(sale, sku, head, path)}
    return found | ({"gtin": sku.barcode} if sku.barcode.isdigit() and len(sku.barcode) in (8, 12, 13, 14) else {})


def _offer(sale: Sale, sku: Sku, head: Head, path: str) -> dict[str, Any]:
    creator = sale.product.creator
    offer: dict[str, Any] = {
        "@type": "Offer",
        "url": absolute(path),
        "price": str(decimal_from_minor(sale.price_minor(sku), creator.currency)),
        "priceCurrency": creator.currency,
        "availability": sale.availability(sku).schema,
        "itemCondition": "https://schema.org/NewCondition",
        "seller": _seller(head),
        "hasMerchantReturnPolicy": {
            "@type": "MerchantReturnPolicy",
            "applicableCountry": creator.country,
            "returnPolicyCategory": "https://schema.org/MerchantReturnFiniteReturnWindow",
            "merchantReturnDays": RETURN_DAYS,
            "returnMethod": "https://schema.org/ReturnByMail",
            "returnFees": "https://schema.org/ReturnFeesCustomerResponsibility",
        },
    }
    if sale.drop is not None and sale.is_going_on:
        offer |= {
            "availabilityStarts": wording.iso(sale.drop.opens_at),
            "availabilityEnds": wording.iso(sale.drop.closes_at),
            "priceValidUntil": f"{sale.drop.closes_at.astimezone(sale.drop.zone):%Y-%m-%d}",
        }
    if shipping := sale.shipping.get(sku.code):
        offer["shippingDetails"] = [_shipping(terms, creator.currency) for terms in shipping]
    return offer


def _shipping(terms: Shipping, currency: str) -> dict[str, Any]:
    def days(least: int, most: int) -> dict[str, Any]:
        return {"@type": "QuantitativeValue", "minValue": least, "maxValue": most, "unitCode": "DAY"}

    return {
        "@type": "OfferShippingDetails",
        "shippingRate": {
            "@type": "MonetaryAmount",
            "value": str(decimal_from_minor(terms.price_minor, currency)),
            "currency": currency,
        },
        "shippingDestination": [{"@type": "DefinedRegion", "addressCountry": country} for country in terms.countries],
        # The dates of a quote count from the order to the door, so all of it is said as transit.
        "deliveryTime": {
            "@type": "ShippingDeliveryTime",
            "handlingTime": days(0, 0),
            "transitTime": days(terms.earliest_days, terms.latest_days),
        },
    }


def _seller(head: Head) -> dict[str, Any]:
    seller = {"@type": "Organization", "name": head.name, "url": absolute(reverse("shop", args=[head.slug]))}
    return seller | ({"logo": absolute(head.avatar)} if head.avatar else {})


def _property(option_name: str) -> str:
    known = _VARIES_BY.get(option_name.lower())
    return f"https://schema.org/{known}" if known else option_name
