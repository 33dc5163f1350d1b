"""
Many documents at once: a year as a table for the bookkeeper, and their PDFs as one ZIP.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator

from creatorshop.documents.printing import file_name_of, pdf_of
from drops.documents.models import Document, DocumentKind
from drops.money import decimal_from_minor
from drops.spreadsheets import harmless

# One takes about 30 ms to set when nobody has asked for it before, so this is a request of a few seconds.
MOST_IN_A_BUNDLE = 200

COLUMNS = [
    "creator",
    "number",
    "kind",
    "issued",
    "corrects",
    "order",
    "paid",
    "provider",
    "buyer",
    "buyer_country",
    "tax_country",
    "tax_rate_percent",
    "net",
    "tax",
    "untaxed",
    "total",
    "currency",
]


def table_of(documents: Iterable[Document]) -> bytes:
    """
    Return documents as CSV: a row for each rate of tax, so that each column can be summed as it is.

    Credit notes count backwards. What is passed on untaxed (duty) and the total stand in a document's first row alone.
    """
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for document in documents:
        for row in _rows(document):
            writer.writerow(row)
    # The mark tells spreadsheet programs that this is UTF-8; without it they garble names.
    return written.getvalue().encode("utf-8-sig")


def bundle_of(documents: Iterable[Document]) -> bytes:
    """Return the PDFs of documents as a ZIP, in a folder for each creator."""
    written = io.BytesIO()
    # PDFs are compressed already.
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as bundle:
        for document in documents:
            at = document.issued_at.timetuple()[:6]
            entry = zipfile.ZipInfo(f"{document.creator.slug}/{file_name_of(document)}", date_time=at)
            bundle.writestr(entry, bytes(pdf_of(document).content))
    return written.getvalue()


def _rows(document: Document) -> Iterator[list[str]]:
    data = document.data
    sign = -1 if document.kind == DocumentKind.CREDIT_NOTE else 1

    def amount(minor: int) -> str:
        return str(decimal_from_minor(sign * minor, data["currency"]))

    texts = [
        document.creator.slug,
        document.reference,
        document.kind,
        data["issued_date"],
        data.get("corrects", {}).get("reference", ""),
        data["order"],
        data["payment"]["date"],
        data["payment"]["provider"],
        data["buyer"]["name"],
        data["buyer"]["country"],
    ]
    taxes = data["taxes"] or [{"country": "", "rate_bp": 0, "net_minor": 0, "tax_minor": 0}]
    untaxed = data["total_minor"] - sum(row["net_minor"] + row["tax_minor"] for row in taxes)
    for place, row in enumerate(taxes):
        # Amounts are ours and no formula, though they may begin with a minus; texts may be anybody's.
        yield [
            *(harmless(text) for text in (*texts, row["country"])),
            f"{row['rate_bp'] / 100:g}",
            amount(row["net_minor"]),
            amount(row["tax_minor"]),
            amount(untaxed if place == 0 else 0),
            amount(data["total_minor"] if place == 0 else 0),
            data["currency"],
        ]
