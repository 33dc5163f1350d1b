"""
Which messages are due, and who sends them: a row for each, claimed before anything leaves the house.

Rather none than two: what was claimed and never settled, because its worker died, is not sent again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from drops.reminders.hours import OPENING_IS_NEWS_FOR, Span, at_opening, before_opening
from drops.reminders.models import Channel, Nudge, NudgeKind, NudgeState, Reminder
from drops.schedule.early import entitled_in
from drops.schedule.models import LONGEST_MEMBERS_FIRST, Drop, DropState

AHEAD = timedelta(hours=26)  # the evening before is never further away, also when clocks are changed that night
TRIES = 3
AGAIN_IN = timedelta(minutes=1)
CLAIM_LASTS = timedelta(minutes=15)  # longer than a task may run
ROWS_AT_ONCE = 1000


def plan_nudges(*, now: datetime) -> int:
    """Make a row for every message whose time has come; return how many are new. Repeats make none."""
    planned = 0
    for drop in _opening_about(now):
        kind = kind_due(drop=drop, now=now)
        if kind is None:
            continue
        zones = Reminder.objects.live().filter(drop=drop).values_list("time_zone", flat=True).distinct()
        for zone in zones:
            for opens_at, whom in _openings(drop, kind):
                span = _span(kind, opens_at, ZoneInfo(zone))
                if span is not None and span.holds(now):
                    planned += _plan(drop, kind, zone, span, whom)
    return planned


def kind_due(*, drop: Drop, now: datetime) -> NudgeKind | None:
    """Return what can be said of a drop: that it will open, that it is open, or nothing at all."""
    match drop.state_at(now):
        case DropState.SCHEDULED:
            return NudgeKind.BEFORE
        case DropState.OPEN:
            return NudgeKind.OPENING
    return None


def claim_nudges(*, most: int, now: datetime) -> list[Nudge]:
    """Take messages that are due, for the one who calls and for nobody else; what is too late for is given up."""
    too_late = Q(state=NudgeState.DUE, ends_at__lte=now)
    lost = Q(state=NudgeState.CLAIMED, claimed_at__lte=now - CLAIM_LASTS)
    Nudge.objects.filter(too_late | lost).update(state=NudgeState.UNSENT, settled_at=now)
    with transaction.atomic():
        ids = list(_free(now)[:most])
        Nudge.objects.filter(pk__in=ids).update(state=NudgeState.CLAIMED, claimed_at=now, tries=F("tries") + 1)
    return list(Nudge.objects.filter(pk__in=ids).select_related("drop__creator", "drop__capsule", "shopper"))


def settle(*, nudge: Nudge, channel: Channel | None, now: datetime) -> None:
    """Note on which channel a message went out; None if it went nowhere, and will not."""
    Nudge.objects.filter(pk=nudge.pk, state=NudgeState.CLAIMED).update(
        state=NudgeState.UNSENT if channel is None else NudgeState.SENT, channel=channel or "", settled_at=now
    )


def try_later(*, nudge: Nudge, now: datetime) -> None:
    """Put a message back that certainly did not go out, for another try in a minute; the third failure is the last."""
    if nudge.tries >= TRIES:
        settle(nudge=nudge, channel=None, now=now)
        return
    Nudge.objects.filter(pk=nudge.pk, state=NudgeState.CLAIMED).update(state=NudgeState.DUE, due_at=now + AGAIN_IN)


def contacts_of(*, nudge: Nudge) -> list[Reminder]:
    """Return where somebody may be reached now: browsers first, then mailboxes, the newest first."""
    live = Reminder.objects.live().filter(drop_id=nudge.drop_id, shopper_id=nudge.shopper_id)
    order = {Channel.PUSH: 0, Channel.MAIL: 1, Channel.THREAD: 2}
    return sorted(live.order_by("-asked_at", "-pk"), key=lambda reminder: order[Channel(reminder.channel)])


def _opening_about(now: datetime) -> QuerySet[Drop]:
    """Return the drops that open soon, or did so a moment ago, also those that members had to themselves until then."""
    lately = now - OPENING_IS_NEWS_FOR
    ones_own = Q(members_first_minutes__gt=0, opens_at__gt=lately - timedelta(minutes=LONGEST_MEMBERS_FIRST))
    return Drop.objects.filter(Q(opens_at__gt=lately) | ones_own, opens_at__lte=now + AHEAD).order_by("pk")


def _openings(drop: Drop, kind: NudgeKind) -> list[tuple[datetime, Q]]:
    """Return when a drop opens, and for whom: where members are first, everybody else hears of it when it is for them."""
    if kind == NudgeKind.BEFORE or not drop.members_first_minutes:
        return [(drop.opens_at, Q())]
    return [(drop.opens_at, Q(is_entitled=True)), (drop.open_to_all_at, Q(is_entitled=False))]


def _span(kind: NudgeKind, opens_at: datetime, zone: ZoneInfo) -> Span | None:
    if kind == NudgeKind.BEFORE:
        return before_opening(opens_at, zone)
    return at_opening(opens_at, zone)


def _plan(drop: Drop, kind: NudgeKind, zone: str, span: Span, whom: Q) -> int:
    had = Nudge.objects.filter(drop=drop, shopper=OuterRef("shopper"), kind=kind)
    asked = Reminder.objects.live().filter(drop=drop, time_zone=zone, confirmed_at__lte=span.asked_until)
    told = asked.annotate(is_entitled=entitled_in(drop)) if whom else asked
    shoppers = list(told.filter(whom, ~Exists(had)).order_by("shopper").values_list("shopper", flat=True).distinct())
    for start in range(0, len(shoppers), ROWS_AT_ONCE):
        Nudge.objects.bulk_create(
            (
                Nudge(drop=drop, shopper_id=shopper, kind=kind, due_at=span.starts_at, ends_at=span.ends_at)
                for shopper in shoppers[start : start + ROWS_AT_ONCE]
            ),
            ignore_conflicts=True,
        )
    return len(shoppers)


def _free(now: datetime) -> QuerySet[Nudge, int]:
    """Return what nobody has claimed or is claiming this very moment."""
    due = Nudge.objects.filter(state=NudgeState.DUE, due_at__lte=now).order_by("due_at", "pk")
    return due.select_for_update(skip_locked=True).values_list("pk", flat=True)
