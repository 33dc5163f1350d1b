"""
What the terms of a sale say of sending it back, and what they mean for each thing in it. Pure.
"""

from collections.abc import Collection, Mapping
from typing import Any

from drops.catalog.return_rules import ReturnRule

RETURN_DAYS = 14  # the statutory withdrawal period (Directive 2011/83/EU, art. 9)


def return_terms(*, rule: str, kinds: Collection[str]) -> dict[str, Any]:
    """
    Return what is agreed about the return of goods under a rule, sold with other things of these kinds.

    The days are 0 where none of it may come back without the shop's leave. What is bought beside goods that were made for
    the buyer keeps its own right.
    """
    if rule == ReturnRule.ANY_REASON:
        return {"return_days": RETURN_DAYS}
    days = RETURN_DAYS if rule == ReturnRule.SEALED or "extra" in kinds else 0
    return {"return_days": days, "return_rule": str(rule)}


def return_rule_of(terms: Mapping[str, Any]) -> ReturnRule:
    """Return the rule that goods were sold under."""
    return ReturnRule(terms.get("return_rule", ReturnRule.ANY_REASON))


def return_days_of(terms: Mapping[str, Any]) -> int:
    """Return for how many days something of a sale may be sent back without anybody's leave."""
    return int(terms.get("return_days") or 0)


def has_right(*, terms: Mapping[str, Any], kind: str) -> bool:
    """Tell whether a thing of this kind, "goods" or "extra", may be sent back without anybody's leave for these days."""
    is_made_for_buyer = kind == "goods" and return_rule_of(terms) == ReturnRule.MADE_FOR_BUYER
    return return_days_of(terms) > 0 and not is_made_for_buyer
