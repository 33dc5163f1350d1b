from collections.abc import Sequence

from drops.money import decimal_from_minor
from drops.spreadsheets import Cell, csv_of
from fulfillment.declarations import DeclaredLine, declaration_of
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
    "customs",
    "customs_value",
    "currency",
]


def table_of(*, parcels: Sequence[Parcel]) -> bytes:
    """Return the parcels as CSV, one line each, for a carrier's upload form or a spreadsheet."""
    return csv_of(rows=[COLUMNS, *(_row(parcel) for parcel in parcels)])


def _row(parcel: Parcel) -> list[Cell]:
    address, declaration = parcel.address, declaration_of(parcel)
    declared: list[Cell] = ["", "", ""]
    if declaration is not None:
        declared = [
            "; ".join(_words(line, declaration.currency) for line in declaration.lines),
            decimal_from_minor(declaration.value_minor, declaration.currency),
            declaration.currency,
        ]
    return [
        parcel.ref,
        parcel.order.ref,
        *(address[part] for part in ("name", "street", "city", "postcode", "region", "country")),
        "; ".join(f"{entry['quantity']} × {entry['sku']}" for entry in parcel.contents),
        str(sum(entry["quantity"] for entry in parcel.contents)),
        str(sum(entry["weight_g"] for entry in parcel.contents)),
        *declared,
    ]


def _words(line: DeclaredLine, currency: str) -> str:
    value = decimal_from_minor(line.value_minor, currency)
    return f"{line.quantity} × {line.description}, HS {line.hs_code}, {line.origin_country}, {value}"
