"""
What a language's lexicon holds. One module a language; `lexicon` brings its words into the form in which texts are compared,
so that they may be written as people write them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from creatorshop.chat.freetext.normalising import normalise

Worth = TypeVar("Worth")


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
    adding: frozenset[str] = frozenset()  # said of something beside the goods that is wanted
    removing: frozenset[str] = frozenset()  # or not wanted
    of: frozenset[str] = frozenset()  # what may stand between a day and its month
    prefixes: tuple[str, ...] = ()  # letters that are written together with the word they belong to
    is_day_first: bool = False  # 4.12. is a day in December
    comparable: Callable[[str], str] = normalise


def lexicon(
    *,
    language: str,
    comparable: Callable[[str], str],
    commands: Mapping[str, str],
    intents: Mapping[str, Mapping[str, float]],
    numbers: Mapping[str, int],
    weekdays: Mapping[str, int],
    months: Mapping[str, int],
    days: Mapping[str, int],
    countries: Mapping[str, str],
    cities: Mapping[str, str],
    ignored: str,
    not_counted: str,
    adding: str = "",
    removing: str = "",
    of: str = "",
    prefixes: tuple[str, ...] = (),
) -> Lexicon:
    """Return a lexicon whose words are written as its language writes them; sets of words are parted by blanks."""

    def compared(words: Mapping[str, Worth]) -> dict[str, Worth]:
        return {comparable(word): worth for word, worth in words.items()}

    return Lexicon(
        language=language,
        comparable=comparable,
        commands=compared(commands),
        intents={intent: compared(phrases) for intent, phrases in intents.items()},
        numbers=compared(numbers),
        weekdays=compared(weekdays),
        months=compared(months),
        days=compared(days),
        countries=compared(countries),
        cities=compared(cities),
        ignored=frozenset(comparable(word) for word in ignored.split()),
        not_counted=frozenset(comparable(word) for word in not_counted.split()),
        adding=frozenset(comparable(word) for word in adding.split()),
        removing=frozenset(comparable(word) for word in removing.split()),
        of=frozenset(comparable(word) for word in of.split()),
        prefixes=prefixes,
        is_day_first=True,
    )
