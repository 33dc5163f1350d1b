"""
Asking mailboxes whether it was their owner who typed them.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from creatorshop.nudges import mails
from creatorshop.nudges.words import question_words
from drops.clock import database_now
from drops.reminders.models import Channel, Reminder
from drops.schedule.models import DropState

AT_ONCE = 50


def ask_mailboxes() -> int:
    """Send the questions that wait to be sent, each once; return how many went out."""
    asked = 0
    while claimed := _claim():
        now = database_now()
        try:
            with mails.open_mail() as connection:
                for reminder in claimed:
                    if reminder.drop.state_at(now) == DropState.SCHEDULED:
                        words = question_words(reminder=reminder, now=now)
                        asked += mails.send(address=reminder.address, words=words, connection=connection)
        except mails.MailAway:
            # Nothing went out. The next turn tries again.
            _put_back(claimed, now)
            break
    return asked


def _claim() -> list[Reminder]:
    """Take questions off the pile before they are sent, so that no second worker sends them too."""
    with transaction.atomic():
        ids = list(_waiting()[:AT_ONCE])
        Reminder.objects.filter(pk__in=ids).update(question_due_at=None)
    return list(Reminder.objects.filter(pk__in=ids).select_related("drop__creator", "drop__capsule"))


def _waiting() -> QuerySet[Reminder, int]:
    """Return the questions that nobody has taken or is taking this very moment."""
    due = Reminder.objects.filter(channel=Channel.MAIL, question_due_at__isnull=False)
    return due.order_by("question_due_at", "pk").select_for_update(skip_locked=True).values_list("pk", flat=True)


def _put_back(reminders: list[Reminder], now: datetime) -> None:
    Reminder.objects.filter(
        pk__in=[reminder.pk for reminder in reminders], question_due_at__isnull=True, confirmed_at__isnull=True
    ).update(question_due_at=now)
