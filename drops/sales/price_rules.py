"""
How a creator's prices are made, as plain values.
"""

from django.conf import settings

from drops.catalog.models import Creator
from drops.sales.pricing import PriceRules


def rules_of(creator: Creator) -> PriceRules:
    """Return a creator's rules, with what the platform expects a payment to cost."""
    return PriceRules(
        name=creator.name,
        currency=creator.currency,
        prices_include_tax=creator.prices_include_tax,
        rounding=creator.tax_rounding,
        processor_borne_by=creator.processor_borne_by,
        processor_bp=settings.PROCESSOR_FEE_BP,
        processor_fixed_minor=settings.PROCESSOR_FEE_FIXED_MINOR,
    )
