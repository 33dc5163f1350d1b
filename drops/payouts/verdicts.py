"""
When what was earned on an order may be paid out, and why not yet. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from drops.sales.return_window import last_return_day


class Why(StrEnum):
    """Why money is not released yet."""

    NOT_CAPTURED = "not_captured"
    NOT_HANDED_OVER = "not_handed_over"
    REFUND_OPEN = "refund_open"
    RETURN_OPEN = "return_open"
    DISPUTE_OPEN = "dispute_open"
    CONFLICT_OPEN = "conflict_open"
    TOO_EARLY = "too_early"


@dataclass(frozen=True)
class Reason:
    """One thing that money waits for: a word for programs, a sentence for people."""

    code: Why
    sentence: str


@dataclass(frozen=True)
class ReleaseFacts:
    """An order as its release sees it."""

    fulfilled_at: datetime | None  # when all of it was handed over or sent
    latest_date: date | None  # by when it was to arrive; nobody tells us when a parcel did
    return_days: int
    buffer_days: int
    zone: ZoneInfo  # the creator's
    refunded_at: datetime | None = None  # when all of its money had gone back
    is_captured: bool = True
    has_open_refund: bool = False
    has_open_return: bool = False
    has_open_dispute: bool = False
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReleaseVerdict:
    """From when on money may be released, if that is known, and everything that it waits for at this moment."""

    due_at: datetime | None
    reasons: tuple[Reason, ...]

    @property
    def is_release(self) -> bool:
        return not self.reasons


def release_verdict(*, facts: ReleaseFacts, now: datetime) -> ReleaseVerdict:
    """
    Return whether what was earned on an order may be released.

    It may once the days in which it can be sent back, and the buffer after them, are over: the last of them counts to its
    end where the creator lives. A parcel counts from the latest day it was promised for, if that is after it left. Where
    all money went back there is nothing to send back any more, and only the buffer counts.
    """
    due_at = _due_at(facts)
    reasons = []
    if not facts.is_captured:
        reasons.append(Reason(Why.NOT_CAPTURED, "The money has not come in yet."))
    if due_at is None:
        reasons.append(Reason(Why.NOT_HANDED_OVER, "It is not handed over or sent yet."))
    if facts.has_open_refund:
        reasons.append(Reason(Why.REFUND_OPEN, "A refund has not reached the buyer yet."))
    if facts.has_open_return:
        reasons.append(Reason(Why.RETURN_OPEN, "Something of it is to come back, and the return is not closed yet."))
    if facts.has_open_dispute:
        reasons.append(Reason(Why.DISPUTE_OPEN, "The buyer's bank has not decided a dispute yet."))
    reasons += [Reason(Why.CONFLICT_OPEN, sentence) for sentence in facts.conflicts]
    if due_at is not None and now < due_at:
        last = due_at.astimezone(facts.zone).date() - timedelta(days=1)
        what = "The days after a refund" if facts.refunded_at else "The days for returns"
        reasons.append(Reason(Why.TOO_EARLY, f"{what} last until the end of {last:%-d %b %Y}."))
    return ReleaseVerdict(due_at, tuple(reasons))


def _due_at(facts: ReleaseFacts) -> datetime | None:
    """Return the midnight at which the last day ends."""
    if facts.refunded_at is not None:
        first, days = facts.refunded_at.astimezone(facts.zone).date(), facts.buffer_days
    elif facts.fulfilled_at is not None:
        first = last_return_day(
            fulfilled_at=facts.fulfilled_at,
            latest_date=facts.latest_date,
            return_days=facts.return_days,
            zone=facts.zone,
        )
        days = facts.buffer_days
    else:
        return None
    return datetime.combine(first + timedelta(days=days + 1), time(0), tzinfo=facts.zone)
