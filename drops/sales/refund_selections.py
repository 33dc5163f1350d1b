"""
What of an order somebody wants to go back, and whose doing it is.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    WHOLE = "whole"
    LINES = "lines"
    AMOUNT = "amount"


class Doing(StrEnum):
    """Whose doing a refund is; the buyer's places come back only if it is the shop's."""

    SHOP = "shop"
    BUYER = "buyer"


@dataclass(frozen=True)
class Selection:
    """What of an order is to go back."""

    kind: Kind
    quantities: tuple[tuple[int, int], ...] = ()  # the place of a line in the quote without its tax lines, and how many
    with_delivery: bool = False
    amount_minor: int = 0
    doing: Doing = Doing.SHOP

    def as_data(self) -> dict[str, Any]:
        return {
            "kind": str(self.kind),
            "quantities": [list(pair) for pair in sorted(self.quantities)],
            "with_delivery": self.with_delivery,
            "amount_minor": self.amount_minor,
            "doing": str(self.doing),
        }


WHOLE = Selection(Kind.WHOLE)
