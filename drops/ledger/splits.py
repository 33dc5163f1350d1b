"""
Who gets how much of what is left. Pure: largest remainder, and a tie goes to whoever stands first in the agreement.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from drops.money import BASIS


@dataclass(frozen=True)
class SplitLine:
    """One creator's part of an agreement."""

    payee_id: int | None  # None: the creator who sells, before their first sale made them a payee
    name: str
    share_bp: int


@dataclass(frozen=True)
class AgreementTerms:
    """What a version of a split agreement says, as a quote copies it."""

    ref: str  # empty: nothing was agreed, the creator who sells gets all
    version: int
    lines: tuple[SplitLine, ...]
    platform_bp: int
    platform_fixed_minor: int


def split(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """
    Return an amount cut by weights, so that the parts sum to it exactly.

    Each part is rounded down; the units left over go one by one to the largest remainders (Hamilton's method), among
    equals to the first. A negative amount is cut as its positive one.

    :raises ValueError: if a weight is negative, or all are zero.
    """
    whole = sum(weights)
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must not be negative, and not all zero")
    sign, amount = (-1, -amount_minor) if amount_minor < 0 else (1, amount_minor)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(amount * weights[at] % whole), at))
    for at in by_remainder[: amount - sum(parts)]:
        parts[at] += 1
    return [sign * part for part in parts]


def is_whole(lines: Sequence[SplitLine]) -> bool:
    """Return whether the parts of an agreement make up the whole, 10,000 basis points."""
    return sum(line.share_bp for line in lines) == BASIS
