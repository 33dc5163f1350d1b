"""
All that a price is reckoned from but what is chosen beside the goods, so that one more choice costs no more queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drops.catalog.extras import ExtraKind
from drops.catalog.models import Sku
from drops.ledger.agreements import agreement_for
from drops.ledger.splits import AgreementTerms
from drops.sales import pricing
from drops.sales.delivery import Beside, CannotDeliver, DeliveryGone, DeliveryOption, Destination
from drops.sales.price_rules import rules_of
from drops.sales.tax_rules import taxes_for
from drops.sales.taxes import Taxes
from drops.schedule.models import Drop


@dataclass(frozen=True)
class Reckoning:
    drop: Drop
    sku: Sku
    quantity: int
    delivery: DeliveryOption
    destination: Destination
    taxes: Taxes
    agreement: AgreementTerms
    now: datetime

    def terms(self, extras: Sequence[pricing.ExtraItem] = ()) -> dict[str, Any]:
        """
        Return the terms with something beside the goods, or with nothing.

        :raises TaxUnknown: if the tax on one of them is not known there.
        :raises DeliveryGone: if the goods reach that place this way, but not with these beside them.
        """
        sku, drop = self.sku, self.drop
        return pricing.price(
            rules=rules_of(drop.creator),
            goods=pricing.Goods(
                drop.ref,
                sku.code,
                str(sku),
                sku.price_minor,
                self.quantity,
                sku.product.tax_class,
                sku.product.return_rule,
            ),
            extras=extras,
            delivery=self._delivery_with(extras),
            destination=self.destination,
            taxes=self._taxes_with(extras),
            agreement=self.agreement,
            hold_minutes=drop.hold_minutes,
        )

    def _delivery_with(self, extras: Sequence[pricing.ExtraItem]) -> DeliveryOption:
        """Return the way of delivery with all that a border counts: what is paid for beside the goods is in the parcel."""
        beside = [
            Beside(
                ref=extra.ref,
                is_packaging=extra.kind == ExtraKind.PACKAGING,
                title=extra.title,
                quantity=extra.quantity,
                value_minor=extra.unit_price_minor * extra.quantity,
                hs_code=extra.hs_code,
                origin_country=extra.origin_country,
                description=extra.description,
            )
            for extra in extras
        ]
        try:
            return self.delivery.with_beside(beside)
        except CannotDeliver as refusal:
            way = {"method": self.delivery.method, "option": self.delivery.key}
            raise DeliveryGone(refusal.message, **way) from refusal

    def _taxes_with(self, extras: Sequence[pricing.ExtraItem]) -> Taxes:
        """Return the taxes that were looked up for the goods; only what is of another class is looked up as well."""
        classes = {self.sku.product.tax_class, *(extra.tax_class for extra in extras)}
        if self.taxes.is_export or classes <= self.taxes.rates.keys():
            return self.taxes
        creator = self.drop.creator
        return taxes_for(creator=creator, destination=self.destination, classes=sorted(classes), now=self.now)


def reckoning_of(
    *,
    drop: Drop,
    sku: Sku,
    quantity: int,
    delivery: DeliveryOption,
    destination: Destination,
    taxes: Taxes,
    now: datetime,
) -> Reckoning:
    """Return what the price of a wish is reckoned from, with what is agreed for its drop right now."""
    agreement = agreement_for(creator=drop.creator, drop=drop, at=now)
    return Reckoning(drop, sku, quantity, delivery, destination, taxes, agreement, now)
