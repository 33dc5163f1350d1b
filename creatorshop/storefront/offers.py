"""
What one SKU is offered for, as schema.org data: https://schema.org/Offer with its price, postage and returns.

All of it comes from where quotes come from, so that what a program reads is what a person pays.
"""

from __future__ import annotations

from typing import Any

from creatorshop.storefront import wording
from creatorshop.storefront.references import absolute
from creatorshop.storefront.selling import Sale
from creatorshop.storefront.shipping import Shipping
from drops.catalog.models import Product, Sku
from drops.catalog.return_rules import ReturnRule
from drops.money import decimal_from_minor
from drops.sales.return_terms import RETURN_DAYS

MOST_COUNTRIES = 50  # that Google reads in one return policy


def offer_data(*, sale: Sale, sku: Sku, path: str, seller: dict[str, Any]) -> dict[str, Any]:
    """Return the offer of one SKU, on the page at a path."""
    currency = sale.product.creator.currency
    shipping = sale.shipping.get(sku.code, [])
    offer: dict[str, Any] = {
        "@type": "Offer",
        "url": absolute(path),
        "price": str(decimal_from_minor(sale.price_minor(sku), currency)),
        "priceCurrency": currency,
        "availability": sale.availability(sku).schema,
        "itemCondition": "https://schema.org/NewCondition",
        "seller": seller,
        "hasMerchantReturnPolicy": _returns(sale.product, shipping),
    }
    if sale.prices.adds_tax:
        offer["priceSpecification"] = {
            "@type": "UnitPriceSpecification",
            "price": offer["price"],
            "priceCurrency": currency,
            "valueAddedTaxIncluded": False,
        }
    before = sale.lowest_before_minor(sku)
    if before is not None:
        offer["priceSpecification"] = {
            "@type": "UnitPriceSpecification",
            "priceType": "https://schema.org/StrikethroughPrice",
            "price": str(decimal_from_minor(before, currency)),
            "priceCurrency": currency,
        }
    if sale.drop is not None and sale.is_going_on:
        offer |= {
            "availabilityStarts": wording.iso(sale.drop.open_to_all_at),
            "availabilityEnds": wording.iso(sale.drop.closes_at),
            "priceValidUntil": f"{sale.drop.closes_at.astimezone(sale.drop.zone):%Y-%m-%d}",
        }
    return offer | ({"shippingDetails": [_shipping(terms, currency) for terms in shipping]} if shipping else {})


def _returns(product: Product, shipping: list[Shipping]) -> dict[str, Any]:
    """
    Return what people are told of returns, and no more.

    Who pays for the way back and how it goes is told to nobody yet, so programs do not hear it either.
    """
    countries = sorted({country for terms in shipping for country in terms.countries}) or [product.creator.country]
    policy = {"@type": "MerchantReturnPolicy", "applicableCountry": countries[:MOST_COUNTRIES]}
    if product.return_rule == ReturnRule.MADE_FOR_BUYER:
        return policy | {"returnPolicyCategory": "https://schema.org/MerchantReturnNotPermitted"}
    return policy | {
        "returnPolicyCategory": "https://schema.org/MerchantReturnFiniteReturnWindow",
        "merchantReturnDays": RETURN_DAYS,
    }


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
