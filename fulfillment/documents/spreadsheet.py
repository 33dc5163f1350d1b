import csv
import io
from collections.abc import Sequence

from fulfillment.models import Parcel

COLUMNS = [
    "parcel",
    "order",
    "name",
    "street",
    "city",
    "postcode",
    "region",
    "country",
    "contents",
    "units",
    "weight_g",
]
# A spreadsheet program would run a cell that begins so as a formula (OWASP, "CSV Injection").
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def table_of(*, parcels: Sequence[Parcel]) -> bytes:
    """Return the parcels as CSV, one line each, for a carrier's upload form or a spreadsheet."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for parcel in parcels:
        writer.writerow([harmless(cell) for cell in _row(parcel)])
    # The mark tells spreadsheet programs that this is UTF-8; without it they garble names.
    return written.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet program takes for a formula."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def _row(parcel: Parcel) -> list[str]:
    address = parcel.address
    return [
        parcel.ref,
        parcel.order.ref,
        *(address[part] for part in ("name", "street", "city", "postcode", "region", "country")),
        "; ".join(f"{entry['quantity']} × {entry['sku']}" for entry in parcel.contents),
        str(sum(entry["quantity"] for entry in parcel.contents)),
        str(sum(entry["weight_g"] for entry in parcel.contents)),
    ]
