"""
Money is an integer of minor units and a currency. Shares are basis points. Nothing here rounds twice.
"""

from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision

BASIS = 10_000


def share_of(amount_minor: int, rate_bp: int) -> int:
    """Return rate_bp basis points of an amount, rounded half away from zero."""
    return _rounded(amount_minor * rate_bp, BASIS)


def tax_included_in(gross_minor: int, rate_bp: int) -> int:
    """Return the tax contained in a gross amount: gross x rate / (1 + rate), rounded half away from zero."""
    return _rounded(gross_minor * rate_bp, BASIS + rate_bp)


def _rounded(above: int, below: int) -> int:
    # In integers, because they are exact and ten times as fast as Decimal: a price is computed for everybody who looks.
    half_up = (2 * abs(above) + below) // (2 * below)
    return half_up if above >= 0 else -half_up


def minor_from_decimal(amount: Decimal, currency: str) -> int:
    """
    Return a decimal amount as minor units.

    :raises ValueError: if it has more decimals than the currency.
    """
    scaled = amount.scaleb(get_currency_precision(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} has more decimals than {currency} allows")
    return int(scaled)


def decimal_from_minor(amount_minor: int, currency: str) -> Decimal:
    """Return minor units as a decimal amount with the currency's number of decimals."""
    return Decimal(amount_minor).scaleb(-get_currency_precision(currency))


@lru_cache(maxsize=4096)  # In a drop the same few prices are written for everybody.
def format_minor(amount_minor: int, currency: str, locale: str = "en") -> str:
    """Return an amount as people in that locale write it, like €39.20."""
    return format_currency(decimal_from_minor(amount_minor, currency), currency, locale=locale.replace("-", "_"))
