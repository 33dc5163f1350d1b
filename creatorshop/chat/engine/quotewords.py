"""
The words of accepted terms: their lines, and how and when the goods come. Quotes and receipts share them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from creatorshop.chat.bodies import Line
from creatorshop.chat.engine.retelling import delivery_label, line_label
from creatorshop.chat.engine.turns import clip
from creatorshop.chat.engine.voice import Voice


def lines_of(voice: Voice, terms: dict[str, Any], key: str, creator: str) -> tuple[Line, ...]:
    """Return a quote's lines, or its "of which" lines."""
    currency = terms["currency"]
    return tuple(
        Line(
            label=clip(line_label(voice, line, terms, creator), 200), amount=voice.money(line["amount_minor"], currency)
        )
        for line in terms.get(key, [])
    )


def delivery_words(voice: Voice, terms: dict[str, Any]) -> str:
    """Return how and when it comes, in one line."""
    delivery = terms["delivery"]
    earliest, latest = date.fromisoformat(delivery["earliest_date"]), date.fromisoformat(delivery["latest_date"])
    label = delivery_label(voice, terms)
    if delivery.get("starts_at") and delivery.get("ends_at"):
        starts_at, ends_at = (datetime.fromisoformat(delivery[key]) for key in ("starts_at", "ends_at"))
        hours = voice.slot(starts_at, ends_at, delivery.get("time_zone", ""))
        return voice.text("quote_pickup", label=label, day=voice.day(earliest), hours=hours)
    return voice.text("quote_delivery", label=label, dates=voice.dates(earliest, latest))
