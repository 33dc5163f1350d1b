"""
Smaller copies of photos in the three formats that browsers choose from.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.db.models.functions import Coalesce
from PIL import Image

from drops.catalog.models import Photo

logger = logging.getLogger(__name__)

SWEPT_AT_ONCE = 40  # a minute's work, so that the next sweep finds this one done
WIDTHS = (320, 480, 640, 960, 1280, 1600)
EXTENSIONS = ("avif", "webp", "jpg")

# Chosen by eye on the demo's photographs. AVIF's speed 8 makes files a sixth larger than 6, in half of the time.
_HOW: dict[str, tuple[str, dict[str, Any]]] = {
    "avif": ("AVIF", {"quality": 60, "speed": 8}),
    "webp": ("WEBP", {"quality": 78, "method": 4}),
    "jpg": ("JPEG", {"quality": 80, "progressive": True, "optimize": True}),
}


def widths_for(width: int) -> list[int]:
    """Return the widths a picture is rendered in: every step below its own width, and that one or the widest step."""
    return sorted({*(step for step in WIDTHS if step < width), min(width, WIDTHS[-1])})


def render_photo(*, photo_id: int) -> None:
    """Make whatever renditions a photo still lacks; one that has been removed meanwhile is left alone."""
    photo = Photo.objects.filter(pk=photo_id).order_by("pk").first()
    if photo is None:
        return
    missing = [width for width in widths_for(photo.width) if width not in photo.rendition_widths]
    if missing:
        _render(photo, missing)


def render_first_sizes(*, photo_id: int) -> None:
    """Make the two smallest renditions of a photo at once, for a page that cannot wait for the task."""
    photo = Photo.objects.get(pk=photo_id)
    missing = [width for width in widths_for(photo.width)[:2] if width not in photo.rendition_widths]
    if missing:
        _render(photo, missing)


def render_photos_left_behind() -> int:
    """Render some of the photos whose task was lost, oldest first, and return how many were dealt with."""
    photo_ids = list(photos_lacking_renditions().order_by("pk").values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    for photo_id in photo_ids:
        try:
            render_photo(photo_id=photo_id)
        except OSError:
            # One original that storage has lost must not keep all later ones waiting.
            logger.exception("Unable to render photo %s", photo_id)
    return len(photo_ids)


def photos_lacking_renditions() -> QuerySet[Photo]:
    """Return the photos that have fewer renditions than their width asks for."""
    steps = [When(width__gt=step, then=Value(number)) for number, step in reversed(list(enumerate(WIDTHS[:-1], 2)))]
    return Photo.objects.annotate(
        wanted_count=Case(*steps, default=Value(1), output_field=IntegerField()),
        made_count=Coalesce(F("rendition_widths__len"), 0),
    ).filter(made_count__lt=F("wanted_count"), width__gt=0)


def keep_file(storage: Storage, name: str, data: bytes) -> None:
    """Keep a file under exactly this name, which says all about its content."""
    # A file of that name was left by a run that broke off, perhaps in the middle of it.
    storage.delete(name)
    kept = storage.save(name, ContentFile(data))
    if kept != name:
        # Somebody else made the same file in this moment and was first; theirs is the same picture.
        storage.delete(kept)


def write_renditions(
    *, storage: Storage, picture: Image.Image, widths: Collection[int], name_of: Callable[[int, str], str]
) -> None:
    """Write a picture in these widths and all formats, each file under the name that it is given."""
    whole = picture.size
    # From wide to narrow, each from the one before: the same picture to the eye, for half the work.
    for width in sorted(widths, reverse=True):
        if width < picture.width:
            height = max(1, round(whole[1] * width / whole[0]))
            picture = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
        for extension, (kind, how) in _HOW.items():
            written = BytesIO()
            picture.save(written, kind, **how)
            keep_file(storage, name_of(width, extension), written.getvalue())


def _render(photo: Photo, widths: list[int]) -> None:
    with photo.original.open() as file:
        original = Image.open(BytesIO(file.read()), formats=("JPEG",)).convert("RGB")
    write_renditions(storage=photo.original.storage, picture=original, widths=widths, name_of=photo.rendition_name)
    made = sorted({*photo.rendition_widths, *widths})
    Photo.objects.filter(pk=photo.pk).update(rendition_widths=made)
