"""
Typed text as it is compared: lower case, no accents, no punctuation, single blanks.
"""

from __future__ import annotations

import unicodedata

# Between digits these mean something: 1200-109 is a postcode and 27.11. a date.
_KEPT_IN_NUMBERS = "-./:"


def normalise(text: str) -> str:
    """Return a text without case, accents, apostrophes and punctuation."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    bare = bare.replace("'", "").replace("’", "").replace("&", " and ")
    letters = [
        c if c.isalnum() or (c in _KEPT_IN_NUMBERS and _between_digits(bare, i)) else " " for i, c in enumerate(bare)
    ]
    return " ".join("".join(letters).split())


def windows(words: list[str], size: int) -> list[str]:
    """Return every run of `size` neighbouring words."""
    return [" ".join(words[i : i + size]) for i in range(len(words) - size + 1)]


def _between_digits(text: str, index: int) -> bool:
    return 0 < index < len(text) - 1 and text[index - 1].isdigit() and text[index + 1].isdigit()
