"""
Every cent of an order on one page: from what the shopper paid down to each payee, what happened since, and where it is now. Pure.

Nothing here is a figure of its own. The price comes from the order's terms, the rest from the ledger's entries and the
plans of refunds; each is reckoned again by its rule, and a `Sum` says whether both come to the same.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class AgreedFee:
    """What the platform takes of the goods, and by which version of which agreement."""

    version: int  # 0: nothing was agreed among creators
    subject: str
    platform_bp: int
    platform_fixed_minor: int
    effective_at: datetime | None = None


@dataclass(frozen=True)
class Booked:
    """One entry of the ledger."""

    account: str
    amount_minor: int
    payee_id: int | None = None
    payee_name: str = ""
    payee_kind: str = ""
    country: str = ""
    memo: str = ""


@dataclass(frozen=True)
class Movement:
    """One transaction of the ledger that is about the order."""

    cause: str
    kind: str
    at: datetime
    entries: tuple[Booked, ...]
    about: str = ""  # in words, where rows beside the ledger know more

    @property
    def sum_minor(self) -> int:
        return sum(entry.amount_minor for entry in self.entries)


@dataclass(frozen=True)
class OrderFacts:
    """All that an explanation is made from."""

    ref: str
    title: str
    currency: str
    terms: Mapping[str, Any]  # with the shares that were booked
    quoted_partner_minor: int
    seller_payee: int | None
    seller_name: str
    fee: AgreedFee
    movements: tuple[Movement, ...] = ()
    refunds: tuple[Mapping[str, Any], ...] = ()  # their plans, oldest first
    tax_sources: Mapping[tuple[str, str], str] = field(default_factory=dict)  # by country and class
    partner_rule: str = ""
    is_capture_owed: bool = False


@dataclass(frozen=True)
class Rung:
    """One step on the way down: what it is called, by which rule, how much, and what is left after it."""

    kind: str
    label: str
    rule: str
    amount_minor: int
    left_minor: int | None = None
    payee_id: int | None = None
    booked_minor: int | None = None  # what the ledger has for it; None, where it is no account of its own

    @property
    def is_booked(self) -> bool:
        return self.booked_minor is None or self.booked_minor == self.amount_minor


@dataclass(frozen=True)
class Holder:
    """Who has a part of the money now, and how it stands with them."""

    kind: str
    name: str
    amount_minor: int
    parts: tuple[tuple[str, int], ...] = ()
    payee_id: int | None = None


@dataclass(frozen=True)
class Sum:
    """A claim that two ways of reckoning come to the same."""

    claim: str
    expected_minor: int
    found_minor: int

    @property
    def holds(self) -> bool:
        return self.expected_minor == self.found_minor


@dataclass(frozen=True)
class Explanation:
    ref: str
    title: str
    currency: str
    total_minor: int
    paid: tuple[Rung, ...]  # the lines of the price
    taken: tuple[Rung, ...]  # from the total down to the base
    base_minor: int
    shared: tuple[Rung, ...]  # the base, creator by creator
    movements: tuple[Movement, ...]
    holders: tuple[Holder, ...]
    came_in_minor: int
    sums: tuple[Sum, ...]
    is_whole: bool = True  # False: one payee's part of it

    @property
    def wrong(self) -> int:
        """How many sums do not come out."""
        rungs = [*self.taken, *self.shared]
        return sum(not one.holds for one in self.sums) + sum(not rung.is_booked for rung in rungs)

    @property
    def held_minor(self) -> int:
        return sum(holder.amount_minor for holder in self.holders)


def part_of(explanation: Explanation, payees: Collection[int]) -> Explanation:
    """
    Return what one payee is shown: how their own share comes about, and what was written on their own accounts.

    What the others get is one sum. Nothing in it says who bought.
    """
    own = tuple(rung for rung in explanation.shared if rung.payee_id in payees)
    others = [rung for rung in explanation.shared if rung.payee_id not in payees]
    rest = sum(rung.amount_minor for rung in others)
    name = "The other creators" if own else "The creators"
    merged = (Rung("others", name, "Their shares, in one sum.", rest),) if others else ()
    movements = [
        replace(one, about="", entries=tuple(entry for entry in one.entries if entry.payee_id in payees))
        for one in explanation.movements
    ]
    holders = tuple(holder for holder in explanation.holders if holder.payee_id in payees)
    return replace(
        explanation,
        shared=own + merged,
        movements=tuple(one for one in movements if one.entries),
        holders=holders,
        sums=tuple(one for one in explanation.sums if one.claim in _OF_THE_PRICE),
        is_whole=False,
    )


LINES_SUM = "The lines of the price"
TAX_AGAIN = "Tax, reckoned again from the lines"
LADDER_SUM = "The total less everything taken off it"
SHARES_SUM = "The creators’ shares"
_OF_THE_PRICE = (LINES_SUM, TAX_AGAIN, LADDER_SUM, SHARES_SUM)
