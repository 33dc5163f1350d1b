from datetime import datetime, timedelta

from django.db.models import Q

from drops.letters.models import Subscriber
from drops.reminders.guards import COUNTED_FOR

UNANSWERED_FOR = timedelta(days=7)
EVIDENCE_KEPT_FOR = timedelta(days=3 * 365)  # as long as somebody may still ask by what right they were written to


def forget_old_subscribers(*, now: datetime) -> int:
    """
    Delete who did not say yes for a week, and who stopped three years ago; nobody's network is kept for longer than a day.

    Who stopped lost their address then. What they had agreed to, when and where is kept as the evidence of it.
    """
    unanswered = Q(confirmed_at__isnull=True, stopped_at__isnull=True, asked_at__lt=now - UNANSWERED_FOR)
    over = Q(stopped_at__lt=now - EVIDENCE_KEPT_FOR)
    deleted, _ = Subscriber.objects.filter(unanswered | over).delete()
    Subscriber.objects.filter(asked_at__lt=now - COUNTED_FOR["mailbox"]).exclude(network_hash="").update(
        network_hash=""
    )
    return deleted
