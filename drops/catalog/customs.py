"""
What a customs office has to be told of a thing: its code, where it was made, what it is in plain words.
"""

import re

from babel import Locale
from django.core.exceptions import ValidationError

FEWEST_WORDS = 3
HS_DIGITS = re.compile(r"\d{6,13}", re.ASCII)

# Words that tell an officer nothing. The European Union's import control refuses descriptions made of them (its list of
# unacceptable goods descriptions, and the stop words of ICS2 release 3); here one of them is one too many.
VAGUE = frozenset(
    [
        *("article", "articles", "gift", "gifts", "goods", "item", "items", "merchandise", "misc", "miscellaneous"),
        *("n/a", "na", "none", "other", "others", "package", "parcel", "present", "presents", "product", "products"),
        *("promotional", "sample", "samples", "stuff", "thing", "things", "unknown", "various"),
    ]
)
# Codes of Babel's that stand for no country.
_NO_COUNTRIES = frozenset(["EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"])


def normalised_hs_code(written: str) -> str:
    """
    Return a code of the Harmonized System as its digits alone, however it was written: "6912.00.23" is "69120023".

    :raises ValidationError: if it has not 6 to 13 digits, with the reason.
    """
    digits = re.sub(r"[\s.\-–]", "", written)
    if digits and not HS_DIGITS.fullmatch(digits):
        raise ValidationError(f"“{written}” is not an HS code: it has 6 to 13 digits, like 6912.00.")
    return digits


def normalised_origin(written: str) -> str:
    """
    Return the country in which something was made as its two-letter code in upper case.

    :raises ValidationError: if there is no such country.
    """
    code = written.strip().upper()
    if code and not is_country(code):
        raise ValidationError(f"“{written}” is not a country: write two letters, like PT.")
    return code


def is_country(code: str) -> bool:
    """Tell whether two upper-case letters stand for a country."""
    return (
        re.fullmatch(r"[A-Z]{2}", code) is not None
        and code in Locale.parse("en").territories
        and code not in _NO_COUNTRIES
    )


def checked_description(written: str) -> str:
    """
    Return a description for customs with its blanks in order.

    :raises ValidationError: if it has fewer than three words, or a word that says nothing, with the reason.
    """
    description = " ".join(written.split())
    if not description:
        return ""
    words = [word.strip(".,;:()") for word in description.lower().split(" ")]
    if vague := next((word for word in words if word in VAGUE), ""):
        raise ValidationError(
            f"Customs offices refuse descriptions with “{vague}”: say what it is and what it is made of."
        )
    if sum(any(letter.isalpha() for letter in word) for word in words) < FEWEST_WORDS:
        raise ValidationError(f"“{description}” is too short: three words or more, like “Glazed stoneware coffee mug”.")
    return description


def check_hs_code(value: str) -> None:
    """Refuse a code that cannot be one; for the model's own fields."""
    normalised_hs_code(value)


def check_origin(value: str) -> None:
    normalised_origin(value)


def check_description(value: str) -> None:
    checked_description(value)
