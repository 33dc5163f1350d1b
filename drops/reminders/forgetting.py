from datetime import datetime, timedelta

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Concat

from drops.reminders.models import Reminder

KEPT_FOR = timedelta(days=30)  # after the drop
UNANSWERED_FOR = timedelta(days=7)


def forget_old_contacts(*, now: datetime) -> int:
    """
    Delete the addresses of drops that closed more than 30 days ago, and reminders that no mailbox said yes to for a week.

    That somebody asked, and to what they agreed, is kept; where they are is not, nor anything to find it out by.
    """
    unanswered = Q(confirmed_at__isnull=True, asked_at__lt=now - UNANSWERED_FOR)
    deleted, _ = Reminder.objects.filter(unanswered).delete()
    over = Reminder.objects.annotate(over_at=Coalesce("drop__closed_at", "drop__closes_at")).filter(
        over_at__lt=now - KEPT_FOR, forgotten_at__isnull=True
    )
    forgotten = Reminder.objects.filter(pk__in=list(over.values_list("pk", flat=True))).update(
        address="",
        push_keys={},
        network_hash="",
        contact_hash=Concat(Value("forgotten:"), F("ref")),
        question_due_at=None,
        forgotten_at=now,
    )
    return deleted + forgotten
