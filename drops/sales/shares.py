"""
Who receives what of a price. Pure: taken off in a stated order, and what is left is split among the creators.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drops.ledger.splits import AgreementTerms, split


@dataclass(frozen=True)
class Deductions:
    """What is taken off a total before creators split it, in the order in which it is taken, in minor units."""

    tax_minor: int
    duties_minor: int  # passed on to customs
    postage_minor: int  # net of tax, passed on to whoever carries it
    processor_minor: int  # what the payment is expected to cost
    processor_borne_by: str  # "platform", "creators" or "shopper"
    platform_minor: int  # net of tax
    partner_minor: int  # for whoever hands over


def shares_of(
    *, total_minor: int, deductions: Deductions, agreement: AgreementTerms, taxes: list[dict[str, Any]]
) -> dict[str, Any]:
    """
    Return how a total is cut up; every part but what the platform gives up is a whole amount of its own.

    A payment's cost is taken off unless the platform bears it. If less than nothing were left, the platform gives up as much
    of its fee, or pays in: no creator owes anything for a sale.
    """
    taken = deductions.tax_minor + deductions.duties_minor + deductions.postage_minor
    taken += 0 if deductions.processor_borne_by == "platform" else deductions.processor_minor
    left = total_minor - taken - deductions.platform_minor - deductions.partner_minor
    base, absorbed = max(left, 0), max(-left, 0)
    parts = split(base, [line.share_bp for line in agreement.lines])
    return {
        "tax": taxes,
        "tax_minor": deductions.tax_minor,
        "duties_minor": deductions.duties_minor,
        "postage_minor": deductions.postage_minor,
        "processor_minor": deductions.processor_minor,
        "processor_borne_by": deductions.processor_borne_by,
        "platform_minor": deductions.platform_minor,
        "platform_absorbs_minor": absorbed,
        "partner_minor": deductions.partner_minor,
        "base_minor": base,
        "agreement": {"ref": agreement.ref, "version": agreement.version} if agreement.ref else None,
        "creators": [
            {"payee": line.payee_id, "name": line.name, "share_bp": line.share_bp, "amount_minor": part}
            for line, part in zip(agreement.lines, parts, strict=True)
        ],
        "creator_minor": base,
    }
