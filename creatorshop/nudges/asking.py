"""
Asking mailboxes whether it was their owner who typed them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from creatorshop.nudges import letters, mails
from creatorshop.nudges.words import Words, question_words
from drops.clock import database_now
from drops.letters.models import Subscriber
from drops.reminders.models import Reminder
from drops.schedule.models import DropState

AT_ONCE = 50


@dataclass(frozen=True)
class _Kind:
    """One kind of question: the rows that have an address, `question_due_at` and `confirmed_at`, and what is asked."""

    model: type[Model]
    relations: tuple[str, ...]
    words: Callable[[Any, datetime], Words | None]  # None where there is nothing to ask any more


def ask_mailboxes() -> int:
    """Send the questions that wait to be sent, each once; return how many went out."""
    return sum(_ask(kind) for kind in _KINDS)


def _about_reminder(reminder: Reminder, now: datetime) -> Words | None:
    if reminder.drop.state_at(now) != DropState.SCHEDULED:
        return None
    return question_words(reminder=reminder, now=now)


def _about_letter(subscriber: Subscriber, _now: datetime) -> Words | None:
    return letters.question_words(subscriber=subscriber)


_KINDS = (
    _Kind(Reminder, ("drop__creator", "drop__capsule"), _about_reminder),
    _Kind(Subscriber, ("creator",), _about_letter),
)


def _ask(kind: _Kind) -> int:
    asked = 0
    while claimed := _claim(kind):
        now = database_now()
        try:
            with mails.open_mail() as connection:
                for row in claimed:
                    words = kind.words(row, now) if row.address else None
                    if words is not None:
                        asked += mails.send(address=row.address, words=words, connection=connection)
        except mails.MailAway:
            # Nothing went out. The next turn tries again.
            _put_back(kind, claimed, now)
            break
    return asked


def _claim(kind: _Kind) -> list[Any]:
    """Take questions off the pile before they are sent, so that no second worker sends them too."""
    with transaction.atomic():
        ids = list(_waiting(kind)[:AT_ONCE])
        _rows(kind).filter(pk__in=ids).update(question_due_at=None)
    return list(_rows(kind).filter(pk__in=ids).select_related(*kind.relations))


def _waiting(kind: _Kind) -> QuerySet[Any, int]:
    """Return the questions that nobody has taken or is taking this very moment."""
    due = _rows(kind).filter(question_due_at__isnull=False).order_by("question_due_at", "pk")
    return due.select_for_update(skip_locked=True).values_list("pk", flat=True)


def _put_back(kind: _Kind, rows: list[Any], now: datetime) -> None:
    unanswered = _rows(kind).filter(pk__in=[row.pk for row in rows], confirmed_at__isnull=True)
    unanswered.filter(question_due_at__isnull=True, stopped_at__isnull=True).update(question_due_at=now)


def _rows(kind: _Kind) -> QuerySet[Any]:
    return kind.model._default_manager.all()
