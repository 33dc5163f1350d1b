"""
Amounts as Stripe counts them. Its table of decimals is not ours, so an integer is never handed over as it is.
"""

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

from drops.errors import Refused

# docs.stripe.com/currencies: without decimals, and with three. All others have two there, whatever people use: ISK and UGX
# have lost their decimals, and Stripe goes on counting them in hundredths that have to be 0.
NO_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
THREE_DECIMALS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))


class AmountNotTaken(Refused):
    """Stripe has no way to write this amount."""

    code = "amount_not_taken"


def to_stripe(amount_minor: int, currency: str) -> int:
    """
    Return an amount of ours in Stripe's smallest unit.

    :raises AmountNotTaken: if it is finer than Stripe counts: of three decimals the last has to be 0.
    """
    scaled = Decimal(amount_minor).scaleb(_decimals(currency) - get_currency_precision(currency))
    finest = 10 if currency in THREE_DECIMALS else 1
    if scaled % finest:
        raise AmountNotTaken(f"Stripe takes {currency} only in steps of {finest} of its smallest unit.")
    return int(scaled)


def from_stripe(amount: int, currency: str) -> int:
    """Return what Stripe says in our minor units; a fee may be finer than those, and is rounded half up."""
    code = currency.upper()
    scaled = Decimal(amount).scaleb(get_currency_precision(code) - _decimals(code))
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _decimals(currency: str) -> int:
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2
