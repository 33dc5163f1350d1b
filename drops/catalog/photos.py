"""
Photos of products: added, put in order, taken away.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max

from drops.catalog.models import Photo, Product, Sku
from drops.catalog.pictures import clean_picture
from drops.catalog.renditions import EXTENSIONS
from drops.errors import Invalid
from drops.events import announce, photo_added


class WrongOrder(Invalid):
    """A new order has to name each photo of the product once."""

    code = "wrong_photo_order"


def add_photo(
    *,
    product: Product,
    data: bytes,
    alt_text: str = "",
    sku: Sku | None = None,
    position: int | None = None,
    focal_point: tuple[float, float] = (0.5, 0.5),
    source_name: str = "",
) -> Photo:
    """
    Add a picture to a product, cleaned and with its placeholder; the renditions follow in a task.

    The same bytes a second time give back the photo that is already there, untouched.

    :raises NotAPicture: if the bytes are too large, damaged or no picture; nothing is kept then.
    """
    content_hash = sha256(data).hexdigest()
    known = _photo_of(product, content_hash)
    if known:
        return known
    picture = clean_picture(data)
    with transaction.atomic():
        # Whoever adds to the same product waits here, so that positions and hashes cannot cross.
        Product.objects.select_for_update().get(pk=product.pk)
        known = _photo_of(product, content_hash)
        if known:
            return known
        last = Photo.objects.filter(product=product).aggregate(last=Max("position"))["last"]
        photo = Photo(
            product=product,
            sku=sku,
            position=position if position is not None else (0 if last is None else last + 1),
            alt_text=alt_text[:200],
            focal_x=focal_point[0],
            focal_y=focal_point[1],
            placeholder=picture.placeholder,
            source_name=source_name[:255],
            content_hash=content_hash,
        )
        photo.original.save("original.jpg", ContentFile(picture.data), save=False)
        # Known already; the field would read the file back from where it has just been sent.
        photo.width, photo.height = picture.width, picture.height
        photo.save()
        announce(photo_added, photo_id=photo.pk)
    return photo


def reorder_photos(*, product: Product, photo_ids: Sequence[int]) -> None:
    """
    Put a product's photos in order; the first is its cover.

    :raises WrongOrder: if a photo is missing, named twice, or another product's.
    """
    with transaction.atomic():
        photos = {photo.pk: photo for photo in Photo.objects.select_for_update().filter(product=product)}
        if sorted(photos) != sorted(photo_ids):
            raise WrongOrder("Name each photo of the product once.", expected=sorted(photos))
        for position, photo_id in enumerate(photo_ids):
            photos[photo_id].position = position
        Photo.objects.bulk_update(photos.values(), ["position"])


def remove_photo(*, photo: Photo) -> None:
    """Take a photo away, with its files once nothing can bring the row back."""
    storage = photo.original.storage
    names = [photo.rendition_name(width, kind) for width in photo.rendition_widths for kind in EXTENSIONS]
    names.append(str(photo.original.name))

    def remove_files() -> None:
        for name in names:
            storage.delete(name)

    with transaction.atomic():
        photo.delete()
        transaction.on_commit(remove_files)


def _photo_of(product: Product, content_hash: str) -> Photo | None:
    return Photo.objects.filter(product=product, content_hash=content_hash).order_by("pk").first()
