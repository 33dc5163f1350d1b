from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from drops.catalog.models import Creator
from drops.schedule.models import Drop, DropState


def visible_drops_of(*, creator: Creator) -> QuerySet[Drop]:
    """Return what a shopper may see of a creator's drops, the latest window first."""
    return (
        Drop.objects.visible().filter(creator=creator).select_related("creator", "capsule").order_by("-opens_at", "-pk")
    )


def current_drop_of(*, creator: Creator, now: datetime) -> Drop | None:
    """Return a creator's drop to talk about, if there is one."""
    return leading_drop(drops=list(visible_drops_of(creator=creator)[:50]), now=now)


def leading_drop(*, drops: Sequence[Drop], now: datetime) -> Drop | None:
    """Return the drop to talk about: one that is open or paused, else the next to open, else the last that closed."""
    states = {drop.pk: drop.state_at(now) for drop in drops}
    for wanted in (DropState.OPEN, DropState.PAUSED):
        running = [drop for drop in drops if states[drop.pk] == wanted]
        if running:
            return min(running, key=lambda drop: (drop.closes_at, drop.pk))
    coming = [drop for drop in drops if states[drop.pk] == DropState.SCHEDULED]
    if coming:
        return min(coming, key=lambda drop: (drop.opens_at, drop.pk))
    return max(drops, key=lambda drop: (drop.closes_at, drop.pk), default=None)
