"""
The photos that a sheet names, held against those that were given and those that products have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256

from drops.catalog.imports.columns import Column
from drops.catalog.imports.comparing import PhotoWish
from drops.catalog.imports.photo_sources import PhotoSource
from drops.catalog.imports.plans import Note, Refusal
from drops.catalog.imports.reports import Change, Deed, ImportReport, Kind, MissingPhoto
from drops.catalog.models import Photo
from drops.catalog.photos import add_photo, remove_photo
from drops.catalog.pictures import NotAPicture, clean_picture

Progress = Callable[[str, int, int], None]


def bring_photos(
    *, wishes: list[PhotoWish], source: PhotoSource | None, report: ImportReport, progress: Progress
) -> None:
    """Add, replace and correct photos one by one, each in its own transaction; in a dry run only tell which."""
    known = _photos_by_product(wishes)
    for number, wish in enumerate(wishes, start=1):
        _bring(wish, source, known.setdefault(wish.product.handle, []), report)
        if source is not None:
            progress("photos", number, len(wishes))


def _photos_by_product(wishes: Iterable[PhotoWish]) -> dict[str, list[Photo]]:
    product_ids = {wish.product.pk for wish in wishes if wish.product.pk}
    known: dict[str, list[Photo]] = {}
    for photo in Photo.objects.filter(product_id__in=product_ids).select_related("product").order_by("position", "pk"):
        known.setdefault(photo.product.handle, []).append(photo)
    return known


def _bring(wish: PhotoWish, source: PhotoSource | None, known: list[Photo], report: ImportReport) -> None:
    planned = wish.planned
    data = source.read(planned.name) if source else None
    same_name = next((photo for photo in known if photo.source_name == planned.name), None)
    if data is None:
        if same_name:
            _correct(wish, same_name, report)
        else:
            report.missing_photos.append(MissingPhoto(planned.line, wish.product.title, planned.name))
        return
    content_hash = sha256(data).hexdigest()
    same_bytes = next((photo for photo in known if photo.content_hash == content_hash), None)
    if same_bytes and same_bytes.source_name == planned.name:
        _correct(wish, same_bytes, report)
    elif same_bytes:
        report.counts[(Kind.PHOTO, Deed.UNCHANGED)] += 1
        report.notes.append(Note(planned.line, f"{planned.name} is the same picture as {same_bytes.source_name}"))
    else:
        _add(wish, data, content_hash, same_name, known, report)


def _add(
    wish: PhotoWish, data: bytes, content_hash: str, old: Photo | None, known: list[Photo], report: ImportReport
) -> None:
    planned = wish.planned
    photo = Photo(product=wish.product, source_name=planned.name, content_hash=content_hash)
    try:
        if report.is_dry_run:
            clean_picture(data)
        else:
            photo = add_photo(
                product=wish.product,
                data=data,
                alt_text=planned.alt_text or (old.alt_text if old else ""),
                sku=wish.sku or (old.sku if old else None),
                position=_position(wish, old),
                source_name=planned.name,
            )
    except NotAPicture as refusal:
        report.refusals.append(Refusal(planned.line, Column.IMAGE.value, f"{planned.name}: {refusal.message}"))
        return
    known.append(photo)
    title = f"{planned.name}, {wish.product.title}"
    if old is None:
        report.changes.append(Change(planned.line, Kind.PHOTO, Deed.CREATED, title))
        report.counts[(Kind.PHOTO, Deed.CREATED)] += 1
        return
    known.remove(old)
    if not report.is_dry_run:
        remove_photo(photo=old)
    report.changes.append(Change(planned.line, Kind.PHOTO, Deed.UPDATED, title, ("another picture of that name",)))
    report.counts[(Kind.PHOTO, Deed.UPDATED)] += 1


def _position(wish: PhotoWish, old: Photo | None) -> int:
    if wish.planned.position is not None:
        return wish.planned.position
    return old.position if old else wish.planned.order


def _correct(wish: PhotoWish, photo: Photo, report: ImportReport) -> None:
    planned = wish.planned
    wanted: dict[str, tuple[str, object]] = {}
    if planned.alt_text is not None and planned.alt_text != photo.alt_text:
        wanted["alt_text"] = (f"alt text: {photo.alt_text or 'none'} → {planned.alt_text}", planned.alt_text)
    if planned.position is not None and planned.position != photo.position:
        wanted["position"] = (f"position: {photo.position + 1} → {planned.position + 1}", planned.position)
    # A SKU that this very (dry) run would make has no number yet, and so no photo can show it already.
    if wish.sku is not None and wish.sku.pk != photo.sku_id:
        wanted["sku"] = (f"shows {wish.sku.code}", wish.sku)
    if not wanted:
        report.counts[(Kind.PHOTO, Deed.UNCHANGED)] += 1
        return
    if not report.is_dry_run:
        for name, (_, value) in wanted.items():
            setattr(photo, name, value)
        photo.save(update_fields=list(wanted))
    details = tuple(detail for detail, _ in wanted.values())
    title = f"{planned.name}, {wish.product.title}"
    report.changes.append(Change(planned.line, Kind.PHOTO, Deed.UPDATED, title, details))
    report.counts[(Kind.PHOTO, Deed.UPDATED)] += 1
