from django.db.models import Sum

from drops.payouts.models import ReversalState, TransferReversal


def coming_back(*, payee_id: int, currency: str) -> int:
    """Return what the provider was asked, or will be, to take back from a payee and has not answered yet, in minor units."""
    under_way = TransferReversal.objects.filter(
        payout__payee=payee_id, payout__currency=currency, state=ReversalState.OPEN
    )
    return int(under_way.aggregate(total=Sum("amount_minor", default=0))["total"])
