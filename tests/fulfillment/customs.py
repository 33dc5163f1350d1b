"""Rules, conversions and parcels as tests need them; none of them is in the database unless it is saved."""

from datetime import date
from decimal import Decimal
from typing import Any

from fulfillment.customs import Consignment, CustomsItem, Estimate, evaluate
from fulfillment.import_rules import ChargeKind, CurrencyConversion, ImportRule, Incoterm, RuleKind, ValueBase

DAY = date(2026, 12, 2)
DATED = {"valid_from": date(2026, 1, 1), "checked_on": date(2026, 11, 27), "source_url": "https://customs.example/rule"}


def duty_of(rate_bp: int, **given: Any) -> ImportRule:
    """Make a duty as a share of goods and postage."""
    share = {"kind": RuleKind.AD_VALOREM, "charge": ChargeKind.DUTY, "base": ValueBase.GOODS_AND_FREIGHT}
    return ImportRule(**{"dest": "EU", "rate_bp": rate_bp} | share | DATED | given)


def tax_of(rate_bp: int, **given: Any) -> ImportRule:
    share = {"kind": RuleKind.AD_VALOREM, "charge": ChargeKind.IMPORT_TAX, "base": ValueBase.DUTY_INCLUSIVE}
    return ImportRule(**{"dest": "NL", "rate_bp": rate_bp} | share | DATED | given)


def flat(amount_minor: int, **given: Any) -> ImportRule:
    """Make a duty of an amount in euros for each line."""
    kind = {"kind": RuleKind.FLAT_PER_LINE, "charge": ChargeKind.DUTY, "currency": "EUR"}
    return ImportRule(**{"dest": "EU", "amount_minor": amount_minor} | kind | DATED | given)


def fee(amount_minor: int, **given: Any) -> ImportRule:
    return flat(amount_minor, **{"kind": RuleKind.FEE, "charge": ChargeKind.IMPORT_FEE} | given)


def relief(amount_minor: int, **given: Any) -> ImportRule:
    return flat(amount_minor, **{"kind": RuleKind.THRESHOLD} | given)


def pounds(rate: str, **given: Any) -> CurrencyConversion:
    """State what a pound is in euros."""
    return CurrencyConversion(**{"currency": "GBP", "into": "EUR", "rate": Decimal(rate)} | DATED | given)


def item(value_minor: int = 4000, **given: Any) -> CustomsItem:
    facts = {"sku_code": "C-1", "hs_code": "34060000", "origin_country": "GB", "description": "Beeswax candle in glass"}
    return CustomsItem(**{"value_minor": value_minor} | facts | given)


def judged(
    *rules: ImportRule,
    items: tuple[CustomsItem, ...] = (item(),),
    freight_minor: int = 1000,
    conversions: tuple[CurrencyConversion, ...] = (),
    day: date = DAY,
    **parcel: Any,
) -> Estimate:
    facts = {"country": "NL", "currency": "EUR", "incoterm": Incoterm.DDP} | parcel
    consignment = Consignment(items=items, freight_minor=freight_minor, **facts)
    return evaluate(parcel=consignment, rules=rules, conversions=conversions, day=day)


def amounts(estimate: Estimate) -> list[tuple[str, int]]:
    return [(charge.kind, charge.amount_minor) for charge in estimate.charges]
