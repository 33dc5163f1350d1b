"""
Typed text as it is compared: lower case, no accents, no punctuation, single blanks. Each language adds what its writers
leave out, put in or write in two ways.
"""

from __future__ import annotations

import re
import unicodedata

# Between digits these mean something: 1200-109 is a postcode and 27.11. a date.
_KEPT_IN_NUMBERS = "-./:"
# Of two spellings one: dotless ya, ta marbuta, wasla, Persian kaf and ya; the kashida only fills lines.
_ARABIC = str.maketrans({"ى": "ي", "ة": "ه", "ٱ": "ا", "ک": "ك", "ی": "ي", "ـ": "", "،": " ", "؛": " ", "٪": " "})
_ELIDED = re.compile(r"\b(?:jusqu|lorsqu|puisqu|quoiqu|qu|[cdjlmnsty])['’]")
# "Today" and "tonight" are "the day" and "the night": there it stays.
_ARTICLE = re.compile(r"^(?:[وبكفل]ال|لل|ال)(?!يوم$|ليله$)(?=\w{3})")


def normalise(text: str) -> str:
    """Return a text without case, accents, apostrophes and punctuation."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    bare = bare.replace("'", "").replace("’", "").replace("&", " and ").translate(_ARABIC)
    letters = [
        c if c.isalnum() or (c in _KEPT_IN_NUMBERS and _between_digits(bare, i)) else " " for i, c in enumerate(bare)
    ]
    return " ".join("".join(_digit(c) for c in letters).split())


def normalise_german(text: str) -> str:
    """Return a text as above, in which "für", "fuer" and "fur" are one."""
    return normalise(text).replace("ae", "a").replace("oe", "o").replace("ue", "u")


def normalise_french(text: str) -> str:
    """Return a text as above, without the elided words: "l'envoi" is "envoi"."""
    return normalise(_ELIDED.sub("", text.casefold()))


def normalise_arabic(text: str) -> str:
    """Return a text as above, its words without the article: "السعر" and "بالسعر" are "سعر"."""
    return " ".join(_ARTICLE.sub("", word) for word in normalise(text).split())


def windows(words: list[str], size: int) -> list[str]:
    """Return every run of `size` neighbouring words."""
    return [" ".join(words[i : i + size]) for i in range(len(words) - size + 1)]


def _between_digits(text: str, index: int) -> bool:
    return 0 < index < len(text) - 1 and text[index - 1].isdigit() and text[index + 1].isdigit()


def _digit(letter: str) -> str:
    """Return a digit of any script as one of ours: ٢ is 2."""
    return str(unicodedata.digit(letter)) if letter.isdecimal() else letter
