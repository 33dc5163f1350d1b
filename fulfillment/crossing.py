"""
Ways of sending that cross a customs border: each says what is due there, or is not offered at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from drops.sales.delivery import Basket, CannotDeliver, DeliveryOption
from fulfillment.addresses import country_name
from fulfillment.borders import border_of, items_of
from fulfillment.customs import Estimate
from fulfillment.import_rules import Incoterm
from fulfillment.import_words import import_facts, import_note


def options_across(
    *, options: Sequence[DeliveryOption], incoterms: Mapping[str, str], basket: Basket, country: str
) -> list[DeliveryOption]:
    """
    Return the options that may be offered to a country behind a customs border, with its charges in what they cost.

    Each is judged by the rules of the first day on which it may arrive. What is paid in advance has to be known, or at least
    estimated: otherwise nobody could be charged for it.

    :raises CannotDeliver: if none of them may be; with the reason of the first.
    """
    border, items = border_of(country=country), items_of(basket=basket)
    offered, refusals = [], []
    for option in options:
        incoterm = incoterms[option.key]
        estimate = border.estimate(
            items=items,
            currency=basket.currency,
            freight_minor=option.price_minor,
            incoterm=incoterm,
            day=option.earliest_date,
        )
        refusal = _refusal(estimate, incoterm, country)
        if refusal is None:
            offered.append(
                replace(
                    option,
                    import_charges=estimate.charges if incoterm == Incoterm.DDP else (),
                    import_note=import_note(
                        estimate=estimate, incoterm=incoterm, country=country, currency=basket.currency
                    ),
                    import_facts=import_facts(
                        estimate=estimate, incoterm=incoterm, country=country, currency=basket.currency, items=items
                    ),
                )
            )
        else:
            refusals.append(refusal)
    if not offered:
        raise refusals[0]
    return offered


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
