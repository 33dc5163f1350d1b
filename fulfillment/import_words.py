"""
What a shopper is told of a customs border, before anything is held: in English here, and as facts for other languages.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from babel.dates import format_date

from drops.money import format_minor
from fulfillment.addresses import country_name
from fulfillment.customs import CustomsItem, Estimate, MissingFact
from fulfillment.import_rules import Incoterm


def import_facts(
    *, estimate: Estimate, incoterm: str, country: str, currency: str, items: Sequence[CustomsItem]
) -> dict[str, Any]:
    """Return what the terms of a sale keep: which charges were seen, by which rules and codes, and how sure they were."""
    return {
        "incoterm": str(incoterm),
        "country": country,
        "currency": currency,
        "confidence": str(estimate.confidence),
        "amount_minor": estimate.total_minor if estimate.is_told else None,
        "unknown": [str(kind) for kind in estimate.unknown],
        "checked_on": estimate.checked_on.isoformat() if estimate.checked_on else None,
        "items": [item_facts(item) for item in items],
        "charges": [
            {
                "kind": charge.kind,
                "label": charge.label,
                "amount_minor": charge.amount_minor,
                "detail": dict(charge.detail),
            }
            for charge in estimate.charges
        ],
    }


def item_facts(item: CustomsItem) -> dict[str, Any]:
    """Return one line of what customs is told, as the terms of a sale keep it and its declaration repeats it."""
    what = {"sku": item.sku_code} if item.sku_code else {"extra": item.extra_ref, "title": item.title}
    return what | {
        "hs_code": item.hs_code,
        "origin_country": item.origin_country,
        "description": item.description,
        "quantity": item.quantity,
        "value_minor": item.value_minor,
        "packing_minor": item.packing_minor,
    }


def import_note(*, estimate: Estimate, incoterm: str, country: str, currency: str) -> str:
    """Return what is due at the border, in one or two sentences."""
    if incoterm == Incoterm.DDP:
        return "Import charges are included: nothing is due on delivery."
    customs, rules = f"decided by customs of {country_name(country)}", _rules_of(estimate.checked_on)
    if not estimate.is_told:
        return f"You may have to pay duty or tax on delivery, {customs}. No estimate is known{rules}."
    if not estimate.total_minor:
        return f"No import charges are expected on delivery; this is {customs}{rules}."
    return f"You may pay about {format_minor(estimate.total_minor, currency)} on delivery, {customs}{rules}."


def listed(missing: tuple[MissingFact, ...]) -> str:
    """Return what is missing, SKU by SKU, like "RM-SAGE (HS code, description); TB-FOAM (HS code)"."""
    by_sku: dict[str, list[str]] = {}
    for fact in missing:
        by_sku.setdefault(fact.sku_code, []).append(fact.what)
    return "; ".join(f"{code} ({', '.join(dict.fromkeys(lacks))})" for code, lacks in by_sku.items())


def _rules_of(checked_on: date | None) -> str:
    return f" (rules as checked on {format_date(checked_on, 'd MMM y', locale='en')})" if checked_on else ""
