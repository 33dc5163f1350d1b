"""
What posters are of: every product, capsule and shop that has a page and a photo, with all that is written on its poster.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from creatorshop.storefront.accents import accent_of
from creatorshop.storefront.drawing import Words
from creatorshop.storefront.previews import not_in_it, price_label
from creatorshop.storefront.queries import drops_of_capsules, drops_of_products, sku_ids_by_drop
from drops.catalog.models import Capsule, Creator, Product
from drops.catalog.queries import cover_of, shown_products
from drops.sales.card_prices import CardPrices, card_prices
from drops.schedule.models import Drop

_LOOK = 2  # raised when posters look different, so that all are drawn anew


@dataclass(frozen=True)
class Subject:
    """What a poster is of, and what its page says of it now."""

    thing: Product | Capsule | Creator
    photo: str  # its name in the storage
    photo_alt: str
    focal: tuple[float, float]
    words: Words
    accent: str

    @property
    def kind(self) -> str:
        """Return what it is, as `Poster` calls it."""
        return type(self.thing).__name__.lower()

    @property
    def alt(self) -> str:
        by = "" if isinstance(self.thing, Creator) else f" by {self.words.above}"
        return f"{self.words.title}{by}. {self.photo_alt}".strip()

    @property
    def digest(self) -> str:
        """Return what names its poster: whose it is, and all that is on it."""
        parts = [_LOOK, self.kind, self.thing.pk, self.photo, *self.focal, *astuple(self.words), self.accent]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def subject_of(
    *,
    thing: Product | Capsule,
    creator: Creator,
    products: Sequence[Product],
    sold: Collection[int],
    prices: CardPrices,
) -> Subject | None:
    """Return a product, or a capsule of loaded products; `sold` are the SKUs of its drop, if any. None without a photo."""
    cover = next((photo for product in products if (photo := cover_of(product)) is not None), None)
    if cover is None:
        return None
    skus = [sku for product in products for sku in product.skus.all()]
    price = price_label(prices=prices, skus=[sku for sku in skus if sku.pk in sold] or skus)
    below = f"with all fees, {not_in_it(prices)}" if price else ""
    return Subject(
        thing=thing,
        photo=str(cover.original.name),
        photo_alt=cover.alt_text,
        focal=(cover.focal_x, cover.focal_y),
        words=Words(above=creator.name, title=thing.title, price=price, below=below),
        accent=accent_of(creator.accent).light,
    )


def subject_of_shop(*, creator: Creator, products: Sequence[Product]) -> Subject | None:
    """Return a shop, by its banner or by the first photo of what is in its capsules; None if it has neither."""
    shown = sorted((product for product in products if product.capsule_id), key=lambda one: (one.position, one.pk))
    cover = next((photo for product in shown if (photo := cover_of(product)) is not None), None)
    about: dict[str, Any] = {}
    if creator.banner:
        about = {"photo": str(creator.banner.name), "photo_alt": creator.banner_alt, "focal": (0.5, 0.5)}
    elif cover is not None:
        focal = (cover.focal_x, cover.focal_y)
        about = {"photo": str(cover.original.name), "photo_alt": cover.alt_text, "focal": focal}
    words = Words(above="Creatorshop", title=creator.name, below=creator.tagline)
    return Subject(thing=creator, words=words, accent=accent_of(creator.accent).light, **about) if about else None


def subjects(*, now: datetime) -> Iterator[Subject]:
    """Yield everything that should have a poster, read as its page reads it."""
    products = list(shown_products())
    by_creator: dict[Creator, list[Product]] = defaultdict(list)
    by_capsule: dict[Capsule, list[Product]] = defaultdict(list)
    for product in products:
        by_creator[product.creator].append(product)
        if product.capsule is not None:
            by_capsule[product.capsule].append(product)
    drop_of_capsule = drops_of_capsules(capsules=by_capsule, now=now)
    drop_of_product = drops_of_products(products=products, now=now)
    sold = sku_ids_by_drop(drops=[*drop_of_capsule.values(), *drop_of_product.values()])

    classes = sorted({product.tax_class for product in products})
    known: dict[tuple[int, int | None], CardPrices] = {}

    def prices_of(creator: Creator, drop: Drop | None) -> CardPrices:
        key = creator.pk, drop.pk if drop is not None else None
        if key not in known:
            known[key] = card_prices(creator=creator, drop=drop, classes=classes, now=now)
        return known[key]

    def found_with(drop_of: dict[int, Drop], thing: Product | Capsule, shown: Sequence[Product]) -> Subject | None:
        creator, drop = shown[0].creator, drop_of.get(thing.pk)
        sold_here = sold[drop.pk] if drop is not None else ()
        prices = prices_of(creator, drop)
        return subject_of(thing=thing, creator=creator, products=shown, sold=sold_here, prices=prices)

    found = [subject_of_shop(creator=creator, products=shown) for creator, shown in by_creator.items()]
    found += [found_with(drop_of_capsule, capsule, shown) for capsule, shown in by_capsule.items()]
    found += [found_with(drop_of_product, product, [product]) for product in products]
    yield from (subject for subject in found if subject is not None)
