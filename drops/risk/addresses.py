"""
Whether two addresses are practically the same: the usual trick is to "jig" one, by inventing flats or misspelling.
"""

import re
import unicodedata
from collections.abc import Mapping

from rapidfuzz import fuzz

ALIKE = 88  # of 100; one or two wrong letters in a street's name, but never another house number

# A unit's word and what follows it: "Apt 4b", "flat C", "#12", "2.º esq", "Wohnung 3", "étage 2".
_UNIT = re.compile(
    r"(?:#\s*\w+)"
    r"|\b(?:apartment|apart|appartement|apto?|unit|suite|ste|flat|room|rm|floor|fl|level|piso|andar|planta|puerta"
    r"|wohnung|whg|etage|stock|top|porta|sala|box|esq|dto|dir)\b\.?\s*(?:no\b\.?\s*)?\w{0,4}\b"
    r"|\b\d+\s*o?\s*(?:esq|dto|dir|floor|piso|andar|etage|stock)\b"
)
_WORDS = {
    "st": "street", "str": "strasse", "ave": "avenue", "av": "avenue", "rd": "road", "blvd": "boulevard",
    "r": "rua", "ln": "lane", "dr": "drive", "sq": "square", "pl": "place", "pca": "praca", "trav": "travessa",
}  # fmt: skip


def normalised_street(street: str) -> str:
    """Return a street and its number without accents, abbreviations, units and order: "4 poco rua do"."""
    plain = unicodedata.normalize("NFKD", street.casefold().replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"[ºª.,;/]", " ", plain)
    plain = _UNIT.sub(" ", plain)
    words = re.findall(r"[^\W_]+", plain)
    return " ".join(sorted(_spelt_out(word) for word in words))


def area_of(address: Mapping[str, str]) -> str:
    """Return the country and postcode of an address, within which others are compared; "" if it has none."""
    postcode = re.sub(r"\W", "", address.get("postcode", "").casefold())
    return f"{address.get('country', '').casefold()}:{postcode}" if postcode else ""


def are_alike(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Tell whether two addresses name the same house, as far as their spelling can tell."""
    if not area_of(one) or area_of(one) != area_of(other):
        return False
    streets = [normalised_street(address.get("street", "")) for address in (one, other)]
    if not all(streets) or _numbers(streets[0]) != _numbers(streets[1]):
        return False
    return fuzz.ratio(*[_letters(street) for street in streets]) >= ALIKE


def _spelt_out(word: str) -> str:
    if word.endswith("str") and len(word) > 3:
        return f"{word}asse"  # "gartenstr" is a "gartenstrasse"
    return _WORDS.get(word, word)


def _numbers(street: str) -> list[str]:
    return [word for word in street.split() if word[0].isdigit()]


def _letters(street: str) -> str:
    return " ".join(word for word in street.split() if not word[0].isdigit())
