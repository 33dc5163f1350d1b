"""
What a subscriber is promised, in the words that they agree to. `drops.letters.sending` keeps it.
"""

from __future__ import annotations

from datetime import timedelta

from drops.catalog.models import Creator

MOST_LETTERS = 4
COUNTED_FOR = timedelta(days=30)


def how_often() -> str:
    """Return the promise itself, as pages and mails say it."""
    return "At most four in 30 days, none between 20:00 and 9:00 where you are. One tap stops it."


def consent_of(creator: Creator) -> str:
    """Return what somebody agrees to who asks for a creator's letter."""
    return f"The letter of {creator.name}, by e-mail: what is being made, and when it can be had. {how_often()}"
