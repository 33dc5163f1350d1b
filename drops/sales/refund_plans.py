"""
What a refund would do, to the cent: to the shopper, line by line, and to everybody who has a part in the order. Pure.

What a person is shown and what runs is this one plan: it is made twice and compared by its hash (ADR 40). Each refund
takes cells away from the order's table (breakdowns.py), always in proportion to what is left in them, so that any
sequence of refunds that gives all of the money back takes exactly all of everybody's part back.

The rules that are not arithmetic:
- units: the money of so many units of a line; the service fee and the duties go back in the same proportion as the goods;
- delivery goes back where it was chosen, or with the whole order;
- a free amount comes out of the goods, and only what is more than they cost out of the rest;
- what the provider keeps of its own fee is the platform's cost, never a payee's;
- the partner keeps the fee for units that were handed over; the creators bear it, as they did before;
- from each payee it is taken where the money is: accrued, released; what was paid out already they owe.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from drops.errors import Invalid, Refused
from drops.idempotency import hash_of
from drops.ledger.splits import split
from drops.sales.breakdowns import ABSORBED, DUTIES, GOODS, Breakdown, Cells, breakdown_of
from drops.sales.refund_selections import WHOLE, Kind, Selection

FORMAT = 1


class NothingToRefund(Refused):
    """All of the order's money went back before."""

    code = "nothing_to_refund"


class NothingChosen(Invalid):
    code = "nothing_chosen"


class MoreThanIsLeft(Invalid):
    """More money, or more units of a line, than did not go back yet."""

    code = "more_than_is_left"


@dataclass(frozen=True)
class Standing:
    """Where the money is that a payee has from one order."""

    payee: int | None = None
    name: str = ""
    accrued_minor: int = 0
    released_minor: int = 0
    postage_minor: int = 0  # passed through the creator who sells, and not released yet


@dataclass(frozen=True)
class OrderMoney:
    """An order as a plan sees it. Standings are by column: platform, partner, c0, c1 and so on, and seller."""

    ref: str
    currency: str
    terms: Mapping[str, Any]
    refunds: tuple[Mapping[str, Any], ...] = ()  # the plans that ran before
    units_here: int = 0  # bought, not refunded, and not handed over
    standings: Mapping[str, Standing] | None = None

    def standing(self, column: str) -> Standing:
        return (self.standings or {}).get(column, Standing())


@dataclass(frozen=True)
class RefundPlan:
    """A frozen plan. `data` is what is stored and hashed."""

    data: Mapping[str, Any]

    @cached_property
    def hash(self) -> str:
        return hash_of(self.data)

    @property
    def amount_minor(self) -> int:
        return int(self.data["amount_minor"])

    @property
    def is_last(self) -> bool:
        """Whether nothing is left of the order after it."""
        return int(self.data["left_minor"]) == 0


def plan_refund(*, money: OrderMoney, selection: Selection) -> RefundPlan:
    """
    Return what a refund would do.

    :raises NothingToRefund: if all went back before.
    :raises NothingChosen: if the selection comes to nothing.
    :raises MoreThanIsLeft: if it is more than is left.
    """
    return _Planning(money, selection).plan()


def left_of(*, money: OrderMoney) -> list[dict[str, Any]]:
    """Return for each line that a person may choose: its place, words, and the units and money that are left of it."""
    planning = _Planning(money, WHOLE)
    table = planning.table
    return [
        {
            "row": at,
            "kind": row.kind,
            "label": row.label,
            "ref": row.ref,
            "quantity_left": planning.units_left(at) if row.kind in GOODS else 0,
            "left_minor": planning.left_in(at),
        }
        for at, row in enumerate(table.rows)
        if row.kind != ABSORBED
    ]


class _Planning:
    def __init__(self, money: OrderMoney, selection: Selection) -> None:
        self.money, self.selection = money, selection
        self.table: Breakdown = breakdown_of(money.terms)
        self.left: Cells = dict(self.table.cells)
        self.borne_before = [0] * len(self.table.creators)
        self.units_before: dict[int, int] = defaultdict(int)
        for earlier in money.refunds:
            for row, column, amount in earlier["cells"]:
                self.left[row, column] -= amount
            for line in earlier["lines"]:
                if line["row"] is not None:
                    self.units_before[line["row"]] += line["quantity"]
            self.borne_before = [
                one + more for one, more in zip(self.borne_before, earlier["partner_borne"], strict=True)
            ]
        self.taken: Cells = defaultdict(int)
        self.units: dict[int, int] = {}
        self.shoppers = [at for at, row in enumerate(self.table.rows) if row.kind != ABSORBED]
        self.goods = [at for at in self.shoppers if self.table.rows[at].kind in GOODS]

    def left_in(self, row: int) -> int:
        return sum(amount for (at, _), amount in self.left.items() if at == row)

    def units_left(self, row: int) -> int:
        return self.table.rows[row].quantity - self.units_before[row]

    def plan(self) -> RefundPlan:
        total = sum(self.left_in(row) for row in self.shoppers)
        if total == 0:
            raise NothingToRefund("All of this order's money went back already.", order=self.money.ref)
        goods_before = sum(self.left_in(row) for row in self.goods)
        match self.selection.kind:
            case Kind.WHOLE:
                self._take_all()
            case Kind.LINES:
                self._take_lines(goods_before)
            case Kind.AMOUNT:
                self._take_amount(total)
        amount = sum(self.taken.values())
        if amount == 0:
            raise NothingChosen("Nothing was chosen to go back.", order=self.money.ref)
        if amount == total:
            # However it was chosen: with the last cent the goods go back too.
            self.units = {row: self.units_left(row) for row in self.goods}
        self._take_absorbed(amount == total, goods_before)
        return RefundPlan(self._data(amount, total - amount))

    def _take_all(self) -> None:
        for row in self.shoppers:
            self._take(row, self.left_in(row))
        self.units = {row: self.units_left(row) for row in self.goods}

    def _take_lines(self, goods_before: int) -> None:
        for row, quantity in sorted(self.selection.quantities):
            if row not in self.goods or not 0 < quantity <= self.units_left(row):
                left = self.units_left(row) if row in self.goods else 0
                raise MoreThanIsLeft(f"Of this line {left} can go back.", row=row, left=left, asked=quantity)
            if row in self.units:
                raise MoreThanIsLeft("A line was named twice.", row=row, left=self.units_left(row), asked=quantity)
            self.units[row] = quantity
            self._take_part(row, quantity, self.units_left(row))
        goods = sum(self.taken.values())
        for row in self.shoppers:
            kind = self.table.rows[row].kind
            if kind in ("service_fee", "processor_fee", *DUTIES) and goods:
                self._take_part(row, goods, goods_before)
            elif kind == "delivery" and self.selection.with_delivery:
                self._take(row, self.left_in(row))

    def _take_amount(self, total: int) -> None:
        amount = self.selection.amount_minor
        if amount <= 0:
            raise NothingChosen("Say how much is to go back.", order=self.money.ref)
        if amount > total:
            raise MoreThanIsLeft("That is more than is left of this order.", left=total, asked=amount)
        others = [row for row in self.shoppers if row not in self.goods]
        for rows in (self.goods, others):
            room = [self.left_in(row) for row in rows]
            part = min(amount, sum(room))
            if part:
                for row, share in zip(rows, split(part, room), strict=True):
                    self._take(row, share)
                amount -= part

    def _take_absorbed(self, is_last: bool, goods_before: int) -> None:
        """Undo what the platform gave up, in the proportion in which the goods go back."""
        goods = sum(amount for (row, _), amount in self.taken.items() if row in self.goods)
        for at, row in enumerate(self.table.rows):
            if row.kind == ABSORBED:
                left = self.left_in(at)
                self._take(at, left if is_last else left * goods // goods_before if goods_before else 0)

    def _take_part(self, row: int, part: int, whole: int) -> None:
        """Take a fraction of what is left in a row, rounded down; the last of it takes the rest."""
        for group in self._groups(row):
            self._take_from(group, sum(self.left[cell] for cell in group) * part // whole)

    def _take(self, row: int, amount: int) -> None:
        groups = self._groups(row)
        sums = [sum(self.left[cell] for cell in group) for group in groups]
        if amount:
            for group, share in zip(groups, split(amount, sums), strict=True):
                self._take_from(group, share)

    def _take_from(self, group: list[tuple[int, str]], amount: int) -> None:
        if amount:
            for cell, part in zip(group, split(amount, [self.left[cell] for cell in group]), strict=True):
                if part:
                    self.taken[cell] += part
                    self.left[cell] -= part

    def _groups(self, row: int) -> list[list[tuple[int, str]]]:
        """Return a row's cells. Tax on top goes by itself, so that a unit's net price goes back exactly."""
        cells = sorted(cell for cell in self.left if cell[0] == row)
        if not self.table.is_tax_on_top:
            return [cells]
        return [[cell for cell in cells if not _is_tax(cell[1])], [cell for cell in cells if _is_tax(cell[1])]]

    def _data(self, amount: int, left: int) -> dict[str, Any]:
        columns: dict[str, int] = defaultdict(int)
        for (_, column), part in self.taken.items():
            columns[column] += part
        absorbed = sum(part for (row, _), part in self.taken.items() if self.table.rows[row].kind == ABSORBED)
        units_asked = sum(count for row, count in self.units.items() if self.table.rows[row].kind == "goods")
        units_back = min(units_asked, self.money.units_here)
        kept = self._partner_keeps(units_asked, units_back)
        borne = self._borne(kept)
        payees = [
            self._payee("creator", f"c{at}", columns[f"c{at}"] + borne[at]) for at in range(len(self.table.creators))
        ]
        payees.append(self._payee("partner", "partner", columns["partner"] - kept))
        payees.append(self._payee("platform", "platform", columns["platform"] - absorbed))
        seller = self.money.standing("seller")
        return {
            "format": FORMAT,
            "order": self.money.ref,
            "number": len(self.money.refunds) + 1,
            "currency": self.money.currency,
            "selection": self.selection.as_data(),
            "amount_minor": amount,
            "left_minor": left,
            "lines": self._lines(columns),
            "tax": self._taxes(columns),
            "postage_minor": columns["postage"],
            "postage_payee": seller.payee,
            "postage_from": self._postage(columns["postage"], seller, payees),
            "duties_minor": columns["duties"],
            "provider_keeps_minor": columns["processor"],
            "platform_gave_up_minor": absorbed,
            "partner_keeps_minor": kept,
            "partner_borne": borne,
            "payees": [payee for payee in payees if payee["amount_minor"]],
            "units_asked": units_asked,
            "units_back": units_back,
            "cells": [[row, column, part] for (row, column), part in sorted(self.taken.items()) if part],
        }

    def _partner_keeps(self, units_asked: int, units_back: int) -> int:
        fee = sum(part for (_, column), part in self.taken.items() if column == "partner")
        if units_asked:
            return fee * (units_asked - units_back) // units_asked
        still_open = sum(self.units_left(row) for row in self.goods if self.table.rows[row].kind == "goods")
        return fee if still_open > self.money.units_here else 0

    def _borne(self, kept: int) -> list[int]:
        """Cut what the partner keeps among the creators; over all refunds each bears its part of the fee and no more."""
        fee = sum(part for (_, column), part in self.table.cells.items() if column == "partner")
        bps = [creator.share_bp for creator in self.table.creators]
        if not kept:
            return [0] * len(bps)
        parts = split(fee, bps)
        return split(kept, [part - before for part, before in zip(parts, self.borne_before, strict=True)])

    def _payee(self, role: str, column: str, amount: int) -> dict[str, Any]:
        standing = self.money.standing(column)
        there = {"accrued": standing.accrued_minor, "released": standing.released_minor}
        return {
            "role": role,
            "column": column,
            "payee": standing.payee,
            "name": standing.name,
            "amount_minor": amount,
            "from": _sources(amount, there, rest="cost" if role == "platform" else "receivable"),
        }

    def _postage(self, amount: int, seller: Standing, payees: list[dict[str, Any]]) -> dict[str, int]:
        """Take the postage where it is; once it was released it lies with what its creator earned."""
        own = [payee["from"] for payee in payees if payee["payee"] == seller.payee]
        there = {
            "postage": seller.postage_minor,
            "released": seller.released_minor - sum(source.get("released", 0) for source in own),
        }
        return _sources(amount, there, rest="receivable")

    def _lines(self, columns: Mapping[str, int]) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = []
        for at in self.shoppers:
            cells = {column: part for (row, column), part in self.taken.items() if row == at and part}
            on_top = sum(part for column, part in cells.items() if _is_tax(column)) if self.table.is_tax_on_top else 0
            amount, row = sum(cells.values()) - on_top, self.table.rows[at]
            if amount or on_top or self.units.get(at):
                lines.append(
                    {
                        "row": at,
                        "kind": row.kind,
                        "label": row.label,
                        "ref": row.ref,
                        "quantity": self.units.get(at, 0),
                        "amount_minor": amount,
                        "tax": self._taxes({column: part for column, part in cells.items() if _is_tax(column)}),
                    }
                )
        if self.table.is_tax_on_top:
            for tax in self._taxes(columns):
                label = f"Tax {tax['rate_bp'] / 100:g} %"
                lines.append(
                    {"row": None, "kind": "tax", "label": label, "ref": "", "quantity": 0}
                    | {"amount_minor": tax["amount_minor"], "tax": []}
                )
        return lines

    def _taxes(self, columns: Mapping[str, int]) -> list[dict[str, Any]]:
        return [
            {
                "country": tax.country,
                "tax_class": tax.tax_class,
                "rate_bp": tax.rate_bp,
                "amount_minor": columns[f"t{at}"],
            }
            for at, tax in enumerate(self.table.taxes)
            if columns.get(f"t{at}")
        ]


def _sources(amount: int, there: Mapping[str, int], *, rest: str) -> dict[str, int]:
    """Take an amount from where money is, in this order; what is nowhere goes by the name of `rest`."""
    sources = {}
    for name, standing in there.items():
        # A negative amount is given, not taken: the platform gets back what it gave up.
        sources[name] = amount if amount < 0 else min(amount, max(0, standing))
        amount -= sources[name]
    sources[rest] = amount
    return {name: part for name, part in sources.items() if part}


def _is_tax(column: str) -> bool:
    return column.startswith("t") and column[1:].isdigit()
