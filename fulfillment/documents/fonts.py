"""
Which characters the fonts at hand can print. PDF/UA refuses a page with a single one that they cannot.
"""

from datetime import UTC, datetime
from functools import cache
from unicodedata import category

import typst

from fulfillment.documents.typesetting import typeset

# Latin, and the punctuation of European languages: in every font that ships with the typesetter.
BOX = "\N{WHITE SQUARE}"
ALWAYS_PRINTABLE = {chr(code) for code in range(0x20, 0x180)} | set("–—‘’“”„…•·×€™\n") - {"\x7f"}


def unprintable_in(text: str) -> str:
    """Return the characters of a text that cannot be printed here, each once."""
    return "".join(letter for letter in dict.fromkeys(text) if not _is_printable(letter))


def printable(text: str) -> str:
    """Return a text with each character that cannot be printed replaced, for titles that nobody can correct here."""
    return "".join(letter if _is_printable(letter) else BOX for letter in text)


def printable_words(text: str) -> str:
    """
    Return somebody's own words with each letter that cannot be printed replaced, and each other sign of that kind left out:
    a box in the place of a heart would say something else.
    """
    kept = (letter if _is_printable(letter) or not category(letter).startswith("L") else BOX for letter in text)
    return "".join(letter for letter in kept if _is_printable(letter)).strip()


def _is_printable(letter: str) -> bool:
    return letter in ALWAYS_PRINTABLE or (letter.isprintable() and _has_glyph(letter))


@cache
def _has_glyph(letter: str) -> bool:
    try:
        typeset(template="glyph.typ", data={"text": letter}, at=datetime(2026, 1, 1, tzinfo=UTC))
    except typst.TypstError:
        return False
    return True
