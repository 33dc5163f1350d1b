"""
What a text is about: which pieces of this drop, how many, where to, until when, which order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from babel import Locale
from rapidfuzz import fuzz

from creatorshop.chat.freetext.lexicons.shapes import Lexicon
from creatorshop.chat.freetext.normalising import normalise, windows

ALIKE = 84  # of 100; what a slip of the finger leaves over
SHORTEST_FUZZY = 5  # shorter words have to be right: "red" is not "bed"
MOST = 20

_POSTCODES = (
    (re.compile(r"\b\d{4}-\d{3}\b"), "PT"),
    (re.compile(r"\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b"), "GB"),
    (re.compile(r"\b\d{4} ?[a-z]{2}\b"), "NL"),
    (re.compile(r"\b\d{5}\b"), ""),
)


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


@dataclass(frozen=True)
class Entities:
    skus: tuple[str, ...] = ()
    is_named_by_option: bool = False  # "sage", and not only "mug"
    quantity: int | None = None
    country: str = ""
    postcode: str = ""
    by_date: date | None = None
    order: str = ""


def find_entities(words: list[str], vocabulary: Vocabulary, lexicon: Lexicon, today: date) -> Entities:
    """Return whatever a normalised text names."""
    text = " ".join(words)
    skus, by_option, spent = _pieces(words, vocabulary, lexicon)
    postcode, guess = _postcode(text)
    country = _country(words, lexicon) or guess
    by_date = _date(words, lexicon, today)
    return Entities(
        skus=skus,
        is_named_by_option=by_option,
        quantity=_quantity(words, lexicon, {*postcode.split(), *spent}),
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
        known = [word for word in normalise(title).split() if word not in lexicon.ignored and not word.isdigit()]
        hits = sum(any(is_alike(said, word) for said in words if said not in lexicon.ignored) for word in known)
        if hits:
            products[handle] = hits
    scores: dict[str, tuple[int, int]] = {}
    spent: set[str] = set()
    for piece in vocabulary.pieces:
        hits = 0
        for option in piece.option_words:
            found = _said(words, normalise(option))
            if found:
                hits += 1
                spent.update(word for word in found.split() if word.isdigit())
        scores[piece.sku] = (hits, products.get(piece.product, 0))
    best = max(scores.values(), default=(0, 0))
    if best == (0, 0):
        return (), False, spent
    return tuple(sku for sku, score in scores.items() if score == best), best[0] > 0, spent


def _said(words: list[str], option: str) -> str:
    """Return the words with which an option value was named."""
    if not option:
        return ""
    for window in windows(words, len(option.split())):
        if is_alike(window, option):
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
        for window in windows(words, size):
            # "the blue one" counts nothing.
            if window in lexicon.numbers and window != "one":
                return lexicon.numbers[window]
    return None


def _postcode(text: str) -> tuple[str, str]:
    for pattern, country in _POSTCODES:
        found = pattern.search(text)
        if found:
            return found.group(), country
    return "", ""


def _country(words: list[str], lexicon: Lexicon) -> str:
    names = _country_names(lexicon.language)
    for size in (4, 3, 2, 1):
        for window in windows(words, size):
            code = lexicon.countries.get(window) or lexicon.cities.get(window) or names.get(window)
            if code:
                return code
    for window in words:
        if len(window) >= 6:
            for name, code in names.items():
                if fuzz.ratio(window, name) >= 90:
                    return code
    return ""


def _date(words: list[str], lexicon: Lexicon, today: date) -> date | None:
    for i, word in enumerate(words):
        if word in lexicon.days:
            return today + timedelta(days=lexicon.days[word])
        if word in lexicon.weekdays:
            return today + timedelta(days=(lexicon.weekdays[word] - today.weekday()) % 7)
        if word in lexicon.months:
            beside = [words[j] for j in (i - 1, i + 1) if 0 <= j < len(words)]
            day = next((int(d) for d in (re.sub(r"(st|nd|rd|th)$", "", b) for b in beside) if d.isdigit()), None)
            if day:
                return _coming(today, lexicon.months[word], day)
    return None


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
def _country_names(language: str) -> dict[str, str]:
    names = Locale.parse(language).territories
    return {normalise(name): code for code, name in names.items() if len(code) == 2 and code not in ("ZZ", "EU", "UN")}
