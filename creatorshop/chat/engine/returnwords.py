"""
What may be sent back without asking, in the words that the law wants before a sale and that are repeated after it.
"""

from __future__ import annotations

from typing import Any

from creatorshop.chat.engine.facts import Facts
from creatorshop.chat.engine.voice import Voice

SEALED, MADE_FOR_BUYER = "sealed", "made_for_buyer"


def agreed(voice: Voice, terms: dict[str, Any], facts: Facts) -> str:
    """Return what the terms of a quote, a hold or an order say of returns."""
    rule, days = terms.get("return_rule", ""), terms.get("return_days", facts.return_days)
    words = _rule(voice, rule, days)
    # Made for the buyer, and yet days: they are those of what comes with it.
    is_added = rule == MADE_FOR_BUYER and days
    return f"{words} {voice.text('returns_added', returns=voice.text('returns', n=days))}" if is_added else words


def in_general(voice: Voice, facts: Facts) -> str:
    """Return the rule for whoever bought nothing yet, with what of the drop is excepted from it."""
    excepted = [
        voice.text("returns_of", title=product.title, returns=_rule(voice, product.return_rule, facts.return_days))
        for product in facts.products
        if product.return_rule in (SEALED, MADE_FOR_BUYER)
    ]
    is_any_other = not excepted or len(excepted) < len(facts.products)
    general = [voice.text("returns", n=facts.return_days)] if is_any_other else []
    return " ".join([*general, *excepted])


def with_seal(voice: Voice, rule: str, words: str) -> str:
    """Return words about the days, and for sealed goods what holds beside them (Directive 2011/83/EU, art. 16(e))."""
    return f"{words} {voice.text('returns_seal')}" if rule == SEALED else words


def _rule(voice: Voice, rule: str, days: int) -> str:
    if rule == MADE_FOR_BUYER:
        return voice.text("returns_made_for_buyer")
    return with_seal(voice, rule, voice.text("returns", n=days))
