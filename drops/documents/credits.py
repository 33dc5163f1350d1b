"""
What a credit note says of a refund: the mirror of its order's document, or of the part of it that goes back.

Directive 2006/112/EC, art. 219: what amends an invoice and refers to it without doubt counts as an invoice. Amounts are
positive here and mean what goes back.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from drops.documents.contents import PASSED_ON
from drops.documents.models import Document
from drops.errors import Refused
from drops.ledger.splits import split
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

    The whole of an order is its document's mirror, to the cent; a part is printed by the refund's plan (its `lines` and `tax`).

    :raises CreditUnclear: if there is no plan, and less than the whole went back.
    """
    data = {part: original.data[part] for part in _KEPT}
    data |= {
        "corrects": {part: original.data[part] for part in ("kind", "reference", "issued_date")},
        "total_minor": refund.amount_minor,
    }
    plan = getattr(refund, "plan", None)
    if refund.amount_minor == original.data["total_minor"]:
        lines, taxes = original.data["lines"], original.data["taxes"]
    elif plan:
        lines, taxes = _planned_lines(plan, original.data), _planned_taxes(plan, original.data, refund.amount_minor)
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
    lines = []
    for line in plan["lines"]:
        if line["kind"] != "tax":
            label = _label(line)
            before = printed.get((line["kind"], label), {"unit_price_minor": None})
            lines.append(
                before
                | {
                    "kind": line["kind"],
                    "label": label,
                    "quantity": line.get("quantity") or None,
                    "amount_minor": line["amount_minor"],
                }
            )
    return lines


def _label(line: dict[str, Any]) -> str:
    """Return what a line is, without the number that was bought of it: fewer may go back."""
    count, cross, rest = str(line.get("label", "")).partition(" × ")
    return rest if cross and count.isdecimal() else count + cross + rest


def _planned_taxes(plan: dict[str, Any], original: dict[str, Any], total_minor: int) -> list[dict[str, Any]]:
    """Return the tax that goes back and what it is of, at the rates and in the order of the original."""
    if len(original["taxes"]) == 1:
        [row] = original["taxes"]
        passed_on = sum(line["amount_minor"] for line in plan["lines"] if line["kind"] in PASSED_ON)
        tax_minor = sum(part["amount_minor"] for part in plan["tax"])
        return [row | {"tax_minor": tax_minor, "net_minor": total_minor - passed_on - tax_minor}]
    taxes: dict[int, int] = defaultdict(int)
    nets: dict[int, int] = defaultdict(int)
    for part in plan["tax"]:
        taxes[part["rate_bp"]] += part["amount_minor"]
    for line in plan["lines"]:
        if line["kind"] != "tax" and line["kind"] not in PASSED_ON:
            for rate_bp, net_minor in _nets_of(line, is_included=original["prices_include_tax"]):
                nets[rate_bp] += net_minor
    return [
        row | {"tax_minor": taxes[row["rate_bp"]], "net_minor": nets[row["rate_bp"]]}
        for row in original["taxes"]
        if taxes[row["rate_bp"]] or nets[row["rate_bp"]]
    ]


def _nets_of(line: dict[str, Any], *, is_included: bool) -> list[tuple[int, int]]:
    """Return what of a line is taxed at which rate. A line without tax is taxed with nothing."""
    taxes = line["tax"] or [{"rate_bp": 0, "amount_minor": 0}]
    net_minor = line["amount_minor"] - (sum(tax["amount_minor"] for tax in taxes) if is_included else 0)
    # Delivery and fees may be taxed at several rates at once: cut by what the amounts of tax are of. That is right to some
    # minor units, since such small taxes are rounded; the tax itself, which is what is owed, is the plan's own.
    weights = [tax["amount_minor"] * 10_000_000 // tax["rate_bp"] if tax["rate_bp"] else 0 for tax in taxes]
    parts = split(net_minor, weights if any(weights) else [1] * len(taxes))
    return [(tax["rate_bp"], part) for tax, part in zip(taxes, parts, strict=True)]
