"""
Rules and figures of an explanation in words. Amounts and numbers as Babel writes them.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from babel.numbers import format_decimal, get_currency_precision

from drops.money import BASIS, format_minor

KINDS = {
    "sale": "Sold: the money is on its way, and everybody has earned their part",
    "capture": "Captured: the money came in, less what the payment provider kept",
    "undone": "Undone: the money never came in",
    "unowned": "More money came in, which belongs to nobody here",
    "fee": "The payment provider’s fee, told later or kept of money that went back",
    "reversal": "Refund planned: everybody’s part of it is taken back",
    "refund": "Refund sent",
    "refund_failed": "Refund came back: the provider holds the money again, and the shopper is owed it",
    "refund_by_hand": "Refund paid past the provider: the platform has what it laid out for it",
    "release": "Released: may be paid out",
    "transfer": "Transferred to a payee’s own account",
    "payout": "Paid out to a payee’s bank",
    "transfer_reversal": "Transfer taken back",
    "set_off": "Debt kept back from a payout",
    "write_off": "Debt given up",
    "dispute_opened": "The shopper’s bank took the money until a dispute is decided",
    "dispute_won": "Dispute won: the money came back",
    "dispute_lost": "Dispute lost: the money is gone",
}
CLASSES = {"standard": "standard", "reduced": "reduced", "super_reduced": "super-reduced", "zero": "zero-rated"}


BASES = {
    "goods": "the goods",
    "goods_and_freight": "goods and postage",
    "duty_inclusive": "goods, postage and duty",
}


def percent(rate_bp: int, locale: str = "en") -> str:
    """Return basis points as a percentage: 3333 is 33.33 %."""
    return f"{format_decimal(Decimal(rate_bp) / 100, locale=locale)} %"


def reckoned(above: int, below: int, currency: str, locale: str = "en") -> str:
    """Return a fraction of minor units as an amount with two more decimals than the currency has, after = or ≈."""
    decimals = get_currency_precision(currency) + 2
    exact = Fraction(above, below * 10 ** get_currency_precision(currency))
    shown = Decimal(round(exact * 10**decimals)).scaleb(-decimals)
    sign = "=" if Fraction(shown) == exact else "≈"
    return f"{sign} {format_decimal(shown, format='#,##0.' + '0' * decimals, locale=locale)}"


def figure(amount_minor: int, currency: str, locale: str = "en") -> str:
    """Return an amount without its currency, as it stands in a calculation."""
    decimals = get_currency_precision(currency)
    pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
    return str(format_decimal(Decimal(amount_minor).scaleb(-decimals), format=pattern, locale=locale))


def part(amount_minor: int, rate_bp: int, currency: str) -> str:
    """Return "38.00 × 3 % = 1.14"."""
    worth = reckoned(amount_minor * rate_bp, BASIS, currency)
    return f"{figure(amount_minor, currency)} × {percent(rate_bp)} {worth}"


def contained(amount_minor: int, rate_bp: int, currency: str) -> str:
    """Return "44.10 × 19 ÷ 119 ≈ 7.0412"."""
    rate = format_decimal(Decimal(rate_bp) / 100, locale="en")
    whole = format_decimal(Decimal(BASIS + rate_bp) / 100, locale="en")
    worth = reckoned(amount_minor * rate_bp, BASIS + rate_bp, currency)
    return f"{figure(amount_minor, currency)} × {rate} ÷ {whole} {worth}"


def at_the_border(detail: Mapping[str, Any], currency: str) -> str:
    """Return the rule that an import charge was reckoned by, as the terms keep it; nothing, where they keep none."""
    if not detail:
        return ""
    lines, each = int(detail.get("lines", 1)), " for each line of the declaration" if detail.get("lines", 1) > 1 else ""
    if "rate_bp" in detail:
        base = BASES.get(str(detail.get("base")), "the value")
        words = f"{part(int(detail['base_minor']), int(detail['rate_bp']), currency)} of {base}, rounded half up{each}"
    else:
        words = f"{format_minor(int(detail['each_minor']), str(detail['currency']))}"
        words += (
            f" a line, {lines} line{'s' if lines > 1 else ''}" if detail.get("kind") == "flat_per_line" else " a parcel"
        )
        words += f", at {detail['conversion']}" if detail.get("conversion") else ""
    return (
        f"{words}. Rule of {detail['dest']} since {detail['valid_from']}: {detail['source']}, checked"
        f" {detail['checked_on']}."
    )
