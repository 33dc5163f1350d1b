"""
The rules of import that the shop begins with. Only what is sure, each with where it is from; what is missing here is unknown,
and staff may add it with a source. What was left out on purpose is listed in docs/customs.md.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from fulfillment.import_rules import UNION, ChargeKind, Confidence, ImportRule, Incoterm, RuleKind

_CHECKED = date(2026, 11, 27)


def rules_to_begin_with() -> list[dict[str, Any]]:
    """Return rows for the table of rules."""
    return [
        {
            "dest": UNION,
            "kind": RuleKind.FLAT_PER_LINE,
            "charge": ChargeKind.DUTY,
            "amount_minor": 300,
            "currency": "EUR",
            "value_upto_minor": 150_00,
            "note": "3 euros for each heading and origin in a consignment of up to 150 euros, without a preference claimed.",
            "valid_from": date(2026, 7, 1),
            "valid_until": date(2028, 6, 30),
            "source_url": "https://eur-lex.europa.eu/eli/reg/2026/382/oj",
            "checked_on": _CHECKED,
        },
        {
            "dest": "FR",
            "kind": RuleKind.FLAT_PER_LINE,
            "charge": ChargeKind.IMPORT_FEE,
            "amount_minor": 200,
            "currency": "EUR",
            "value_upto_minor": 150_00,
            "confidence": Confidence.ESTIMATE,
            "note": "The national charge on small parcels, 2 euros a line.",
            "valid_from": date(2026, 3, 1),
            "source_url": "https://fiscalsolutions.co.uk/news/eu-confirms-3-flat-rate-customs-duty-on-low-value-imports-from-july-2026/",
            "checked_on": _CHECKED,
        },
        {
            "dest": "GB",
            "kind": RuleKind.THRESHOLD,
            "charge": ChargeKind.DUTY,
            "amount_minor": 135_00,
            "currency": "GBP",
            "note": "Up to 135 pounds no duty is due. VAT is: the seller has to charge it at the sale, and no row says so yet.",
            "valid_from": date(2026, 1, 1),
            "valid_until": date(2029, 3, 31),
            "source_url": "https://www.nibusinessinfo.co.uk/content/calculating-customs-charges-when-importing-post",
            "checked_on": _CHECKED,
        },
        {
            "dest": "US",
            "kind": RuleKind.DATA_REQUIRED,
            "hs_digits": 10,
            "note": "Ten digits of the tariff schedule for every item.",
            "valid_from": date(2026, 7, 24),
            "source_url": "https://github.com/netresearch/dhl-module-versenden-m1/releases/tag/2.2.0",
            "checked_on": _CHECKED,
        },
        {
            "dest": "US",
            "kind": RuleKind.BLOCK,
            "incoterm": Incoterm.DAP,
            "note": "The United States collect duty on every parcel, and carriers take them only with it paid in advance.",
            "valid_from": date(2025, 8, 29),
            "source_url": "https://www.govinfo.gov/content/pkg/CDOC-119hdoc85/html/CDOC-119hdoc85.htm",
            "checked_on": _CHECKED,
        },
    ]


def bring_in_rules() -> int:
    """Write down those rules to begin with that are not there, and return how many they were."""
    added = 0
    for row in rules_to_begin_with():
        known = {key: row.get(key, "") for key in ("dest", "kind", "charge", "incoterm", "valid_from")}
        _, is_new = ImportRule.objects.get_or_create(**known, defaults=row)
        added += is_new
    return added
