"""
Whose each cent of an order is: its price lines as rows, everybody who has a part in them as columns. Pure.

Terms say what each line costs and what each party gets, but not which cent of which line is whose. A refund of one line
has to know that. The table is cut once from the terms, always in the same way; its rows sum to what the shopper paid
and its columns to the shares, so that a refund which takes cells away can end nowhere but at zero.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from drops.ledger.splits import split
from drops.money import share_of, tax_included_in

GOODS = ("goods", "extra", "packaging")
CHARGED_BESIDE = ("delivery", "service_fee", "processor_fee")
DUTIES = ("duty", "import_tax", "import_fee")
# A row that no shopper paid: what the platform gave up so that nobody's share was negative.
ABSORBED = "absorbed"

Cells = dict[tuple[int, str], int]


@dataclass(frozen=True)
class Row:
    """One line of the quote; tax that was added on top is no row, but a part of the cells of the others."""

    kind: str
    label: str
    ref: str  # SKU or extra; empty for what is neither
    tax_class: str
    quantity: int
    amount_minor: int


@dataclass(frozen=True)
class TaxColumn:
    country: str
    tax_class: str
    rate_bp: int
    amount_minor: int


@dataclass(frozen=True)
class CreatorColumn:
    payee: int | None  # None: the creator who sells
    name: str
    share_bp: int
    amount_minor: int


@dataclass(frozen=True)
class Breakdown:
    """Rows, columns and the cells between them; a column is named by its first letter and its place: t0, c0, platform."""

    rows: list[Row]
    taxes: list[TaxColumn]
    creators: list[CreatorColumn]
    cells: Cells = field(default_factory=dict)
    is_tax_on_top: bool = False


def breakdown_of(terms: Mapping[str, Any]) -> Breakdown:
    """Return the table of an order's terms, of today's form or of one that was written before."""
    taxes, creators = _taxes(terms), _creators(terms)
    is_on_top = any(line["kind"] == "tax" for line in terms["lines"])
    rows = _rows(terms)
    table = _Table(rows, _amounts(terms, taxes, creators))
    if is_on_top:
        for cell, amount in _added_taxes(rows, taxes).items():
            table.put(cell, amount)
    _fill(table, taxes)
    return Breakdown(rows, taxes, creators, table.cells, is_on_top)


class _Table:
    """A table being filled: how much room is left in each row, and how much of each column is still to be placed."""

    def __init__(self, rows: list[Row], amounts: Mapping[str, int]) -> None:
        self.rows = rows
        self.room = [row.amount_minor for row in rows]
        self.left = dict(amounts)
        self.cells: Cells = {}

    def of_kind(self, *kinds: str) -> list[int]:
        return [at for at, row in enumerate(self.rows) if row.kind in kinds]

    def put(self, cell: tuple[int, str], amount: int) -> None:
        """Place a part of a column on top of a row, where it takes no room."""
        if amount:
            self.cells[cell] = amount
            self.left[cell[1]] -= amount

    def pour(self, column: str, into: Iterable[int], at_most: int | None = None) -> None:
        """Place what is left of a column, as far as there is room, in proportion to the room."""
        into = list(into)
        room = [self.room[at] for at in into]
        amount = min(self.left[column], sum(room), self.left[column] if at_most is None else at_most)
        if amount <= 0:
            return
        for at, part in zip(into, split(amount, room), strict=True):
            if part:
                self.cells[at, column] = self.cells.get((at, column), 0) + part
                self.room[at] -= part
        self.left[column] -= amount


def _fill(table: _Table, taxes: list[TaxColumn]) -> None:
    for column, kinds in (
        ("postage", ("delivery",)),
        ("platform", ("service_fee",)),
        ("processor", ("processor_fee",)),
        ("duties", DUTIES),
    ):
        table.pour(column, table.of_kind(*kinds))
    # What is left of the rows of delivery and fees is the tax in them; of several classes each gives what its goods leave.
    others = table.of_kind(*CHARGED_BESIDE)
    spare = [
        max(0, table.left[f"t{at}"] - tax_included_in(_goods_of(table.rows, tax, taxes), tax.rate_bp))
        for at, tax in enumerate(taxes)
    ]
    wanted = sum(table.room[at] for at in others)
    if sum(spare) < wanted:
        spare = [table.left[f"t{at}"] for at in range(len(taxes))]
    if sum(spare):
        for at, part in enumerate(split(min(wanted, sum(spare)), spare)):
            table.pour(f"t{at}", others, part)
    for at, tax in enumerate(taxes):
        table.pour(f"t{at}", [row for row in table.of_kind(*GOODS) if _is_of(table.rows[row], tax, taxes)])
    # The rest is what the goods are for: what creators bear, and last the creators themselves.
    goods = table.of_kind(*GOODS, ABSORBED)
    for column in ("processor", "partner", "platform", *(name for name in table.left if name.startswith("c"))):
        table.pour(column, goods)
    # Terms that were cut in some other way: every cent still finds a place.
    for column in table.left:
        table.pour(column, range(len(table.rows)))


def _rows(terms: Mapping[str, Any]) -> list[Row]:
    rows = [
        Row(
            kind=line["kind"],
            label=line["label"],
            ref=str(line.get("ref") or (terms["sku"] if line["kind"] == "goods" else "")),
            tax_class=str(line.get("tax_class", "")),
            quantity=int(line.get("quantity") or (terms["quantity"] if line["kind"] == "goods" else 1)),
            amount_minor=int(line["amount_minor"]),
        )
        for line in terms["lines"]
        if line["kind"] != "tax"
    ]
    if absorbed := int(terms["shares"].get("platform_absorbs_minor", 0)):
        rows.append(Row(ABSORBED, "Given up by the platform", "", "", 1, absorbed))
    return rows


def _amounts(terms: Mapping[str, Any], taxes: list[TaxColumn], creators: list[CreatorColumn]) -> dict[str, int]:
    shares = terms["shares"]
    # What the platform bears never was a part of what the shopper paid.
    is_processor_passed_on = shares.get("processor_borne_by", "platform") != "platform"
    return {
        **{f"t{at}": tax.amount_minor for at, tax in enumerate(taxes)},
        "duties": int(shares.get("duties_minor", 0)),
        "postage": int(shares.get("postage_minor", 0)),
        "processor": int(shares.get("processor_minor", 0)) if is_processor_passed_on else 0,
        "platform": int(shares.get("platform_minor", 0)),
        "partner": int(shares.get("partner_minor", 0)),
        **{f"c{at}": creator.amount_minor for at, creator in enumerate(creators)},
    }


def _added_taxes(rows: list[Row], taxes: list[TaxColumn]) -> Cells:
    """Return each row's part of the tax on top: for goods what their class takes, for the others what goods leave."""
    cells: Cells = {}
    for at, tax in enumerate(taxes):
        goods = [row.amount_minor if row.kind in GOODS and _is_of(row, tax, taxes) else 0 for row in rows]
        others = [row.amount_minor if row.kind in CHARGED_BESIDE else 0 for row in rows]
        of_goods = min(tax.amount_minor, share_of(sum(goods), tax.rate_bp)) if sum(others) else tax.amount_minor
        for weights, amount in ((goods, of_goods), (others, tax.amount_minor - of_goods)):
            for row, part in enumerate(split(amount, weights if sum(weights) else [1] * len(rows))):
                cells[row, f"t{at}"] = cells.get((row, f"t{at}"), 0) + part
    return cells


def _goods_of(rows: list[Row], tax: TaxColumn, taxes: list[TaxColumn]) -> int:
    return sum(row.amount_minor for row in rows if row.kind in GOODS and _is_of(row, tax, taxes))


def _is_of(row: Row, tax: TaxColumn, taxes: list[TaxColumn]) -> bool:
    return len(taxes) == 1 or row.tax_class == tax.tax_class


def _taxes(terms: Mapping[str, Any]) -> list[TaxColumn]:
    listed = terms["shares"].get("tax")
    if listed is None:
        of_which: Mapping[str, Any] = next((line for line in terms["of_which"] if line["kind"] == "tax"), {})
        country = str(terms.get("destination", {}).get("country", ""))
        listed = [
            {"country": country, "rate_bp": of_which.get("rate_bp", 0), "amount_minor": terms["shares"]["tax_minor"]}
        ]
    return [
        TaxColumn(
            country=str(tax.get("country", "")),
            tax_class=str(tax.get("tax_class", "")),
            rate_bp=int(tax.get("rate_bp", 0)),
            amount_minor=int(tax["amount_minor"]),
        )
        for tax in listed
    ]


def _creators(terms: Mapping[str, Any]) -> list[CreatorColumn]:
    listed = terms["shares"].get("creators")
    if not listed:
        return [CreatorColumn(None, "", 10_000, int(terms["shares"]["creator_minor"]))]
    return [
        CreatorColumn(one.get("payee"), str(one.get("name", "")), int(one["share_bp"]), int(one["amount_minor"]))
        for one in listed
    ]
