"""
Keeping posters up to date: drawn by a worker whenever what is on them has changed, and shown only while all of it is true.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Prefetch
from PIL import Image

from creatorshop.storefront.accents import accent_of
from creatorshop.storefront.drawing import SIZE, Words, draw_poster
from creatorshop.storefront.models import Poster, poster_name
from creatorshop.storefront.previews import Image as PreviewImage
from creatorshop.storefront.previews import price_label
from creatorshop.storefront.queries import drops_of_capsules
from creatorshop.storefront.references import absolute
from drops.catalog.models import Capsule, Creator, Photo, Product, ProductState, Sku
from drops.catalog.queries import cover_of
from drops.stock.models import DropSku

logger = logging.getLogger(__name__)

DRAWN_AT_ONCE = 20
_LOOK = 1  # raised when posters look different, so that all are drawn anew


@dataclass(frozen=True)
class Subject:
    """What a poster is of, and what its page says of it now."""

    thing: Product | Capsule
    creator: Creator
    cover: Photo
    price: str

    @property
    def is_of(self) -> dict[str, Any]:
        """Return how its poster is found."""
        return {"product" if isinstance(self.thing, Product) else "capsule": self.thing}

    @property
    def digest(self) -> str:
        """Return what names its poster: whose it is, and all that is on it."""
        creator, cover = self.creator, self.cover
        parts = [
            _LOOK,
            type(self.thing).__name__,
            self.thing.pk,
            self.thing.title,
            self.price,
            creator.name,
            creator.accent,
        ]
        return hashlib.sha256(json.dumps([*parts, cover.ref, cover.focal_x, cover.focal_y]).encode()).hexdigest()[:32]


def subject_of(*, thing: Product | Capsule, products: Sequence[Product], sold: Collection[int]) -> Subject | None:
    """Return a product, or a capsule of loaded products, as a poster shows it; `sold` are the SKUs of its drop, if any."""
    cover = next((photo for product in products if (photo := cover_of(product)) is not None), None)
    if cover is None:
        return None
    skus = [sku for product in products for sku in product.skus.all()]
    price = price_label(creator=thing.creator, skus=[sku for sku in skus if sku.pk in sold] or skus)
    return Subject(thing, thing.creator, cover, price)


def poster_image(subject: Subject | None) -> PreviewImage | None:
    """Return the poster of something, if the newest one says what is true now."""
    poster = Poster.objects.filter(**subject.is_of).first() if subject is not None else None
    if subject is None or poster is None or poster.digest != subject.digest:
        return None
    alt = f"{subject.thing.title} by {subject.creator.name}. {subject.cover.alt_text}"
    return PreviewImage(absolute(poster.url), alt, *SIZE)


def draw_missing_posters(*, now: datetime) -> int:
    """Draw some of the posters that are missing or no longer true, and return how many."""
    drawn = 0
    for subject in _subjects(now):
        if drawn == DRAWN_AT_ONCE:
            break
        known = Poster.objects.filter(**subject.is_of).first()
        if known is not None and known.digest == subject.digest:
            continue
        try:
            _draw(subject)
        except OSError:
            # One original that storage has lost must not keep all later ones waiting.
            logger.exception("Unable to draw the poster of %s", subject.thing)
            continue
        if known is not None:
            default_storage.delete(known.name)
        drawn += 1
    return drawn


def _subjects(now: datetime) -> Iterator[Subject]:
    """Yield every capsule and its products with what their pages say."""
    skus = Prefetch("skus", queryset=Sku.objects.order_by("position", "pk"))
    photos = Prefetch("photos", queryset=Photo.objects.order_by("position", "pk"))
    products = Product.objects.filter(state=ProductState.ACTIVE, capsule__isnull=False)
    loaded = products.select_related("creator", "capsule__creator").prefetch_related(skus, photos)
    by_capsule: dict[Capsule, list[Product]] = defaultdict(list)
    for product in loaded.order_by("position", "pk"):
        if product.capsule is not None:
            by_capsule[product.capsule].append(product)
    drops = drops_of_capsules(capsules=list(by_capsule), now=now)
    sold = set(DropSku.objects.filter(drop__in=[drop.pk for drop in drops.values()]).values_list("sku", flat=True))
    for capsule, its in by_capsule.items():
        things: list[tuple[Product | Capsule, list[Product]]] = [
            (capsule, its),
            *((product, [product]) for product in its),
        ]
        for thing, shown in things:
            subject = subject_of(thing=thing, products=shown, sold=sold)
            if subject is not None:
                yield subject


def _draw(subject: Subject) -> None:
    cover, creator, digest = subject.cover, subject.creator, subject.digest
    with cover.original.open() as file:
        photo = Image.open(BytesIO(file.read()), formats=("JPEG",))
    data = draw_poster(
        photo=photo,
        focal=(cover.focal_x, cover.focal_y),
        words=Words(title=subject.thing.title, price=subject.price, creator=creator.name),
        accent=accent_of(creator.accent).light,
    )
    name = poster_name(digest)
    # A file of that name was left by a run that broke off, or is the same picture.
    default_storage.delete(name)
    default_storage.save(name, ContentFile(data))
    Poster.objects.update_or_create(**subject.is_of, defaults={"digest": digest})
