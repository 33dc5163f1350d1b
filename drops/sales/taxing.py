"""
How much tax is in, or on top of, the lines of a price. Pure integer arithmetic.

What comes along with the goods (delivery, fees) is taxed as they are: incidental expenses belong to the taxable amount of
the supply itself (Directive 2006/112/EC, art. 78 (b)). Where a basket has things of several classes, it is cut by their
value, which is the usual reading of that rule. The same is done outside the Union until a row of another kind is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from drops.ledger.splits import split
from drops.money import share_of, tax_included_in
from drops.sales.taxes import Taxes


@dataclass(frozen=True)
class Taxed:
    """What tax a price has: by class for the authority, and by line for those whose part is net of it."""

    by_class: dict[str, int]
    by_line: list[int]
    amounts: dict[str, int] = field(default_factory=dict)  # what the tax of each class is reckoned from

    @property
    def total_minor(self) -> int:
        return sum(self.by_class.values())


def tax_lines(*, lines: Sequence[tuple[int, str]], taxes: Taxes, is_included: bool, is_rounded_per_line: bool) -> Taxed:
    """
    Return the tax of lines, each an amount and its class; an empty class follows the others.

    Rounded half up, per line, or once per class on the sum, which never moves a price that was given with its tax.

    :raises TaxUnknown: if a class has no rate.
    """
    weights: dict[str, int] = {}
    for amount_minor, tax_class in lines:
        if tax_class:
            weights[tax_class] = weights.get(tax_class, 0) + amount_minor
    classes = list(weights)
    rates = [taxes.rate_bp(tax_class) for tax_class in classes]
    of_rate = tax_included_in if is_included else share_of
    sums, rounded, by_line = [0] * len(classes), [0] * len(classes), []
    for amount_minor, tax_class in lines:
        taxed = 0
        for at, part in enumerate(_parts(amount_minor, tax_class, classes, list(weights.values()))):
            if part:
                tax = of_rate(part, rates[at])
                sums[at] += part
                rounded[at] += tax
                taxed += tax
        by_line.append(taxed)
    if not is_rounded_per_line:
        rounded = [of_rate(amount, rate) for amount, rate in zip(sums, rates, strict=True)]
    return Taxed(dict(zip(classes, rounded, strict=True)), by_line, dict(zip(classes, sums, strict=True)))


def _parts(amount_minor: int, tax_class: str, classes: list[str], weights: list[int]) -> list[int]:
    if len(classes) == 1:
        return [amount_minor]
    if tax_class:
        return [amount_minor if tax_class == one else 0 for one in classes]
    # Where everything is for free the fees follow what stands first.
    return split(amount_minor, weights if any(weights) else [1, *[0] * (len(weights) - 1)])
