"""
The rates of tax that the shop begins with. Only what is sure; what is missing is refused, and staff may add it with a source.

Of a member state of the Union, from the Commission's database as the package `eu_vat_rates_data` brings it:

* *standard* is its standard rate;
* *reduced* only where it has exactly one. Where it has several, the law says by kind of thing which one is meant, and the
  list mixes in rates of single regions (Madeira, Corsica, Jungholz): somebody has to look it up;
* *super-reduced* where it has one below 5 % (Directive 2006/112/EC, art. 98 (2)), the limit that makes it one;
* *zero* in Ireland (VAT Consolidation Act 2010, Schedule 2) and the United Kingdom (VAT Act 1994, Schedule 8) alone.
"""

from datetime import date
from typing import Any

import eu_vat_rates_data

from drops.catalog.countries import SHOWS_TAX
from drops.catalog.tax_classes import TaxClass

FIRST_DAY = date(2026, 1, 1)  # on which all of these were in force
_BELOW = 5  # per cent
_CHECKED = date(2026, 11, 27)
_ZERO = {"GB": "VAT Act 1994, Schedule 8", "IE": "VAT Consolidation Act 2010, Schedule 2"}
_NO_SALES_TAX = {"DE": "Delaware", "MT": "Montana", "NH": "New Hampshire", "OR": "Oregon"}


def rates_to_begin_with(*, valid_from: date = FIRST_DAY) -> list[dict[str, Any]]:
    """Return rows for the table of rates, as of a day."""
    checked = date.fromisoformat(eu_vat_rates_data.data_version)
    rows = []
    for country in sorted(SHOWS_TAX):
        known = eu_vat_rates_data.get_all_rates()[country]
        source = "European Commission, TEDB" if known["eu_member"] else "national law, as collected"
        source += f", by eu_vat_rates_data {eu_vat_rates_data.data_version}"
        for tax_class, percent in _classes(known):
            rows.append(_row(country, "", tax_class, round(percent * 100), "vat", valid_from, source, checked))
    rows += [_row(country, "", TaxClass.ZERO, 0, "vat", valid_from, law, _CHECKED) for country, law in _ZERO.items()]
    rows += [
        _row("US", state, TaxClass.STANDARD, 0, "sales_tax", valid_from, f"{name} levies no sales tax", _CHECKED)
        for state, name in _NO_SALES_TAX.items()
    ]
    return rows


def _classes(known: Any) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = [(TaxClass.STANDARD, known["standard"])]
    if len(known["reduced"]) == 1:
        found.append((TaxClass.REDUCED, known["reduced"][0]))
    if known["super_reduced"] is not None and known["super_reduced"] < _BELOW:
        found.append((TaxClass.SUPER_REDUCED, known["super_reduced"]))
    return found


def _row(
    country: str, region: str, tax_class: str, rate_bp: int, name: str, valid_from: date, source: str, checked_on: date
) -> dict[str, Any]:
    return {
        "country": country,
        "region": region,
        "tax_class": str(tax_class),
        "rate_bp": rate_bp,
        "name": name,
        "valid_from": valid_from,
        "source": source,
        "checked_on": checked_on,
    }
