"""
Makers of the plain values that a price is computed from; nothing of a database.
"""

from datetime import date

from drops.ledger.splits import AgreementTerms, SplitLine
from drops.sales import pricing
from drops.sales.delivery import DeliveryOption, Destination
from drops.sales.taxes import Taxes

DAY = date(2026, 11, 27)
ALONE = (SplitLine(None, "Kiln & Tide", 10_000),)


def rules(**given):
    return pricing.PriceRules(**{"name": "Kiln & Tide", "currency": "EUR"} | given)


def agreed(*, lines=ALONE, platform_bp=300, fixed=0, ref="", version=0):
    return AgreementTerms(ref, version, lines, platform_bp, fixed)


def vat(rate_bp=2300, country="PT", **given):
    return Taxes(country, "vat", {"standard": rate_bp}, **given)


def price(
    *, unit=3800, quantity=1, delivery=0, partner=0, charges=(), taxes=None, agreement=None, extras=(), tax_class="standard",
    return_rule="any_reason", **made_by,
):  # fmt: skip
    option = DeliveryOption(
        "pickup", "slot", "Café Mira", delivery, DAY, DAY, partner_fee_minor=partner, import_charges=charges
    )
    return pricing.price(
        rules=rules(**made_by),
        goods=pricing.Goods("batch-07", "RM-SAGE", "Ring mug · Sage", unit, quantity, tax_class, return_rule),
        delivery=option,
        destination=Destination("PT"),
        taxes=taxes or vat(),
        agreement=agreement or agreed(),
        hold_minutes=10,
        extras=extras,
    )


def lines_of(terms):
    return [(line["kind"], line["amount_minor"]) for line in terms["lines"]]


def within(terms):
    return [(line["label"], line["amount_minor"]) for line in terms["of_which"]]
