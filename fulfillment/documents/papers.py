from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drops.sales.gifts import accepted_gift_of, giver_of
from drops.sales.orders import beside_text
from fulfillment.addresses import address_lines
from fulfillment.documents.fonts import printable, printable_words
from fulfillment.documents.spreadsheet import table_of
from fulfillment.documents.typesetting import typeset
from fulfillment.models import Batch, DocumentKind, Parcel

PDF, CSV = "application/pdf", "text/csv; charset=utf-8"
THANKS = "Thank you for buying from a maker. Something not right? Answer the message that came with your order."

GIFT_NOTE = "Something not right? Whoever gave it to you can send it back, or write to the maker."


@dataclass(frozen=True)
class Paper:
    """One document of a batch as it will be kept."""

    kind: DocumentKind
    name: str
    media_type: str
    content: bytes

    @property
    def content_hash(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def documents_of(*, batch: Batch, parcels: Sequence[Parcel]) -> list[Paper]:
    """Return the papers of a frozen batch; the same batch gives the same bytes."""
    at = batch.frozen_at or batch.created_at
    head = {"creator": printable(batch.creator.name), "batch": batch.ref, "drop": printable(batch.drop.title)}
    slips = typeset(
        template="packing_slips.typ",
        data={**head, "title": f"Packing slips {batch.ref}", "parcels": [_slip(p) for p in parcels]},
        at=at,
    )
    picks = typeset(
        template="pick_list.typ",
        data={
            **head,
            "title": f"Pick list {batch.ref}",
            "summary": f"{_count(len(parcels), 'parcel')}, {_count(_units(parcels), 'unit')}",
            "lines": pick_lines(parcels=parcels),
            "parcels": [_packing_row(parcel) for parcel in parcels],
        },
        at=at,
    )
    return [
        Paper(DocumentKind.PICK_LIST, f"pick-list-{batch.ref}.pdf", PDF, picks),
        Paper(DocumentKind.PACKING_SLIPS, f"packing-slips-{batch.ref}.pdf", PDF, slips),
        Paper(DocumentKind.CSV, f"parcels-{batch.ref}.csv", CSV, table_of(parcels=parcels)),
    ]


def pick_lines(*, parcels: Sequence[Parcel]) -> list[dict[str, Any]]:
    """Return what has to be taken from the shelf: one line a SKU, by its code."""
    lines: dict[str, dict[str, Any]] = {}
    for parcel in parcels:
        for entry in parcel.contents:
            line = lines.setdefault(entry["sku"], {**_printable_names(entry), "quantity": 0, "parcels": 0})
            line["quantity"] += entry["quantity"]
            line["parcels"] += 1
    return [lines[sku] for sku in sorted(lines)]


def _slip(parcel: Parcel) -> dict[str, Any]:
    address, gift = parcel.address, accepted_gift_of(order=parcel.order)
    return {
        "ref": parcel.ref,
        "order": parcel.order.ref,
        "name": address["name"],
        "address_lines": address_lines(address=address, country_format=str.upper),
        "contents": [{**entry, **_printable_names(entry)} for entry in parcel.contents],
        "units_text": _count(_units([parcel]), "unit"),
        "beside": printable(beside_text(order=parcel.order)),
        "weight_text": f"{sum(entry['weight_g'] for entry in parcel.contents) / 1000:.2f} kg of goods",
        # Whoever gets a gift has bought nothing, and has no message from us to answer.
        "giver": printable(giver_of(order=parcel.order)) if gift else "",
        "words": [printable_words(line) for line in gift.message.splitlines()] if gift else [],
        "thanks": GIFT_NOTE if gift else THANKS,
    }


def _packing_row(parcel: Parcel) -> dict[str, str]:
    goods = [f"{entry['quantity']} × {entry['sku']}" for entry in parcel.contents]
    beside = beside_text(order=parcel.order)
    return {
        "ref": parcel.ref,
        "order": parcel.order.ref,
        "name": parcel.address["name"],
        "contents_text": printable(", ".join([*goods, *([f"with {beside}"] if beside else [])])),
    }


def _printable_names(entry: dict[str, Any]) -> dict[str, str]:
    return {"sku": printable(entry["sku"]), "title": printable(entry["title"])}


def _units(parcels: Sequence[Parcel]) -> int:
    return sum(entry["quantity"] for parcel in parcels for entry in parcel.contents)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
