from collections.abc import Sequence

from drops.spreadsheets import csv_of
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


def table_of(*, parcels: Sequence[Parcel]) -> bytes:
    """Return the parcels as CSV, one line each, for a carrier's upload form or a spreadsheet."""
    return csv_of(rows=[COLUMNS, *(_row(parcel) for parcel in parcels)])


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
