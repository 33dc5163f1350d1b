from __future__ import annotations

from collections import defaultdict
from datetime import date

from django.db.models import Q

from drops.catalog.countries import EU
from drops.schedule.models import Drop
from drops.schedule.readiness import Check, ReadinessCheck
from drops.stock.models import DropSku
from fulfillment.addresses import country_name
from fulfillment.borders import crosses_border, item_of
from fulfillment.customs import FEWEST_HS_DIGITS, missing_facts
from fulfillment.import_rules import UNION, ImportRule, RuleKind
from fulfillment.import_words import listed
from fulfillment.models import Zone

NAMED = 3  # countries, before the others are only counted


class CustomsReady(ReadinessCheck):
    """
    Customs can be told what every SKU is, wherever parcels go across a customs border.

    Asked here, while there is time to look a code up, and not of whoever packs.
    """

    name = "customs"

    def checks(self, *, drop: Drop) -> list[Check]:
        zones = Zone.objects.filter(creator=drop.creator_id, rates__withdrawn_at=None).distinct()
        abroad = sorted(
            {
                country
                for zone in zones
                for country in zone.countries
                if crosses_border(home=drop.creator.country, country=country)
            }
        )
        if not abroad:
            return []
        rows = DropSku.objects.filter(drop=drop).select_related("sku").order_by("position", "pk")
        items = [item_of(sku=row.sku, value_minor=row.sku.price_minor) for row in rows]
        checks = []
        for digits, countries in _asking(abroad, day=drop.closes_at.astimezone(drop.zone).date()).items():
            missing = missing_facts(items=items, hs_digits=digits)
            names = _named(countries)
            text = (
                f"Parcels to {names} need more for customs: {listed(missing)}."
                if missing
                else f"Customs in {names} can be told what every SKU is."
            )
            checks.append(Check("customs", not missing, text))
        return checks


def _asking(countries: list[str], *, day: date) -> dict[int, list[str]]:
    """Return the countries by the number of digits that an HS code needs there."""
    rules = ImportRule.objects.on(day).filter(Q(dest__in=countries) | Q(dest=UNION), kind=RuleKind.DATA_REQUIRED)
    digits: dict[str, int] = defaultdict(lambda: FEWEST_HS_DIGITS)
    for rule in rules.order_by("pk"):
        places = [country for country in countries if country in EU] if rule.dest == UNION else [rule.dest]
        for country in places:
            digits[country] = max(digits[country], rule.hs_digits or 0)
    asking: dict[int, list[str]] = defaultdict(list)
    for country in countries:
        asking[digits[country]].append(country)
    return dict(sorted(asking.items()))


def _named(countries: list[str]) -> str:
    names = [country_name(country) for country in countries]
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more countries"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
