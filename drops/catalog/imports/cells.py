"""
Single cells, judged one by one. Each function returns a value or refuses with a reason that fits behind the column.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from hashlib import sha256
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ValidationError
from django.utils.text import slugify

from drops.catalog.customs import checked_description, normalised_hs_code, normalised_origin
from drops.catalog.imports.columns import Column
from drops.catalog.imports.sheets import Row
from drops.catalog.models import ProductState
from drops.catalog.tax_classes import TaxClass
from drops.money import minor_from_decimal

LARGEST_COUNT = 1_000_000
LARGEST_MINOR = 2_000_000_000
LONGEST_BODY = 100_000

_DECIMAL = re.compile(r"-?\d+(\.\d+)?|-?\.\d+")
_YES, _NO = {"true", "yes", "1", "active"}, {"false", "no", "0"}


class BadCell(Exception):
    """A cell that cannot be taken, and why."""

    def __init__(self, column: Column, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def text(row: Row, column: Column, longest: int) -> str:
    value = row[column]
    if len(value) > longest:
        raise BadCell(column, f"has {len(value)} characters; {longest} are the most")
    return value


def price_minor(row: Row, currency: str) -> int:
    value = row[Column.PRICE]
    if not value:
        raise BadCell(Column.PRICE, "is empty")
    if not _DECIMAL.fullmatch(value):
        raise BadCell(Column.PRICE, f"{value!r} is not a number like 38.00")
    amount = Decimal(value)
    if amount < 0:
        raise BadCell(Column.PRICE, f"{value} is below zero")
    try:
        minor = minor_from_decimal(amount, currency)
    except ValueError:
        raise BadCell(Column.PRICE, f"{value} has more decimals than {currency} has") from None
    if minor > LARGEST_MINOR:
        raise BadCell(Column.PRICE, f"{value} is more than a shop can take")
    return minor


def whole_number(row: Row, column: Column) -> int | None:
    value = row[column]
    if not value:
        return None
    if not _DECIMAL.fullmatch(value) or Decimal(value) != Decimal(value).to_integral_value():
        raise BadCell(column, f"{value!r} is not a whole number")
    if abs(Decimal(value)) > LARGEST_COUNT:
        raise BadCell(column, f"{value} is more than {LARGEST_COUNT:,}")
    return int(Decimal(value))


def weight_g(row: Row) -> int | None:
    grams = whole_number(row, Column.GRAMS)
    if grams is not None and grams < 0:
        raise BadCell(Column.GRAMS, f"{grams} is below zero")
    return grams


def tax_class(row: Row) -> TaxClass | None:
    value = row[Column.TAX_CLASS]
    if not value:
        return None
    known = {label.lower(): TaxClass(name) for name, label in TaxClass.choices} | {one.value: one for one in TaxClass}
    if value.lower() not in known:
        raise BadCell(Column.TAX_CLASS, f"{value!r} is none of {', '.join(TaxClass.labels)}")
    return known[value.lower()]


def state(row: Row) -> ProductState | None:
    status, published = row[Column.STATUS].lower(), row[Column.PUBLISHED].lower()
    if status:
        if status not in ProductState.values:
            raise BadCell(Column.STATUS, f"{status!r} is none of {', '.join(ProductState.values)}")
        return ProductState(status)
    if not published:
        return None
    if published not in _YES | _NO:
        raise BadCell(Column.PUBLISHED, f"{published!r} is neither true nor false")
    return ProductState.ACTIVE if published in _YES else ProductState.DRAFT


def tags(row: Row) -> list[str]:
    found = list(dict.fromkeys(tag.strip() for tag in row[Column.TAGS].split(",") if tag.strip()))
    if any(len(tag) > 120 for tag in found):
        raise BadCell(Column.TAGS, "has a tag of more than 120 characters")
    return found


def handle_of(written: str) -> str:
    """Return a handle that can stand in an address: the written one, or a made one that is the same every time."""
    if len(written) <= 255 and re.fullmatch(r"[-a-zA-Z0-9_]+", written):
        return written
    return f"{slugify(written)[:200]}-{_short_hash(written)}".lstrip("-")


def code_of(handle: str, option_values: tuple[str, ...]) -> str:
    """Return a SKU code for a row that has none: the same one whenever handle and options are the same."""
    whole = "-".join([handle, *option_values])
    readable = slugify(whole).upper()
    return readable if len(readable) <= 80 and whole.isascii() else hashed_code_of(handle, option_values)


def hashed_code_of(handle: str, option_values: tuple[str, ...]) -> str:
    """Return a SKU code that tells apart what would read the same."""
    readable = slugify("-".join([handle, *option_values])).upper()
    return f"{readable[:70].rstrip('-')}-{_short_hash(repr((handle, option_values))).upper()}".lstrip("-")


def sku_code(row: Row) -> str | None:
    # Spreadsheets keep '0042 from becoming 42 by an apostrophe, and exports carry it along.
    return text(row, Column.SKU, 80).removeprefix("'").strip() or None


def hs_code(row: Row) -> str | None:
    # Spreadsheets take a code for a number, and keep 0901.21 from becoming 901.21 by an apostrophe.
    return _for_customs(row, Column.HS_CODE, 20, lambda written: normalised_hs_code(written.removeprefix("'")))


def origin_country(row: Row) -> str | None:
    return _for_customs(row, Column.ORIGIN, 20, normalised_origin)


def customs_description(row: Row) -> str | None:
    return _for_customs(row, Column.CUSTOMS_DESCRIPTION, 120, checked_description)


def _for_customs(row: Row, column: Column, longest: int, taken: Callable[[str], str]) -> str | None:
    try:
        return taken(text(row, column, longest)) or None
    except ValidationError as wrong:
        raise BadCell(column, wrong.messages[0]) from None


def photo_name(address: str) -> str:
    """Return the file name in a picture's address, without folders, query and percent signs."""
    try:
        path = urlsplit(address).path
    except ValueError:
        path = address
    return unquote(path).replace("\\", "/").rsplit("/", 1)[-1].strip()[:255]


def _short_hash(written: str) -> str:
    return sha256(written.encode()).hexdigest()[:8]
