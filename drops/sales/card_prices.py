"""
What one unit costs wherever no destination is known yet: on cards, in structured data, feeds, previews and the API.

It has every fee that nobody can avoid, and the tax at home where prices are shown with it. Where they are not, as in the
United States, tax is added by destination, and whoever shows the price says so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from drops.catalog.models import Creator
from drops.catalog.tax_classes import TaxClass
from drops.ledger.agreements import agreement_for
from drops.ledger.splits import AgreementTerms
from drops.sales import pricing
from drops.sales.delivery import Destination
from drops.sales.price_rules import rules_of
from drops.sales.tax_rules import shows_tax, taxes_for
from drops.sales.taxes import Taxes, TaxUnknown
from drops.schedule.models import Drop


@dataclass(frozen=True)
class CardPrices:
    """How a creator's prices are shown; loaded once for all that a page shows."""

    rules: pricing.PriceRules
    agreement: AgreementTerms
    taxes: Taxes | None  # None where no tax is to be added
    adds_tax: bool  # by destination, on top of what is shown

    def of(self, *, price_minor: int, tax_class: str) -> int:
        """Return what one unit costs before delivery, in minor units."""
        return pricing.unit_price(
            rules=self.rules, agreement=self.agreement, price_minor=price_minor, tax_class=tax_class, taxes=self.taxes
        )


def card_prices(*, creator: Creator, drop: Drop | None, classes: Collection[str], now: datetime) -> CardPrices:
    """
    Return how prices of things of some classes are shown, as a drop sells them or as the creator does without one.

    Where the tax at home is not known, nothing can be bought either; the price then stands as the creator wrote it, and
    the same words say that tax is added.
    """
    agreement = agreement_for(creator=creator, drop=drop, at=now)
    taxes, adds_tax = None, not creator.prices_include_tax
    if adds_tax and shows_tax(creator=creator):
        try:
            taxes = taxes_for(
                creator=creator, destination=Destination(), classes=classes or [TaxClass.STANDARD], now=now
            )
            adds_tax = False
        except TaxUnknown:
            pass
    return CardPrices(rules_of(creator), agreement, taxes, adds_tax)
