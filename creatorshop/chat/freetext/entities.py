"""
What a text is about: which pieces of this drop, how many, where to, until when, which order.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Literal

from rapidfuzz import fuzz

from creatorshop.chat.countries import names_of_countries
from creatorshop.chat.freetext.lexicons.shapes import Lexicon
from creatorshop.chat.freetext.normalising import windows

ALIKE = 84  # of 100; what a slip of the finger leaves over
SHORTEST_FUZZY = 5  # shorter words have to be right: "red" is not "bed"
MOST = 20

_POSTCODES = (
    (re.compile(r"\b\d{4}-\d{3}\b"), "PT"),
    (re.compile(r"\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b"), "GB"),
    (re.compile(r"\b\d{4} ?[a-z]{2}\b"), "NL"),
    (re.compile(r"\b\d{5}\b"), ""),
)
_NUMERIC = re.compile(r"(?P<day>\d{1,2})[./](?P<month>\d{1,2})(?:[./]\d{2,4})?")
_ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th|er|re|e|o|a)$")


@dataclass(frozen=True)
class Piece:
    """One SKU of the drop in view, in the words it can be called by."""

    sku: str
    product: str
    option_words: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """What can be named in this drop, and the shopper's own orders."""

    pieces: tuple[Piece, ...] = ()
    titles: tuple[tuple[str, str], ...] = ()  # product handle, title
    orders: tuple[str, ...] = ()
    extras: tuple[tuple[str, str], ...] = ()  # what is offered beside the goods: ref, title


@dataclass(frozen=True)
class Entities:
    skus: tuple[str, ...] = ()
    is_named_by_option: bool = False  # "sage", and not only "mug"
    quantity: int | None = None
    country: str = ""
    postcode: str = ""
    by_date: date | None = None
    order: str = ""
    language: str = ""  # asked to be spoken
    extras: tuple[str, ...] = ()
    beside: Literal["", "add", "remove"] = ""  # what is to become of them; nothing was said of it, so it is a question


def find_entities(words: list[str], vocabulary: Vocabulary, lexicon: Lexicon, today: date) -> Entities:
    """Return whatever a normalised text names."""
    text = " ".join(words)
    skus, by_option, spent = _pieces(words, vocabulary, lexicon)
    postcode, guess = _postcode(text, lexicon)
    country = _country(words, lexicon) or guess
    by_date, day = _date(words, lexicon, today)
    extras, beside = _extras(words, vocabulary, lexicon)
    return Entities(
        extras=extras,
        beside=beside,
        skus=skus,
        is_named_by_option=by_option,
        quantity=_quantity(words, lexicon, {*postcode.split(), *spent, day}),
        country=country,
        postcode=postcode.upper(),
        by_date=by_date,
        order=next((ref for ref in vocabulary.orders if ref.casefold() in words), ""),
    )


def is_alike(said: str, known: str) -> bool:
    """Whether two words are the same but for a slip."""
    if said == known:
        return True
    if min(len(said), len(known)) < SHORTEST_FUZZY:
        return said.rstrip("s") == known.rstrip("s") and len(known) > 2
    return fuzz.ratio(said, known) >= ALIKE


def _pieces(words: list[str], vocabulary: Vocabulary, lexicon: Lexicon) -> tuple[tuple[str, ...], bool, set[str]]:
    products = {}
    for handle, title in vocabulary.titles:
        known = [
            word for word in lexicon.comparable(title).split() if word not in lexicon.ignored and not word.isdigit()
        ]
        hits = sum(any(is_alike(said, word) for said in words if said not in lexicon.ignored) for word in known)
        if hits:
            products[handle] = hits
    scores: dict[str, tuple[int, int]] = {}
    spent: set[str] = set()
    for piece in vocabulary.pieces:
        hits = 0
        for option in piece.option_words:
            found = _said(words, lexicon.comparable(option), lexicon)
            if found:
                hits += 1
                spent.update(word for word in found.split() if word.isdigit())
        scores[piece.sku] = (hits, products.get(piece.product, 0))
    best = max(scores.values(), default=(0, 0))
    if best == (0, 0):
        return (), False, spent
    return tuple(sku for sku, score in scores.items() if score == best), best[0] > 0, spent


def _extras(
    words: list[str], vocabulary: Vocabulary, lexicon: Lexicon
) -> tuple[tuple[str, ...], Literal["", "add", "remove"]]:
    """Return the offers that are named by every word of their title, and whether they are wanted, or not wanted."""
    named: list[str] = []
    spent: set[str] = set()
    for ref, title in vocabulary.extras:
        words_of_it = lexicon.comparable(title).split()
        known = [word for word in words_of_it if word not in lexicon.ignored and not word.isdigit()]
        hits = [next((said for said in words if is_alike(said, word)), "") for word in known]
        if known and all(hits):
            named.append(ref)
            spent.update(hits)
    rest = {word for word in words if word not in spent}
    if not named or rest & lexicon.removing:
        return tuple(named), "remove" if named else ""
    # A title and nothing else is a wish as well; "do you have gift wrap?" is none.
    return tuple(named), "add" if rest & lexicon.adding or not rest else ""


def _said(words: list[str], option: str, lexicon: Lexicon) -> str:
    """Return the words with which an option value was named."""
    if not option:
        return ""
    for window in windows(words, len(option.split())):
        if any(is_alike(bare, option) for bare in _bare(window, lexicon)):
            return window
    return ""


def _quantity(words: list[str], lexicon: Lexicon, spent: set[str]) -> int | None:
    for i, word in enumerate(words):
        following = words[i + 1] if i + 1 < len(words) else ""
        if following in lexicon.not_counted or word in spent:
            continue
        if word.isdigit() and 1 <= int(word) <= MOST:
            return int(word)
    for size in (3, 2, 1):
        for i, window in enumerate(windows(words, size)):
            # "The blue one" counts nothing, and "a couple of minutes" no things.
            following = words[i + size] if i + size < len(words) else ""
            if window in lexicon.numbers and window != "one" and following not in lexicon.not_counted:
                return lexicon.numbers[window]
    return None


def _bare(word: str, lexicon: Lexicon) -> list[str]:
    """Return a word as it is, and without what is only written together with it: "لفرنسا" is "فرنسا"."""
    return [word, *(word.removeprefix(prefix) for prefix in lexicon.prefixes if word.startswith(prefix))]


def _postcode(text: str, lexicon: Lexicon) -> tuple[str, str]:
    for pattern, country in _POSTCODES:
        found = pattern.search(text)
        # "2026 en" is no postcode of the Netherlands.
        if found and not (country == "NL" and found.group()[-2:] in lexicon.ignored | lexicon.of):
            return found.group(), country
    return "", ""


def _country(words: list[str], lexicon: Lexicon) -> str:
    names = _country_names(lexicon.language, lexicon.comparable)
    for size in (4, 3, 2, 1):
        for window in windows(words, size):
            for bare in _bare(window, lexicon):
                # Some countries are called like something that is said more often: Mali and "my money" in Arabic.
                if bare in lexicon.ignored:
                    continue
                code = lexicon.countries.get(bare) or lexicon.cities.get(bare) or names.get(bare)
                if code:
                    return code
    for window in words:
        if len(window) >= 6:
            for name, code in names.items():
                if fuzz.ratio(window, name) >= 90:
                    return code
    return ""


def _date(words: list[str], lexicon: Lexicon, today: date) -> tuple[date | None, str]:
    """Return the day that is named, and the word that is its number and no quantity."""
    for size in (2, 1):
        for window in windows(words, size):
            if window in lexicon.days:
                return today + timedelta(days=lexicon.days[window]), ""
    for i, word in enumerate(words):
        if word in lexicon.weekdays:
            return today + timedelta(days=(lexicon.weekdays[word] - today.weekday()) % 7), ""
        if lexicon.is_day_first and (numeric := _NUMERIC.fullmatch(word)):
            return _coming(today, int(numeric["month"]), int(numeric["day"])), word
        if word in lexicon.months:
            before = i - 2 if i > 1 and words[i - 1] in lexicon.of else i - 1
            for beside in (words[j] for j in (before, i + 1) if 0 <= j < len(words)):
                day = _ORDINAL.sub("", beside)
                if day.isdigit():
                    return _coming(today, lexicon.months[word], int(day)), beside
    return None, ""


def _coming(today: date, month: int, day: int) -> date | None:
    """Return that day this year, or next year if it is over."""
    for year in (today.year, today.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            return None
        if found >= today:
            return found
    return None


@cache
def _country_names(language: str, comparable: Callable[[str], str]) -> dict[str, str]:
    return {comparable(name): code for code, name in names_of_countries(language).items()}
