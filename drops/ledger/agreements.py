"""
Who shares in what a drop sells, and what the platform takes for it.
"""

from datetime import datetime

from drops.catalog.models import Creator
from drops.ledger.splits import AgreementTerms, SplitLine
from drops.money import BASIS
from drops.schedule.models import Drop


def agreement_for(*, creator: Creator, drop: Drop | None, at: datetime) -> AgreementTerms:
    """Return what is agreed for a drop at an instant; where nothing is, the creator who sells gets all."""
    return AgreementTerms(
        ref="",
        version=0,
        lines=(SplitLine(creator.payee_id, creator.name, BASIS),),
        platform_bp=creator.service_fee_bp,
        platform_fixed_minor=creator.service_fee_fixed_minor,
    )
