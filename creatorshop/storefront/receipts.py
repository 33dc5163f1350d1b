"""
The terms of a quote, a hold or an order as a receipt: the same rows wherever they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from creatorshop.storefront import wording
from drops.catalog.return_rules import ReturnRule
from drops.money import format_minor
from drops.sales.return_terms import return_days_of, return_rule_of

MADE_FOR_YOU = "It is made for you, so it can only go back if something is wrong with it."


@dataclass(frozen=True)
class Row:
    label: str
    amount: str
    kind: str


@dataclass(frozen=True)
class Receipt:
    title: str
    rows: list[Row]
    of_which: list[Row]
    total: str
    method: str  # "pickup" or "parcel"
    delivery: str  # "Pick up Fri 27 Nov, 16:00–18:00" or "Arrives Wed 2 – Fri 4 Dec"
    place: str
    returns: str
    import_note: str  # what is due at a customs border; empty where none is crossed
    hold_minutes: int


def receipt_of(terms: dict[str, Any]) -> Receipt:
    """Return quoted terms as people read them."""
    currency = terms["currency"]

    def row(line: dict[str, Any], before: str = "") -> Row:
        return Row(before + line["label"], format_minor(line["amount_minor"], currency), line["kind"])

    delivery = terms["delivery"]
    return Receipt(
        title=terms["title"],
        rows=[row(line) for line in terms["lines"]],
        of_which=[row(line, "of which ") for line in terms["of_which"]],
        total=format_minor(terms["total_minor"], currency),
        method=delivery["method"],
        delivery=delivery_text(delivery),
        place=delivery["place"] or delivery["label"],
        returns=returns_text(terms),
        import_note=delivery.get("import_note", ""),
        hold_minutes=terms["hold_minutes"],
    )


def returns_text(terms: dict[str, Any]) -> str:
    """Return what may be sent back without asking, as it has to be said before the sale."""
    within = f"within {return_days_of(terms)} days of receiving it"
    match return_rule_of(terms):
        case ReturnRule.SEALED:
            return f"You can return it {within}, as long as its seal is unbroken."
        case ReturnRule.MADE_FOR_BUYER:
            rest = f" What you add to it can go back {within}." if return_days_of(terms) else ""
            return f"{MADE_FOR_YOU}{rest}"
        case _:
            return f"You can return it {within}."


def delivery_text(delivery: dict[str, Any]) -> str:
    """Return when the goods can be had: a slot's hours at its place, or the days on which a parcel arrives."""
    if delivery["starts_at"]:
        zone = ZoneInfo(delivery["time_zone"])
        starts_at, ends_at = datetime.fromisoformat(delivery["starts_at"]), datetime.fromisoformat(delivery["ends_at"])
        return f"Pick up {wording.day(starts_at.astimezone(zone).date())}, {wording.span(starts_at, ends_at, zone)}"
    earliest, latest = date.fromisoformat(delivery["earliest_date"]), date.fromisoformat(delivery["latest_date"])
    return f"Arrives {wording.days(earliest, latest)}"
