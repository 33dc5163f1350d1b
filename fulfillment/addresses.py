"""
What a parcel's address needs. Lenient: a carrier refuses less than a strict form, and a wrong refusal loses a sale.
"""

import re
from collections.abc import Callable, Mapping

from babel import Locale

# How a postcode is written, with blanks and dashes taken out, and an example for the refusal. A country that is not
# listed takes anything; NONE have no postcodes at all. From the Universal Postal Union's addressing pages (upu.int).
POSTCODES: dict[str, tuple[str, str]] = {
    "AT": (r"\d{4}", "1010"),
    "AU": (r"\d{4}", "3000"),
    "BE": (r"\d{4}", "1000"),
    "BG": (r"\d{4}", "1000"),
    "BR": (r"\d{8}", "01310-100"),
    "CA": (r"[A-Z]\d[A-Z]\d[A-Z]\d", "K1A 0B1"),
    "CH": (r"\d{4}", "8001"),
    "CY": (r"\d{4}", "1010"),
    "CZ": (r"\d{5}", "110 00"),
    "DE": (r"\d{5}", "10115"),
    "DK": (r"\d{4}", "1050"),
    "EE": (r"\d{5}", "10111"),
    "ES": (r"\d{5}", "28001"),
    "FI": (r"\d{5}", "00100"),
    "FR": (r"\d{5}", "75001"),
    "GB": (r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}", "SW1A 1AA"),
    "GR": (r"\d{5}", "105 57"),
    "HR": (r"\d{5}", "10000"),
    "HU": (r"\d{4}", "1051"),
    "IE": (r"[A-Z]\d[\dW][A-Z\d]{4}", "D02 AF30"),
    "IS": (r"\d{3}", "101"),
    "IT": (r"\d{5}", "00118"),
    "JP": (r"\d{7}", "100-0001"),
    "LT": (r"(LT)?\d{5}", "01103"),
    "LU": (r"(L)?\d{4}", "1111"),
    "LV": (r"(LV)?\d{4}", "LV-1010"),
    "MT": (r"[A-Z]{3}\d{2,4}", "VLT 1117"),
    "NL": (r"\d{4}[A-Z]{2}", "1012 AB"),
    "NO": (r"\d{4}", "0150"),
    "NZ": (r"\d{4}", "6011"),
    "PL": (r"\d{5}", "00-001"),
    "PT": (r"\d{7}", "1200-109"),
    "RO": (r"\d{6}", "010011"),
    "SE": (r"\d{5}", "111 22"),
    "SI": (r"\d{4}", "1000"),
    "SK": (r"\d{5}", "811 01"),
    "US": (r"\d{5}(\d{4})?", "10001"),
}
NO_POSTCODES = {"AE", "AO", "BO", "BS", "BZ", "FJ", "GH", "HK", "JM", "MO", "PA", "QA", "UG", "ZW"}


def country_name(code: str, locale: str = "en") -> str:
    """Return a country as people call it; an unknown code is returned as it is."""
    return str(Locale.parse(locale.replace("-", "_")).territories.get(code, code))


def postcode_example(country: str) -> str:
    """Return what a postcode of a country looks like, or nothing where that is not known."""
    return POSTCODES[country][1] if country in POSTCODES else ""


def postcode_problem(*, country: str, postcode: str) -> str:
    """Return why a postcode cannot be one of its country, or nothing."""
    if country not in POSTCODES:
        return ""
    pattern, example = POSTCODES[country]
    if re.fullmatch(pattern, re.sub(r"[\s.\-–]", "", postcode.upper()), re.ASCII):
        return ""
    return f"“{postcode}” is not a postcode of {country_name(country)}: one looks like {example}."


def address_lines(*, address: Mapping[str, object], country_format: Callable[[str], str] = str) -> list[str]:
    """Return an address as it is written on a parcel, without the name: street, postcode and town, region, country."""
    place = f"{_text(address, 'postcode')} {_text(address, 'city')}".strip()
    country = country_format(country_name(_text(address, "country").upper()))
    return [line for line in (_text(address, "street"), place, _text(address, "region"), country) if line]


def address_problems(*, name: str, address: Mapping[str, object], quoted_country: str) -> list[str]:
    """Return everything that keeps a parcel from being sent to an address, in words; an empty list is fine."""
    country, postcode = _text(address, "country").upper(), _text(address, "postcode")
    problems = [] if name.strip() else ["The name is missing."]
    problems += [f"The {part} is missing." for part in ("street", "city") if not _text(address, part)]
    if not country:
        problems.append("The country is missing.")
    elif quoted_country and country != quoted_country:
        problems.append(
            f"The address is in {country_name(country)}, but postage was paid to {country_name(quoted_country)}."
        )
    if not postcode and country and country not in NO_POSTCODES:
        problems.append("The postcode is missing.")
    elif postcode and (problem := postcode_problem(country=country, postcode=postcode)):
        problems.append(problem)
    return problems


def _text(address: Mapping[str, object], part: str) -> str:
    value = address.get(part)
    return value.strip() if isinstance(value, str) else ""
