from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from drops.letters.models import CopyState, LetterCopy, Subscriber


@dataclass(frozen=True)
class SubscriberCount:
    live: int
    unanswered: int
    stopped: int


@dataclass(frozen=True)
class CopyCount:
    sent: int = 0
    waiting: int = 0
    unsent: int = 0


def counts_of(*, subscribers: QuerySet[Subscriber]) -> SubscriberCount:
    """Return how many want a letter, were asked, or stopped: numbers, and nobody's address."""
    found = subscribers.aggregate(
        live=Count("pk", filter=Q(confirmed_at__isnull=False, stopped_at__isnull=True)),
        unanswered=Count("pk", filter=Q(confirmed_at__isnull=True, stopped_at__isnull=True)),
        stopped=Count("pk", filter=Q(stopped_at__isnull=False)),
    )
    return SubscriberCount(**found)


def copies_of(*, letter_ids: Iterable[int]) -> dict[int, CopyCount]:
    """Return what became of letters, by their keys."""
    rows = LetterCopy.objects.filter(letter_id__in=letter_ids).values("letter_id").order_by("letter_id")
    counted = rows.annotate(
        sent=Count("pk", filter=Q(state=CopyState.SENT)),
        waiting=Count("pk", filter=Q(state__in=(CopyState.DUE, CopyState.CLAIMED))),
        unsent=Count("pk", filter=Q(state=CopyState.UNSENT)),
    )
    return {row["letter_id"]: CopyCount(row["sent"], row["waiting"], row["unsent"]) for row in counted}
