"""
What a buyer is written about a return, each thing once: claimed before it is sent, so that no second worker sends it too.

What is due is read from the returns themselves, so that a notice is not lost with an announcement that nobody heard.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from drops.returns.models import Return, ReturnState

# What was over for longer is no news any more, whatever kept the mail away.
STILL_NEWS = timedelta(days=3)


class NoticeKind(models.TextChoices):
    DECLARED = "declared", "It was taken in"
    APPROVED = "approved", "It may come back"
    REJECTED = "rejected", "It was rejected"
    REFUNDED = "refunded", "Its money went back"
    ENDED = "ended", "It ended without money"


_DUE = {
    NoticeKind.DECLARED: Q(),
    NoticeKind.APPROVED: Q(is_withdrawal=False, approved_at__isnull=False),
    NoticeKind.REJECTED: Q(state=ReturnState.REJECTED),
    NoticeKind.REFUNDED: Q(refund__isnull=False),
    NoticeKind.ENDED: Q(state=ReturnState.CANCELLED) | Q(state=ReturnState.CLOSED, refund__isnull=True),
}


class ReturnNotice(models.Model):
    """One thing that a buyer was written about a return."""

    of = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=10, choices=NoticeKind)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="return_notice_once_per_kind", fields=["of", "kind"]),
            models.CheckConstraint(name="return_notice_kind_known", condition=Q(kind__in=NoticeKind.values)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.of}"


def claim_notices(*, most: int, now: datetime) -> list[ReturnNotice]:
    """Take what is due and nobody has taken; whoever takes it sends it, or gives it back."""
    claimed: list[ReturnNotice] = []
    for kind in NoticeKind:
        for returned in _waiting(kind, now)[: most - len(claimed)]:
            if (notice := _claim(returned, kind, now)) is not None:
                claimed.append(notice)
    return claimed


def give_back(*, notices: list[ReturnNotice]) -> None:
    """Let the next turn send what certainly did not go out."""
    ReturnNotice.objects.filter(pk__in=[notice.pk for notice in notices]).delete()


def say_again(*, order_id: int) -> int:
    """Have the open returns of an order acknowledged once more; return how many there are."""
    still_open = Return.objects.still_open().filter(order=order_id)
    ReturnNotice.objects.filter(of__in=still_open, kind=NoticeKind.DECLARED).delete()
    return still_open.count()


def _waiting(kind: NoticeKind, now: datetime) -> QuerySet[Return]:
    told = ReturnNotice.objects.filter(of=OuterRef("pk"), kind=kind)
    is_news = Q(closed_at__isnull=True) | Q(closed_at__gte=now - STILL_NEWS)
    return Return.objects.filter(_DUE[kind], is_news).exclude(Exists(told)).order_by("created_at", "pk")


def _claim(returned: Return, kind: NoticeKind, now: datetime) -> ReturnNotice | None:
    """Take one; None if another worker, who read the same list, was faster."""
    notice, is_ours = ReturnNotice.objects.get_or_create(of=returned, kind=kind, defaults={"at": now})
    return notice if is_ours else None
