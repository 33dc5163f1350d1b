"""
A creator's products as a feed that search engines and marketplaces take: RSS 2.0 with the "g" fields of Google's product data
specification. One item for each variant of what a drop sells; what no drop sells is in no feed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from creatorshop.storefront import queries
from creatorshop.storefront.availability import availability_of
from creatorshop.storefront.descriptions import description_of
from creatorshop.storefront.pictures import picture_of
from creatorshop.storefront.references import absolute, group_id, gtin_of, item_id, path_of_sku
from creatorshop.storefront.refusals import found_or_404
from creatorshop.storefront.shipping import cheapest_by_country, shipping_of
from creatorshop.storefront.states import notice_of
from drops.catalog.models import Creator, Product, Sku
from drops.catalog.queries import capsules_of, creator_of_slug, photo_of_sku
from drops.clock import database_now
from drops.money import decimal_from_minor
from drops.sales.card_prices import CardPrices, card_prices
from drops.schedule.models import Drop
from drops.stock.counts import SkuCount

FRESH_S = 300
G = "http://base.google.com/ns/1.0"
_TITLE, _BODY = 150, 5000  # characters that the specification takes


class ProductFeed(Rss201rev2Feed):
    """RSS whose items carry "g" fields, given as (name, value); a value that is a list of such makes a group."""

    def rss_attributes(self) -> dict[str, str]:
        return super().rss_attributes() | {"xmlns:g": G}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for name, value in item["fields"]:
            if isinstance(value, list):
                handler.startElement(f"g:{name}", {})
                for inner, text in value:
                    handler.addQuickElement(f"g:{inner}", text)
                handler.endElement(f"g:{name}")
            else:
                handler.addQuickElement(f"g:{name}", value)


@require_safe
@found_or_404
def feed(request: HttpRequest, creator: str) -> HttpResponse:
    """Hand out a creator's feed."""
    found = creator_of_slug(creator)
    now = database_now()
    made = ProductFeed(
        title=found.name, link=absolute(reverse("shop", args=[found.slug])), description=found.tagline or found.name
    )
    capsules = capsules_of(creator=found)
    drops = queries.drops_of_capsules(capsules=capsules, now=now)
    for capsule in capsules:
        drop = drops.get(capsule.pk)
        kind = notice_of(drop=drop, now=now).kind_for_all
        if drop is None or kind not in ("scheduled", "open", "paused"):
            continue
        counts = queries.counts_by_sku(drop=drop)
        classes = sorted({product.tax_class for product in capsule.products.all()})
        prices = card_prices(creator=found, drop=drop, classes=classes, now=now)
        for product in capsule.products.all():
            for sku in product.skus.all():
                if sku.pk in counts:
                    _add(made, found, drop, kind, product, sku, counts[sku.pk], prices, now)
    answer = HttpResponse(made.writeString("utf-8"), content_type="application/rss+xml; charset=utf-8")
    answer["Last-Modified"] = http_date(now.timestamp())
    patch_cache_control(answer, public=True, max_age=FRESH_S)
    return answer


def _add(
    made: ProductFeed,
    creator: Creator,
    drop: Drop,
    kind: str,
    product: Product,
    sku: Sku,
    count: SkuCount,
    prices: CardPrices,
    now: datetime,
) -> None:
    title = f"{product.title} · {sku.label}" if sku.label else product.title
    description = description_of(product)
    link = absolute(path_of_sku(product, sku))
    price = prices.of(price_minor=sku.price_minor, tax_class=product.tax_class)
    fields: list[tuple[str, Any]] = [
        ("id", item_id(sku)),
        ("item_group_id", group_id(product)),
        ("price", _money(price, creator.currency)),
        ("availability", availability_of(kind=kind, counts=[count]).feed),
        ("condition", "new"),
        ("brand", product.vendor or creator.name),
        ("identifier_exists", "yes" if gtin_of(sku) else "no"),
    ]
    if kind == "scheduled":
        fields.append(("availability_date", drop.open_to_all_at.isoformat(timespec="minutes")))
    if gtin := gtin_of(sku):
        fields.append(("gtin", gtin))
    if (photo := photo_of_sku(product=product, sku=sku)) is not None:
        fields.append(("image_link", absolute(picture_of(photo).large)))
    shipping = cheapest_by_country(shipping_of(creator=creator, drop=drop, sku=sku, now=now))
    fields += [
        ("shipping", [("country", country), ("price", _money(price_minor, creator.currency))])
        for country, price_minor in shipping.items()
    ]
    made.add_item(title=title[:_TITLE], link=link, description=description[:_BODY], unique_id=link, fields=fields)


def _money(amount_minor: int, currency: str) -> str:
    return f"{decimal_from_minor(amount_minor, currency)} {currency}"
