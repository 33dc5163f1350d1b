"""
Keeping posters up to date: drawn by a worker whenever what is on them has changed, and shown only while all of it is true.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Prefetch
from PIL import Image

from creatorshop.storefront.accents import accent_of
from creatorshop.storefront.drawing import SIZE, Words, draw_poster
from creatorshop.storefront.models import Poster, poster_name
from creatorshop.storefront.previews import Image as PreviewImage
from creatorshop.storefront.previews import absolute, price_label
from creatorshop.storefront.queries import drops_of_capsules
from drops.catalog.models import Capsule, Photo, Product, ProductState, Sku
from drops.catalog.queries import cover_of
from drops.stock.models import DropSku

logger = logging.getLogger(__name__)

DRAWN_AT_ONCE = 20
_LOOK = 1  # raised when posters look different, so that all are drawn anew


def poster_image(*, product: Product, price: str) -> PreviewImage | None:
    """Return a product's poster, if the newest one says what is true now."""
    cover = cover_of(product)
    poster = Poster.objects.filter(product=product).first()
    if cover is None or poster is None or poster.digest != digest_of(product=product, cover=cover, price=price):
        return None
    return PreviewImage(absolute(poster.url), f"{product.title} by {product.creator.name}. {cover.alt_text}", *SIZE)


def draw_missing_posters(*, now: datetime) -> int:
    """Draw some of the posters that are missing or no longer true, and return how many."""
    drawn = 0
    for product, price in _shown(now):
        if drawn == DRAWN_AT_ONCE:
            break
        cover = cover_of(product)
        if cover is None:
            continue
        digest = digest_of(product=product, cover=cover, price=price)
        known = Poster.objects.filter(product=product).first()
        if known is not None and known.digest == digest:
            continue
        try:
            _draw(product, cover, price, digest)
        except OSError:
            # One original that storage has lost must not keep all later ones waiting.
            logger.exception("Unable to draw the poster of %s", product)
            continue
        if known is not None:
            default_storage.delete(known.name)
        drawn += 1
    return drawn


def digest_of(*, product: Product, cover: Photo, price: str) -> str:
    """Return what names a poster by all that is on it."""
    creator = product.creator
    parts = [_LOOK, product.title, price, creator.name, creator.accent, cover.ref, cover.focal_x, cover.focal_y]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _shown(now: datetime) -> Iterator[tuple[Product, str]]:
    """Yield the products of every capsule with the price that their pages show."""
    skus = Prefetch("skus", queryset=Sku.objects.order_by("position", "pk"))
    photos = Prefetch("photos", queryset=Photo.objects.order_by("position", "pk"))
    products = Product.objects.filter(state=ProductState.ACTIVE, capsule__isnull=False)
    loaded = list(products.select_related("creator", "capsule").prefetch_related(skus, photos).order_by("-pk"))
    capsules = {product.capsule_id: product.capsule for product in loaded if product.capsule is not None}
    drops = drops_of_capsules(capsules=list[Capsule](capsules.values()), now=now)
    sold = set(DropSku.objects.filter(drop__in=[drop.pk for drop in drops.values()]).values_list("sku", flat=True))
    for product in loaded:
        all_skus = list(product.skus.all())
        yield product, price_label(creator=product.creator, skus=[s for s in all_skus if s.pk in sold] or all_skus)


def _draw(product: Product, cover: Photo, price: str, digest: str) -> None:
    with cover.original.open() as file:
        photo = Image.open(BytesIO(file.read()), formats=("JPEG",))
    data = draw_poster(
        photo=photo,
        focal=(cover.focal_x, cover.focal_y),
        words=Words(title=product.title, price=price, creator=product.creator.name),
        accent=accent_of(product.creator.accent).light,
    )
    name = poster_name(digest)
    # A file of that name was left by a run that broke off, or is the same picture.
    default_storage.delete(name)
    default_storage.save(name, ContentFile(data))
    Poster.objects.update_or_create(product=product, defaults={"digest": digest})
