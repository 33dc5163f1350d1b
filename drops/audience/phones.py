"""
Telephone numbers in one form, so that +351 912 345 678, 00351 912345678 and 912 345 678 in Portugal are one.

Known imprecision: whether a number exists is not asked, and of countries that are not in the table a number counts as
another one with and without its country's code. A limit is then a little less strict; nobody is refused for it.
"""

import re

from drops.errors import Invalid

# ITU-T E.164: at most 15 digits; shorter than 6 is a short code, which belongs to no person.
LEAST, MOST = 6, 15
CALLING_CODES = {
    "AT": "43", "AU": "61", "BE": "32", "BG": "359", "BR": "55", "CA": "1", "CH": "41", "CY": "357", "CZ": "420",
    "DE": "49", "DK": "45", "EE": "372", "ES": "34", "FI": "358", "FR": "33", "GB": "44", "GR": "30", "HR": "385",
    "HU": "36", "IE": "353", "IS": "354", "IT": "39", "JP": "81", "LI": "423", "LT": "370", "LU": "352", "LV": "371",
    "MT": "356", "MX": "52", "NL": "31", "NO": "47", "NZ": "64", "PL": "48", "PT": "351", "RO": "40", "SE": "46",
    "SI": "386", "SK": "421", "US": "1",
}  # fmt: skip
# What is dialled before a number inside its country and left away from outside; "0" where nothing is said.
_TRUNK = {"IT": "", "HU": "06", "LT": "0", "US": "1", "CA": "1"}
_WRITTEN = re.compile(r"\+?[0-9\s().\-/]+")


class PhoneInvalid(Invalid):
    code = "phone_invalid"


def normalise_phone(*, text: str, country: str) -> str:
    """
    Return a number as E.164 writes it; one without a country's code is taken for a number of `country` (ISO 3166-1).

    :raises PhoneInvalid: if it cannot be a telephone number.
    """
    written = text.strip()
    # The zero of "+49 (0)30" is for those who dial from inside.
    digits = re.sub(r"[^0-9]", "", written.replace("(0)", "") if written.startswith(("+", "00")) else written)
    if _WRITTEN.fullmatch(written) is None or not digits:
        raise PhoneInvalid("Please write a telephone number, like +351 912 345 678.")
    if written.startswith("+"):
        number = digits
    elif digits.startswith("00"):
        number = digits[2:]
    else:
        number = CALLING_CODES.get(country, "") + digits.removeprefix(_TRUNK.get(country, "0"))
    if len(digits) < LEAST or len(number) > MOST:
        raise PhoneInvalid("Please write a telephone number, like +351 912 345 678.")
    return f"+{number}"
