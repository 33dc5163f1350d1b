"""
A refusal as a page shows it: the sentence itself, and what can be done next where the facts say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse

from creatorshop.storefront import wording
from drops.errors import ShopError


@dataclass(frozen=True)
class Note:
    sentence: str
    next: str = ""
    url: str = ""
    label: str = ""
    kind: str = "bad"


def note_of(refusal: ShopError, *, zone: ZoneInfo) -> Note:
    """Return a refusal with whatever its facts let us add; it never says more than is known."""
    match refusal.code:
        case "step_up_required":
            page = reverse("check", args=[refusal.facts["check"]])
            return Note(refusal.message, "After that, hold it again here.", page, "Confirm my address", "warn")
        case "slow_down" | "cooling_down":
            return Note(refusal.message, "Nothing was charged, and your choices are still here.", kind="warn")
        case "not_eligible":
            page = reverse("membership", args=[refusal.facts["creator"]]) if refusal.facts.get("tier") else ""
            return Note(refusal.message, "Nothing was charged.", page, "Become a member" if page else "", "warn")
        case "none_left_here":
            return Note(refusal.message, "Choose another way to get it.")
    returns_at = refusal.facts.get("next_return_at")
    if isinstance(returns_at, datetime):
        return Note(refusal.message, f"The next hold ends at {wording.clock_to_the_second(returns_at, zone)}.")
    return Note(refusal.message, "Nothing was charged, and your choices are still here.")
