"""
Ways of sending that cross a customs border: each says what is due there, or is not offered at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from drops.sales.delivery import AtBorder, Basket, Beside, CannotDeliver, DeliveryOption
from fulfillment.addresses import country_name
from fulfillment.borders import Border, border_of, items_of
from fulfillment.customs import CustomsItem, Estimate
from fulfillment.import_rules import Incoterm
from fulfillment.import_words import import_facts, import_note
from fulfillment.valuation import declared_items


def options_across(
    *, options: Sequence[DeliveryOption], incoterms: Mapping[str, str], basket: Basket, country: str
) -> list[DeliveryOption]:
    """
    Return the options that may be offered to a country behind a customs border, with its charges in what they cost.

    Each is judged by the rules of the first day on which it may arrive. What is paid in advance has to be known, or at least
    estimated: otherwise nobody could be charged for it.

    :raises CannotDeliver: if none of them may be; with the reason of the first.
    """
    border, (goods,) = border_of(country=country), items_of(basket=basket)
    offered, refusals = [], []
    for option in options:
        crossing = _Crossing(border, goods, basket.currency, option, incoterms[option.key])
        try:
            found = crossing.with_beside(())
        except CannotDeliver as refusal:
            refusals.append(refusal)
            continue
        offered.append(
            replace(
                option,
                import_charges=found.charges,
                import_note=found.note,
                import_facts=found.facts,
                at_border=crossing.with_beside,
            )
        )
    if not offered:
        raise refusals[0]
    return offered


@dataclass(frozen=True)
class _Crossing:
    """One way across a border, with all that has to be read for it."""

    border: Border
    goods: CustomsItem
    currency: str
    option: DeliveryOption
    incoterm: str

    def with_beside(self, beside: Sequence[Beside]) -> AtBorder:
        items = declared_items(goods=self.goods, beside=beside)
        estimate = self.border.estimate(
            items=items,
            currency=self.currency,
            freight_minor=self.option.price_minor,
            incoterm=self.incoterm,
            day=self.option.earliest_date,
        )
        country = self.border.country
        refusal = _refusal(estimate, self.incoterm, country)
        if refusal is not None:
            raise refusal
        said: dict[str, Any] = {
            "estimate": estimate,
            "incoterm": self.incoterm,
            "country": country,
            "currency": self.currency,
        }
        return AtBorder(
            charges=estimate.charges if self.incoterm == Incoterm.DDP else (),
            note=import_note(**said),
            facts=import_facts(**said, items=items),
        )


def _refusal(estimate: Estimate, incoterm: str, country: str) -> CannotDeliver | None:
    name = country_name(country)
    if estimate.blocked:
        return CannotDeliver(
            f"Customs of {name} does not let this in: {estimate.blocked}", why="import_blocked", country=country
        )
    if estimate.missing:
        return CannotDeliver(
            f"What customs of {name} asks for has not been filled in yet.",
            why="import_data",
            country=country,
        )
    if incoterm == Incoterm.DDP and not estimate.is_told:
        return CannotDeliver(
            f"Nobody can say yet which import charges would have to be paid in advance to send this to {name}.",
            why="import_unknown",
            country=country,
        )
    return None
