"""
What customs is told of a parcel: the lines that its price was reckoned from, so that both say the same to the cent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fulfillment.models import Parcel


@dataclass(frozen=True)
class DeclaredLine:
    """One line of a customs declaration. Its value has its part of what was paid for the packing."""

    what: str  # the SKU's code, or the extra's title
    description: str
    hs_code: str
    origin_country: str
    quantity: int
    value_minor: int


@dataclass(frozen=True)
class Declaration:
    """What is written into a carrier's customs form; nothing of it is reckoned anew."""

    country: str
    incoterm: str
    currency: str
    lines: tuple[DeclaredLine, ...]

    @property
    def value_minor(self) -> int:
        return sum(line.value_minor for line in self.lines)


def declaration_of(parcel: Parcel) -> Declaration | None:
    """
    Return what customs is told of a parcel; None where it crosses no border, or was sold before lines kept their values.

    Units whose money went back stay at home, and take their own price with them; the packing stays paid for.
    """
    seen = parcel.order.terms.get("delivery", {}).get("import", {})
    items = seen.get("items", [])
    if not items or any("value_minor" not in item for item in items):
        return None
    taken_out = sum(packed.unit.refund_id is not None for packed in parcel.units.all())
    lines = (_line(item, taken_out if "sku" in item else 0) for item in items)
    return Declaration(
        country=seen["country"],
        incoterm=seen["incoterm"],
        currency=seen["currency"],
        lines=tuple(line for line in lines if line.quantity),
    )


def _line(item: dict[str, Any], taken_out: int) -> DeclaredLine:
    quantity = item["quantity"] - taken_out
    goods_minor = item["value_minor"] - item["packing_minor"]
    return DeclaredLine(
        what=item.get("sku") or item["title"],
        description=item["description"],
        hs_code=item["hs_code"],
        origin_country=item["origin_country"],
        quantity=quantity,
        value_minor=goods_minor * quantity // item["quantity"] + item["packing_minor"],
    )
