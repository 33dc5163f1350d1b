"""
Which parcels cross a customs border, and what is due there, from the rows that hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from drops.catalog.countries import EU
from drops.catalog.models import Sku
from drops.catalog.tax_classes import TaxClass
from drops.catalog.tax_rates import TaxName, TaxRate
from drops.sales.delivery import Basket
from fulfillment.customs import Consignment, CustomsItem, Estimate, evaluate
from fulfillment.import_rules import (
    UNION,
    ChargeKind,
    Confidence,
    CurrencyConversion,
    ImportRule,
    RuleKind,
    ValueBase,
)

NORTHERN_IRELAND = "BT"  # begins its postcodes; for goods from the Union there is no border (Windsor Framework, art. 5)


def crosses_border(*, home: str, country: str, postcode: str = "") -> bool:
    """Tell whether a parcel from one country to another passes customs."""
    if country in ("", home) or {home, country} <= EU:
        return False
    return not (home in EU and country == "GB" and postcode.strip().upper().startswith(NORTHERN_IRELAND))


def borders_of(*, home: str, countries: Collection[str]) -> dict[str, str]:
    """Return a name for each country's customs border: one for all of the Union that have no rules of their own, "" for none."""
    crossed = {country for country in countries if crosses_border(home=home, country=country)}
    own = set()
    if crossed & EU:
        own = set(ImportRule.objects.filter(dest__in=crossed & EU).values_list("dest", flat=True))
    named = {country: UNION if country in EU - own else country for country in crossed}
    return {country: named.get(country, "") for country in countries}


@dataclass(frozen=True)
class Border:
    """The rules of one country, read once for every rate that leads there."""

    country: str
    rules: Sequence[ImportRule]
    conversions: Sequence[CurrencyConversion]

    def estimate(
        self, *, items: tuple[CustomsItem, ...], currency: str, freight_minor: int, incoterm: str, day: date
    ) -> Estimate:
        parcel = Consignment(self.country, currency, items, freight_minor, incoterm)
        return evaluate(parcel=parcel, rules=self.rules, conversions=self.conversions, day=day)


def border_of(*, country: str) -> Border:
    """Return what is known of a country's border."""
    places = [country, UNION] if country in EU else [country]
    rules = list(ImportRule.objects.filter(dest__in=places).order_by("pk"))
    if country in EU:
        rules += _own_tax_of(country)
    return Border(country, rules, list(CurrencyConversion.objects.order_by("pk")))


def items_of(*, basket: Basket) -> tuple[CustomsItem, ...]:
    """Return what is in a basket as customs is told."""
    sku = Sku.objects.get(pk=basket.sku_id)
    return (item_of(sku=sku, value_minor=basket.goods_minor, quantity=basket.quantity),)


def item_of(*, sku: Sku, value_minor: int, quantity: int = 1) -> CustomsItem:
    return CustomsItem(
        sku_code=sku.code,
        hs_code=sku.hs_code,
        origin_country=sku.origin_country,
        description=sku.customs_description,
        value_minor=value_minor,
        quantity=quantity,
    )


def _own_tax_of(country: str) -> Iterable[ImportRule]:
    """
    Return the import tax of a member state: its own VAT on what was paid for goods, postage and duty (Directive 2006/112/EC,
    art. 85, 86 and 94 (2)). Whether a reduced rate applies is for its customs to decide, so it stays an estimate.
    """
    rates = TaxRate.objects.filter(country=country, region="", tax_class=TaxClass.STANDARD, name=TaxName.VAT)
    return [
        ImportRule(
            dest=country,
            kind=RuleKind.AD_VALOREM,
            charge=ChargeKind.IMPORT_TAX,
            base=ValueBase.DUTY_INCLUSIVE,
            rate_bp=rate.rate_bp,
            confidence=Confidence.ESTIMATE,
            valid_from=rate.valid_from,
            valid_until=rate.valid_until,
            source_url=rate.source,
            checked_on=rate.checked_on,
        )
        for rate in rates.order_by("pk")
    ]
