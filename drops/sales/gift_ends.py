"""
How an open gift ends without anybody accepting it; the order is then its giver's again, as it was.

Each end is one guarded update, so whoever comes second finds nothing to end. Callers hold the order's locks where what
ends the gift (a refund, papers that are printed, a hand-over) must not meet somebody who accepts it.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from drops.events import announce, gift_changed
from drops.sales.gift_models import GiftClaim, GiftQuerySet, GiftState


def expire_gifts_of(*, order_ids: Collection[int], now: datetime) -> int:
    """End the open gifts of orders that can go to nobody else any more, being packed or handed over."""
    return _end(GiftClaim.objects.open().filter(order__in=order_ids), GiftState.EXPIRED, now)


def revoke_gifts_of(*, order_ids: Collection[int], now: datetime) -> int:
    """End the open gifts of orders whose money goes back, or never came."""
    return _end(GiftClaim.objects.open().filter(order__in=order_ids), GiftState.REVOKED, now)


def expire_due_gifts(*, now: datetime) -> int:
    """Book as expired what is expired by the clock, and return how many gifts that were."""
    return _end(GiftClaim.objects.due(now=now), GiftState.EXPIRED, now)


def _end(gifts: GiftQuerySet, to: GiftState, now: datetime) -> int:
    with transaction.atomic():
        ids = list(gifts.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
        ended = GiftClaim.objects.open().filter(pk__in=ids)
        order_ids = list(ended.values_list("order_id", flat=True))
        ended.update(state=to, ended_at=now)
        for order_id in order_ids:
            announce(gift_changed, order_id=order_id, state=to.value)
    return len(order_ids)
