"""Small sheets of invented products, in the shapes that exports have."""

from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from drops.catalog.imports.reports import Deed, ImportReport, Kind
from drops.catalog.imports.running import rehearse_import, run_import
from drops.catalog.models import Creator, Photo, Product, Sku

CUPS = (Path(__file__).parent / "data" / "cups.csv").read_bytes()
HEADING = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price"


def sheet(*rows: str, heading: str = HEADING) -> bytes:
    return "\n".join([heading, *rows, ""]).encode()


def take_in(creator: Creator, data: bytes, *, name: str = "products.csv", **how: Any) -> ImportReport:
    return run_import(creator=creator, file=BytesIO(data), name=name, **how)


def rehearse(creator: Creator, data: bytes, **how: Any) -> ImportReport:
    return rehearse_import(creator=creator, file=BytesIO(data), name="products.csv", **how)


def xlsx(rows: list[list[Any]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def deeds(report: ImportReport) -> dict[str, tuple[int, int, int]]:
    """Return created, updated and unchanged of each kind."""
    return {kind.value: tuple(report.count(kind, deed) for deed in Deed) for kind in Kind}  # type: ignore[misc]


def catalogue(creator: Creator) -> tuple[list[Any], list[Any], list[Any]]:
    """Return everything an import may touch, to see that it did not."""
    products = Product.objects.filter(creator=creator).order_by("pk").values_list()
    skus = Sku.objects.filter(creator=creator).order_by("pk").values_list()
    photos = Photo.objects.filter(product__creator=creator).order_by("pk").values_list()
    return list(products), list(skus), list(photos)
