"""
A product as one drop sells it, if one does: what previews, structured data and feeds all speak of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from creatorshop.storefront.availability import Availability, availability_of
from creatorshop.storefront.shipping import Shipping, shipping_of
from creatorshop.storefront.states import DropNotice
from drops.catalog.models import Product, Sku
from drops.sales.card_prices import CardPrices, card_prices
from drops.sales.reductions import Reduction, reductions_of
from drops.schedule.models import Drop
from drops.stock.counts import SkuCount


@dataclass(frozen=True)
class Sale:
    product: Product
    drop: Drop | None
    notice: DropNotice
    skus: list[Sku]  # those of the drop, or all where there is none
    counts: Mapping[int, SkuCount]  # by the SKU's id
    shipping: Mapping[str, list[Shipping]]  # by the SKU's code
    reductions: Mapping[int, Reduction]  # by the SKU's id
    prices: CardPrices

    @property
    def is_going_on(self) -> bool:
        return self.drop is not None and self.notice.kind in ("scheduled", "open", "paused")

    def price_minor(self, sku: Sku) -> int:
        """Return what a card says that one unit costs: with every fee, before delivery."""
        return self.prices.of(price_minor=sku.price_minor, tax_class=self.product.tax_class)

    def lowest_before_minor(self, sku: Sku) -> int | None:
        """Return the lowest such price of the 30 days before, where a reduction may be announced."""
        reduction = self.reductions.get(sku.pk)
        if reduction is None:
            return None
        return self.prices.of(price_minor=reduction.lowest_before_minor, tax_class=self.product.tax_class)

    def availability(self, *skus: Sku) -> Availability:
        counts = [self.counts[sku.pk] for sku in skus if sku.pk in self.counts]
        return availability_of(kind=self.notice.kind_for_all, counts=counts)


def sale_of(
    *, product: Product, drop: Drop | None, notice: DropNotice, counts: Mapping[int, SkuCount], now: datetime
) -> Sale:
    """Return a loaded product as a drop sells it, with its postage while the drop goes on."""
    skus = list(product.skus.all())
    sold = [sku for sku in skus if sku.pk in counts]
    reductions = reductions_of(skus=skus, currency=product.creator.currency, now=now)
    prices = card_prices(creator=product.creator, drop=drop, classes=[product.tax_class], now=now)
    sale = Sale(product, drop, notice, sold or skus, counts, {}, reductions, prices)
    if drop is None or not sale.is_going_on:
        return sale
    # What a parcel costs depends on its weight: one SKU tells it for all that weigh the same.
    shipping = {sku.code: shipping_of(creator=product.creator, drop=drop, sku=sku, now=now) for sku in sold}
    return replace(sale, shipping=shipping)
