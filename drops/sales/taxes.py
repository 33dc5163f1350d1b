"""
Which taxes a sale to one destination contains. Plain values: where the rates come from is said in tax_rules.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from babel import Locale

from drops.errors import Refused

_WORDS = {"vat": "VAT", "sales_tax": "Sales tax"}


class TaxUnknown(Refused):
    """Nobody said which tax is due there, so nothing is sold there; `why` and its facts are for other languages."""

    code = "tax_unknown"


@lru_cache
def country_in_words(country: str) -> str:
    return str(Locale.parse("en").territories.get(country, country))


@dataclass(frozen=True)
class Taxes:
    """Whose tax a sale contains, and at which rate each class of things is taxed."""

    country: str
    name: str  # "vat" or "sales_tax", for those who say it in another language
    rates: Mapping[str, int] = field(default_factory=dict)  # basis points by TaxClass
    is_export: bool = False  # then nothing is taxed
    is_abroad: bool = False  # the destination's tax and not the creator's own (OSS)

    def rate_bp(self, tax_class: str) -> int:
        """
        Return the rate of a class of things.

        :raises TaxUnknown: if there is none on the day.
        """
        if self.is_export:
            return 0
        if tax_class not in self.rates:
            raise TaxUnknown(
                f"We can't sell this in {country_in_words(self.country)} yet: its tax there is not known.",
                why="tax",
                country=self.country,
                tax_class=tax_class,
            )
        return self.rates[tax_class]

    def label(self, tax_class: str) -> str:
        """Return what the tax is called, with its rate."""
        words = _WORDS[self.name]
        if self.is_export:
            return f"{words}: none, this is an export"
        where = f" ({self.country})" if self.is_abroad else ""
        return f"{words} {self.rate_bp(tax_class) / 100:g} %{where}"

    def facts(self, tax_class: str) -> dict[str, Any]:
        """Return what a line about this tax says besides its amount."""
        facts = {
            "label": self.label(tax_class),
            "name": self.name,
            "rate_bp": self.rate_bp(tax_class),
            "is_export": self.is_export,
            "country": self.country,
            "tax_class": tax_class,
        }
        return facts | {"is_abroad": True} if self.is_abroad else facts
