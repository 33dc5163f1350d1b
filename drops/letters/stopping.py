"""
Having no more letters: one tap, and the address is gone with it.
"""

from __future__ import annotations

from datetime import datetime

from drops.audience.models import Shopper
from drops.letters.models import Subscriber, SubscriberQuerySet


def stop(*, subscriber: Subscriber, now: datetime) -> None:
    """Send nothing more to this mailbox; to say it twice changes nothing."""
    _stop(Subscriber.objects.filter(pk=subscriber.pk), now)


def stop_all_of(*, shopper: Shopper, now: datetime) -> int:
    """Send a shopper no letter any more, to whatever mailbox they named; return how many ended."""
    return _stop(Subscriber.objects.filter(shopper=shopper), now)


def _stop(rows: SubscriberQuerySet, now: datetime) -> int:
    # The hash stays: it is what lets the shop know that this mailbox wants none.
    return rows.filter(stopped_at__isnull=True).update(
        stopped_at=now, address="", network_hash="", question_due_at=None
    )
