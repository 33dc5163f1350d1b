from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from drops.reminders.models import Channel, Nudge, NudgeKind, NudgeState, Reminder
from drops.schedule.models import Drop


@dataclass(frozen=True)
class ChannelCount:
    label: str
    asked: int
    unanswered: int
    stopped: int
    live: int


@dataclass(frozen=True)
class NudgeCount:
    label: str
    sent: int
    waiting: int
    unsent: int


def counts_by_channel(*, drop: Drop) -> list[ChannelCount]:
    """Return how many asked to be told of a drop, by channel: numbers, and nobody's name."""
    found = Reminder.objects.filter(drop=drop).values("channel").order_by("channel")
    rows = found.annotate(
        asked=Count("pk"),
        unanswered=Count("pk", filter=Q(confirmed_at__isnull=True, stopped_at__isnull=True)),
        stopped=Count("pk", filter=Q(stopped_at__isnull=False)),
        live=Count("pk", filter=Q(confirmed_at__isnull=False, stopped_at__isnull=True)),
    )
    counted = {row["channel"]: (row["asked"], row["unanswered"], row["stopped"], row["live"]) for row in rows}
    return [ChannelCount(str(channel.label), *counted.get(channel, (0, 0, 0, 0))) for channel in Channel]


def counts_by_kind(*, drop: Drop) -> list[NudgeCount]:
    """Return how many of the two messages about a drop went out, wait, or did not go out."""
    found = Nudge.objects.filter(drop=drop).values("kind").order_by("kind")
    rows = found.annotate(
        sent=Count("pk", filter=Q(state=NudgeState.SENT)),
        waiting=Count("pk", filter=Q(state__in=[NudgeState.DUE, NudgeState.CLAIMED])),
        unsent=Count("pk", filter=Q(state=NudgeState.UNSENT)),
    )
    counted = {row["kind"]: (row["sent"], row["waiting"], row["unsent"]) for row in rows}
    return [NudgeCount(str(kind.label), *counted.get(kind, (0, 0, 0))) for kind in NudgeKind]
