"""
What a credit note says of a refund: the mirror of its order's document, or of the part of it that goes back.

Directive 2006/112/EC, art. 219: what amends an invoice and refers to it without doubt counts as an invoice. Amounts are
positive here and mean what goes back.
"""

from __future__ import annotations

from typing import Any

from drops.documents.models import Document
from drops.errors import Refused
from drops.sales.models import Refund

# What a document says that does not change when a part of it goes back.
_KEPT = (
    "edition",
    "language",
    "seller",
    "buyer",
    "order",
    "supply",
    "payment",
    "currency",
    "prices_include_tax",
    "remarks",
)


class CreditUnclear(Refused):
    """A part of an order's money went back, and nothing says which part."""

    code = "credit_unclear"


def credit_note_data(*, refund: Refund, original: Document) -> dict[str, Any]:
    """
    Return what is printed of a refund, but for number and day of issue.

    A refund with a plan is printed by its plan, one without as the whole order.

    :raises CreditUnclear: if there is no plan, and less than the whole went back.
    """
    data = {part: original.data[part] for part in _KEPT}
    data |= {
        "corrects": {"reference": original.reference, "issued_date": original.data["issued_date"]},
        "total_minor": refund.amount_minor,
    }
    plan = getattr(refund, "plan", None)
    if plan:
        lines, taxes = _planned_lines(plan, original.data), _planned_taxes(plan, original.data, refund.amount_minor)
    elif refund.amount_minor == original.data["total_minor"]:
        lines, taxes = original.data["lines"], original.data["taxes"]
    else:
        raise CreditUnclear("This refund does not say what it is for, so it has no credit note.", refund=refund.key)
    tax_minor = sum(row["tax_minor"] for row in taxes)
    return data | {
        "lines": lines,
        "taxes": taxes,
        "tax_minor": tax_minor,
        "net_minor": refund.amount_minor - tax_minor,
    }


def _planned_lines(plan: dict[str, Any], original: dict[str, Any]) -> list[dict[str, Any]]:
    printed = {(line["kind"], line["label"]): line for line in original["lines"]}
    return [
        {
            "kind": line["kind"],
            "label": (label := _label(line)),
            "quantity": line.get("quantity") or None,
            "unit_price_minor": line.get("unit_price_minor")
            or printed.get((line["kind"], label), {}).get("unit_price_minor"),
            "amount_minor": line["amount_minor"],
        }
        for line in plan["lines"]
        if line["kind"] != "tax"
    ]


def _label(line: dict[str, Any]) -> str:
    label = str(line.get("label", ""))
    return label.split(" × ", 1)[1] if label.split(" × ", 1)[0].isdecimal() and " × " in label else label


def _planned_taxes(plan: dict[str, Any], original: dict[str, Any], total_minor: int) -> list[dict[str, Any]]:
    """Return the tax that goes back, at the rates of the original; its net amounts sum to what goes back without tax."""
    rows = []
    for part in plan["tax"]:
        same = [
            row
            for row in original["taxes"]
            if row["rate_bp"] == part["rate_bp"] and row["country"] in (part.get("country"), "")
        ]
        known = same[0] if same else {"name": "vat", "is_export": False}
        rows.append(
            {
                "name": known["name"],
                "rate_bp": part["rate_bp"],
                "country": part.get("country", ""),
                "is_export": known["is_export"],
                "tax_minor": part["amount_minor"],
                "net_minor": part.get("net_minor"),
            }
        )
    return _with_nets(rows, total_minor)


def _with_nets(rows: list[dict[str, Any]], total_minor: int) -> list[dict[str, Any]]:
    if len(rows) == 1 and rows[0]["net_minor"] is None:
        rows[0]["net_minor"] = total_minor - rows[0]["tax_minor"]
    # Of several rates only the tax is known; what it is of follows from the rate, to the nearest unit.
    for row in rows:
        if row["net_minor"] is None:
            row["net_minor"] = round(row["tax_minor"] * 10_000 / row["rate_bp"]) if row["rate_bp"] else 0
    return rows
