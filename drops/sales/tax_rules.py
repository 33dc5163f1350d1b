"""
Which taxes a creator's sale to a place contains, by the table of rates.

* At home: the home country's rates, or the creator's own in place of the standard one.
* To another member state of the Union: the destination's rates for creators who use the one-stop shop (OSS), for all others
  their home's, as below the threshold (Directive 2006/112/EC, art. 33 and 59c).
* Anywhere else: an export, with no tax.

A place for which no row says anything is refused with the reason. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo

from drops.catalog.countries import EU, SHOWS_TAX
from drops.catalog.models import Creator
from drops.catalog.postcodes import region_of
from drops.catalog.tax_classes import TaxClass
from drops.catalog.tax_rates import TaxName, rates_of
from drops.sales.delivery import Destination
from drops.sales.taxes import Taxes, TaxUnknown, country_in_words


def taxes_for(*, creator: Creator, destination: Destination, classes: Collection[str], now: datetime) -> Taxes:
    """
    Return the taxes of a sale of things of some classes; a destination without a country is the creator's home.

    :raises TaxUnknown: if no rate is known for one of them, or not without a postcode.
    """
    country = destination.country or creator.country
    usual = TaxName.VAT if creator.country in SHOWS_TAX else TaxName.SALES_TAX
    if country != creator.country and not {country, creator.country} <= EU:
        return Taxes(creator.country, str(usual), is_export=True)
    is_abroad = creator.uses_oss and country != creator.country
    where = country if is_abroad else creator.country
    own = {} if is_abroad else _own_rates(creator)
    if own.keys() >= set(classes):
        return Taxes(where, str(usual), own)
    region = region_of(country=where, postcode=destination.postcode)
    rows = rates_of(country=where, region=region, day=_day(creator, now))
    rates = {row.tax_class: row.rate_bp for row in rows} | own
    taxes = Taxes(where, rows[-1].name if rows else str(usual), rates, is_abroad=is_abroad)
    for tax_class in classes:
        if tax_class not in rates and where == "US" and not destination.postcode:
            raise TaxUnknown(
                f"We need your postcode to say what tax is due in {country_in_words(where)}.",
                why="tax_postcode",
                country=where,
            )
        taxes.rate_bp(tax_class)
    return taxes


def shows_tax(*, creator: Creator) -> bool:
    """Return whether prices that people read have the tax in them, however the creator writes them."""
    return creator.prices_include_tax or creator.country in SHOWS_TAX


def _own_rates(creator: Creator) -> dict[str, int]:
    if creator.tax_rate_bp is None:
        return {}
    # Who charges no tax at all charges none on anything.
    return (
        {str(one): 0 for one in TaxClass} if creator.tax_rate_bp == 0 else {str(TaxClass.STANDARD): creator.tax_rate_bp}
    )


def _day(creator: Creator, now: datetime) -> date:
    return now.astimezone(ZoneInfo(creator.time_zone)).date()
