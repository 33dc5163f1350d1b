"""
A drop's states: draft, scheduled, open, paused, closed. Each step is one guarded update.
"""

import logging
from datetime import datetime

from django.db import transaction

from drops.errors import Refused, ShopError
from drops.events import announce, drop_changed
from drops.schedule.models import Drop, DropState
from drops.schedule.readiness import readiness_of

logger = logging.getLogger(__name__)


class NotReady(Refused):
    """The checklist has an open line; the facts list them all."""

    code = "drop_not_ready"


class WrongState(Refused):
    """The drop is in a state from which this step does not lead."""

    code = "drop_in_wrong_state"


class WindowPassed(Refused):
    code = "drop_window_passed"


def schedule_drop(*, drop_id: int, now: datetime) -> Drop:
    """
    Publish a drop: from here on it opens by the clock.

    :raises NotReady: if the checklist has an open line.
    :raises WindowPassed: if it would already have closed.
    :raises WrongState: if it is no draft.
    """
    with transaction.atomic():
        drop = _drop(drop_id)
        _refuse_unless_ready(drop)
        _refuse_if_over(drop, now)
        _move(drop, [DropState.DRAFT], DropState.SCHEDULED)
    return drop


def open_drop(*, drop_id: int, now: datetime) -> Drop:
    """
    Open a scheduled drop; by hand also before its time, which then becomes its time.

    :raises NotReady: if the checklist has an open line.
    :raises WindowPassed: if it would already have closed.
    :raises WrongState: if it is not scheduled.
    """
    with transaction.atomic():
        drop = _drop(drop_id)
        _refuse_unless_ready(drop)
        _refuse_if_over(drop, now)
        _move(drop, [DropState.SCHEDULED], DropState.OPEN, opened_at=now, opens_at=min(drop.opens_at, now))
    return drop


def pause_drop(*, drop_id: int, reason: str, now: datetime) -> Drop:
    """
    Stop new holds and say why. Holds that live may still be paid.

    :raises WrongState: if the drop is not open.
    """
    with transaction.atomic():
        drop = _drop(drop_id)
        states = [DropState.OPEN, *([DropState.SCHEDULED] if drop.state_at(now) == DropState.OPEN else [])]
        _move(drop, states, DropState.PAUSED, pause_reason=reason, paused_at=now, opened_at=drop.opened_at or now)
    return drop


def resume_drop(*, drop_id: int, now: datetime) -> Drop:
    """
    Let a paused drop go on.

    :raises NotReady: if the checklist has an open line.
    :raises WindowPassed: if it would already have closed.
    :raises WrongState: if it is not paused.
    """
    with transaction.atomic():
        drop = _drop(drop_id)
        _refuse_unless_ready(drop)
        _refuse_if_over(drop, now)
        _move(drop, [DropState.PAUSED], DropState.OPEN, pause_reason="", paused_at=None)
    return drop


def close_drop(*, drop_id: int, now: datetime) -> Drop:
    """
    End a drop: no new holds, no more time. Holds that live run to their end and may be paid.

    :raises WrongState: if it is a draft or over already.
    """
    with transaction.atomic():
        drop = _drop(drop_id)
        _move(drop, [DropState.SCHEDULED, DropState.OPEN, DropState.PAUSED], DropState.CLOSED, closed_at=now)
    return drop


def open_due_drops(*, now: datetime) -> int:
    """Open every drop whose time has come; one that is no longer ready is paused with the reasons instead."""
    opened = 0
    for drop_id in list(Drop.objects.due_to_open(now=now).values_list("pk", flat=True)):
        try:
            open_drop(drop_id=drop_id, now=now)
            opened += 1
        except NotReady as refusal:
            reason = f"Not ready to open: {refusal.message}"[:200]
            logger.warning("Drop %s paused at its opening", drop_id)
            pause_drop(drop_id=drop_id, reason=reason, now=now)
        except ShopError as refusal:
            # Somebody else moved it between the query and the lock.
            logger.info("Drop %s was not opened: %s", drop_id, refusal.code)
    return opened


def close_due_drops(*, now: datetime) -> int:
    """Close every drop whose window is over."""
    closed = 0
    for drop_id in list(Drop.objects.due_to_close(now=now).values_list("pk", flat=True)):
        try:
            close_drop(drop_id=drop_id, now=now)
            closed += 1
        except WrongState as refusal:
            logger.info("Drop %s was not closed: %s", drop_id, refusal.code)
    return closed


def _drop(drop_id: int) -> Drop:
    # no_key: holds that are being placed take a key share on the drop and must not wait for us.
    return (
        Drop.objects.select_for_update(no_key=True, of=("self",)).select_related("creator", "capsule").get(pk=drop_id)
    )


def _refuse_unless_ready(drop: Drop) -> None:
    problems = [check.text for check in readiness_of(drop=drop) if not check.ok]
    if problems:
        raise NotReady(" ".join(problems), problems=problems)


def _refuse_if_over(drop: Drop, now: datetime) -> None:
    if drop.closes_at <= now:
        closes_at = drop.closes_at.astimezone(drop.zone)
        raise WindowPassed(
            f"{drop.title} would have closed on {closes_at:%d %b %Y at %H:%M} ({drop.time_zone}) already."
        )


def _move(drop: Drop, states: list[DropState], to: DropState, **fields: object) -> None:
    moved = Drop.objects.filter(pk=drop.pk, state__in=states).update(state=to, **fields)
    if moved != 1:
        raise WrongState(f"{drop.title} is {drop.get_state_display().lower()}.", state=drop.state)
    drop.state = to
    for name, value in fields.items():
        setattr(drop, name, value)
    announce(drop_changed, drop_id=drop.pk)
