"""
One currency turned into another, where somebody stated how: exact, and rounded once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from math import floor

from babel.numbers import get_currency_precision

from fulfillment.import_rules import CurrencyConversion


class Conversions:
    """The conversions that hold on a day. One that was stated the other way round is turned."""

    def __init__(self, stated: Iterable[CurrencyConversion], day: date) -> None:
        self._stated = {
            (row.currency, row.into): row
            for row in sorted(stated, key=lambda row: (row.valid_from, row.pk or 0))
            if row.valid_from <= day and (row.valid_until is None or day <= row.valid_until)
        }

    def exactly(self, amount_minor: int, currency: str, into: str) -> Fraction | None:
        """Return minor units of another currency, not rounded; None if nobody stated how."""
        if currency == into:
            return Fraction(amount_minor)
        if there := self._stated.get((currency, into)):
            rate = Fraction(there.rate)
        elif back := self._stated.get((into, currency)):
            rate = 1 / Fraction(back.rate)
        else:
            return None
        return amount_minor * rate * Fraction(10) ** (get_currency_precision(into) - get_currency_precision(currency))

    def rounded(self, amount_minor: int, currency: str, into: str) -> int | None:
        """Return minor units of another currency, half up; None if nobody stated how."""
        exact = self.exactly(amount_minor, currency, into)
        return None if exact is None else floor(exact + Fraction(1, 2))

    def words(self, currency: str, into: str) -> str:
        """Return how it was stated, like "1 GBP = 1.15 EUR (of 2026-11-27)"."""
        row = self._stated.get((currency, into)) or self._stated.get((into, currency))
        return "" if row is None else f"{row} (of {row.valid_from.isoformat()})"
