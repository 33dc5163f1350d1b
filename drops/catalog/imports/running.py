from __future__ import annotations

from typing import BinaryIO, TypeVar

from django.db import transaction
from django.db.models.functions import Now

from drops.catalog.imports.comparing import Work, compare
from drops.catalog.imports.parsing import parse_rows
from drops.catalog.imports.photo_matching import Progress, bring_photos
from drops.catalog.imports.photo_sources import PhotoSource
from drops.catalog.imports.reports import ImportReport
from drops.catalog.imports.sheets import read_rows
from drops.catalog.models import Creator, Product, Sku

AT_ONCE = 500

_Row = TypeVar("_Row")


def _say_nothing(stage: str, done: int, total: int) -> None:
    """Keep quiet about how far an import has come."""


def run_import(
    *,
    creator: Creator,
    file: BinaryIO,
    name: str,
    photos: PhotoSource | None = None,
    progress: Progress = _say_nothing,
) -> ImportReport:
    """
    Take products, SKUs and photos from a CSV or XLSX file, opened for reading bytes, and return what changed.

    Rows that cannot be taken are among `report.refusals` and stop no other row. What the file does not name stays as
    it is. The same file again changes nothing. `photos` comes from `photos_in_folder` or `photos_in_zip`; `progress` is
    called with the stage ("rows" or "photos"), how many are done, and how many there are.

    :raises UnreadableFile: if the file as a whole cannot be read; nothing changes then.
    :raises MissingColumns: if handle, title or price have no column; nothing changes then.
    """
    return _run(creator, file, name, photos, progress, is_dry_run=False)


def rehearse_import(
    *,
    creator: Creator,
    file: BinaryIO,
    name: str,
    photos: PhotoSource | None = None,
    progress: Progress = _say_nothing,
) -> ImportReport:
    """
    Return what `run_import` would change, and change nothing.

    :raises UnreadableFile: if the file as a whole cannot be read.
    :raises MissingColumns: if handle, title or price have no column.
    """
    return _run(creator, file, name, photos, progress, is_dry_run=True)


def _run(
    creator: Creator, file: BinaryIO, name: str, photos: PhotoSource | None, progress: Progress, *, is_dry_run: bool
) -> ImportReport:
    plan = parse_rows(rows=read_rows(file=file, name=name), currency=creator.currency)
    report = ImportReport(is_dry_run=is_dry_run, rows=plan.rows, photos_given=photos is not None)
    report.refusals += plan.refusals
    report.notes += plan.notes
    with transaction.atomic():
        # Two imports at once would each find the same product missing: the second one waits here for the first.
        Creator.objects.select_for_update().get(pk=creator.pk)
        work = compare(plan=plan, creator=creator, report=report)
        if not is_dry_run:
            _write(work, progress)
    # Decoding takes its time, and nobody shall wait for a lock meanwhile; a photo that breaks off is brought next time.
    bring_photos(wishes=work.photos, source=photos, report=report, progress=progress)
    report.refusals.sort(key=lambda refusal: refusal.line)
    return report


def _write(work: Work, progress: Progress) -> None:
    changed = sum(len(rows) for rows in work.changed_products.values())
    changed += sum(len(rows) for rows in work.changed_skus.values())
    total = len(work.new_products) + len(work.new_skus) + changed
    done = 0
    # By the fields that changed, because every field of a bulk update costs its time for every row.
    for fields, some_products in work.changed_products.items():
        for products in _chunks(some_products):
            for product in products:
                product.updated_at = Now()
            Product.objects.bulk_update(products, [*fields, "updated_at"])
            progress("rows", done := done + len(products), total)
    for products in _chunks(work.new_products):
        Product.objects.bulk_create(products)
        progress("rows", done := done + len(products), total)
    # Changes before what is new: a new SKU may take the options that another one just gave up.
    for fields, some_skus in work.changed_skus.items():
        for skus in _chunks(some_skus):
            Sku.objects.bulk_update(skus, fields)
            progress("rows", done := done + len(skus), total)
    for skus in _chunks(work.new_skus):
        Sku.objects.bulk_create(skus)
        progress("rows", done := done + len(skus), total)


def _chunks(rows: list[_Row]) -> list[list[_Row]]:
    return [rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE)]
