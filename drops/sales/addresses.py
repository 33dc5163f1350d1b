"""
When two addresses are one: written in capitals, without accents, with another dash. Pure.

Only spelling is evened out. "Flat 2" and "Flat 2B" stay two, since they may be; whoever invents flats is for the risk
slice to find.
"""

import re
import unicodedata
from collections.abc import Mapping

_APART = re.compile(r"(?<=[0-9])\s+(?=[a-z]\b)")  # "12 A" and "12A" are one house


def address_line(address: Mapping[str, str]) -> str:
    """Return the one spelling of where a parcel goes, or nothing if no street is given."""
    street = _plain(address.get("street", ""))
    if not street:
        return ""
    # A postcode and a street say it all; towns have too many names: Lisboa, Lisbon, Lisbonne.
    postcode = _plain(address.get("postcode", "")).replace(" ", "")
    return "|".join((_plain(address.get("country", "")), postcode or _plain(address.get("city", "")), street))


def _plain(text: str) -> str:
    without_accents = "".join(
        letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter)
    )
    words = re.sub(r"[^\w]+|_", " ", without_accents).strip()
    return _APART.sub("", words)
