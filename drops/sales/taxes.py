"""
Which rate of sales tax a price contains. First form: the creator's own rate, or none on exports.
"""

from dataclasses import dataclass

from drops.catalog.models import Creator

# Member states of the European Union, where a creator of the union charges tax across borders too
# (Directive 2006/112/EC, art. 33 with the 10,000 euro threshold of art. 59c: below it the creator's own rate applies).
EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)


@dataclass(frozen=True)
class Tax:
    rate_bp: int
    label: str
    name: str  # "vat" or "sales_tax", for those who say it in another language
    is_export: bool = False


def tax_for(*, creator: Creator, country: str) -> Tax:
    """Return the tax contained in what a creator sells to a country; an empty country means at home."""
    name = "vat" if creator.country in EU or creator.country == "GB" else "sales_tax"
    words = "VAT" if name == "vat" else "Sales tax"
    is_domestic = country in ("", creator.country) or (creator.country in EU and country in EU)
    if not is_domestic:
        return Tax(0, f"{words}: none, this is an export", name, is_export=True)
    return Tax(creator.tax_rate_bp, f"{words} {creator.tax_rate_bp / 100:g} %", name)
