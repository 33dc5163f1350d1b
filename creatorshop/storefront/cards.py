"""
Products on a contact sheet: photo, name, the price with all fees that nobody can avoid, and what is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from creatorshop.storefront.pictures import Picture, picture_of
from creatorshop.storefront.states import DropNotice
from creatorshop.storefront.stock_lines import NOT_COUNTED, StockLine, stock_line
from drops.catalog.models import Product
from drops.catalog.queries import cover_of
from drops.money import format_minor
from drops.sales.card_prices import CardPrices
from drops.sales.reductions import Reduction, lowest_before, reductions_of
from drops.schedule.models import Drop
from drops.stock.counts import SkuCount


@dataclass(frozen=True)
class Card:
    handle: str
    title: str
    frame: str  # 01/04
    picture: Picture | None
    price: str
    price_before: str  # the lowest of the 30 days before a reduction, or nothing
    is_from: bool
    adds_tax: bool  # at the end, by destination
    stock: StockLine
    drop_ref: str
    codes: str  # the SKUs whose counts make up the stock line, separated by blanks
    swatches: list[str]


@dataclass(frozen=True)
class Sheet:
    """One capsule with its drop."""

    slug: str
    title: str
    paragraphs: list[str]
    notice: DropNotice
    drop_ref: str
    cards: list[Card]


def cards_of(
    *,
    products: list[Product],
    drop: Drop | None,
    counts: Mapping[int, SkuCount],
    prices: CardPrices,
    now: datetime,
) -> list[Card]:
    """Return loaded products of one creator as numbered frames."""
    skus = [sku for product in products for sku in product.skus.all()]
    currency = products[0].creator.currency if products else ""
    reductions = reductions_of(skus=skus, currency=currency, now=now)
    return [
        _card(product, drop, counts, reductions, prices, f"{number:02}/{len(products):02}")
        for number, product in enumerate(products, 1)
    ]


def _card(
    product: Product,
    drop: Drop | None,
    counts: Mapping[int, SkuCount],
    reductions: Mapping[int, Reduction],
    shown: CardPrices,
    frame: str,
) -> Card:
    skus = list(product.skus.all())
    sold_here = [sku for sku in skus if sku.pk in counts] or skus
    prices = {sku.price_minor for sku in sold_here}
    before = lowest_before([(sku.price_minor, reductions.get(sku.pk)) for sku in sold_here])

    def read(price_minor: int | None) -> str:
        if price_minor is None:
            return ""
        return format_minor(shown.of(price_minor=price_minor, tax_class=product.tax_class), product.creator.currency)

    cover = cover_of(product)
    rows = [counts[sku.pk] for sku in sold_here if sku.pk in counts]
    return Card(
        handle=product.handle,
        title=product.title,
        frame=frame,
        picture=picture_of(cover) if cover else None,
        price=read(min(prices, default=None)),
        price_before=read(before),
        is_from=len(prices) > 1,
        adds_tax=shown.adds_tax,
        stock=stock_line(counts=rows, zone=drop.zone) if drop else NOT_COUNTED,
        drop_ref=drop.ref if drop else "",
        codes=" ".join(count.sku_code for count in rows),
        swatches=[sku.swatch for sku in sold_here if sku.swatch],
    )
