"""
Hearing no more of it: one tap, for one drop.
"""

from __future__ import annotations

from datetime import datetime

from drops.audience.models import Shopper
from drops.reminders.models import Channel, Reminder
from drops.schedule.models import Drop


def stop(*, reminder: Reminder, now: datetime) -> None:
    """Send nothing more to this contact about this drop; to say it twice changes nothing."""
    Reminder.objects.filter(pk=reminder.pk, stopped_at__isnull=True).update(stopped_at=now, question_due_at=None)


def stop_all_of(*, shopper: Shopper, drop: Drop, now: datetime) -> int:
    """Send a shopper nothing more about a drop, on no channel; return how many reminders ended."""
    return Reminder.objects.filter(shopper=shopper, drop=drop, stopped_at__isnull=True).update(
        stopped_at=now, question_due_at=None
    )


def forget_browser(*, contact_hash: str) -> int:
    """Delete a browser's reminders, of all drops: its push service says that it is gone."""
    deleted, _ = Reminder.objects.filter(channel=Channel.PUSH, contact_hash=contact_hash).delete()
    return deleted
