"""
What a language's lexicon holds. One module a language; the words are written as `normalise` leaves them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Lexicon:
    language: str
    commands: Mapping[str, str]  # the whole text, to an intent
    intents: Mapping[str, Mapping[str, float]]  # phrases of each, and how sure they make us
    numbers: Mapping[str, int]
    weekdays: Mapping[str, int]  # Monday is 0
    months: Mapping[str, int]
    days: Mapping[str, int]  # from today
    countries: Mapping[str, str]  # besides the names that CLDR gives
    cities: Mapping[str, str]
    ignored: frozenset[str]  # words that name no product though a title may contain them
    not_counted: frozenset[str]  # what follows a number that is no quantity
