"""
What a drop's state means to someone who looks at it, in one line and in one paragraph.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from creatorshop.storefront import wording
from drops.schedule.models import Drop, DropState

SOON = timedelta(hours=1)


@dataclass(frozen=True)
class DropNotice:
    kind: str  # scheduled, open, paused, closed or none
    line: str  # fits a header
    text: str  # says what follows from it
    until: str = ""  # the instant a clock runs to, ISO 8601
    is_members_first: bool = False
    is_ending: bool = False  # within the last hour: the only time a drop may wear the time colour

    @property
    def is_open(self) -> bool:
        return self.kind == "open"

    @property
    def kind_for_all(self) -> str:
        """What it is for somebody who is no member: programs are nobody's members."""
        return "scheduled" if self.is_members_first else self.kind


NO_DROP = DropNotice(kind="none", line="No drop is planned", text="Nothing is on sale here yet.")


def notice_of(*, drop: Drop | None, now: datetime) -> DropNotice:
    """Return what is true of a drop at this instant; a window that has passed counts, whatever the row still says."""
    state = DropState.DRAFT if drop is None else drop.state_at(now)
    if drop is None or state == DropState.DRAFT:
        return NO_DROP
    zone, place = drop.zone, wording.zone_name(drop.zone)
    if state == DropState.SCHEDULED:
        opens = f"{wording.day_or_clock(drop.opens_at, zone, now)} {place}"
        return DropNotice(
            kind="scheduled",
            line=f"Opens {opens}",
            text=f"This drop opens {_at(drop.opens_at, drop, now)} and closes {_at(drop.closes_at, drop, now)}."
            + (
                f" Members first; for everybody {_at(drop.open_to_all_at, drop, now)}."
                if drop.members_first_minutes
                else ""
            ),
            until=wording.iso(drop.opens_at),
        )
    if state == DropState.PAUSED:
        reason = drop.pause_reason.rstrip(". ")
        return DropNotice(
            kind="paused",
            line="Paused",
            text=(f"{reason}. " if reason else "") + "Nothing can be held right now; holds that run keep running.",
        )
    if state == DropState.OPEN and drop.is_members_first_at(now):
        return DropNotice(
            kind="open",
            line=f"Members first until {wording.day_or_clock(drop.open_to_all_at, zone, now)} {place}",
            text=f"Open to members and invited people; for everybody {_at(drop.open_to_all_at, drop, now)}.",
            until=wording.iso(drop.open_to_all_at),
            is_members_first=True,
        )
    if state == DropState.OPEN:
        return DropNotice(
            kind="open",
            line=f"Closes {wording.day_or_clock(drop.closes_at, zone, now)} {place}",
            text=f"Open until {_at(drop.closes_at, drop, now)}.",
            until=wording.iso(drop.closes_at),
            is_ending=drop.closes_at - now <= SOON,
        )
    closed_at = min(drop.closed_at or drop.closes_at, drop.closes_at)
    return DropNotice(
        kind="closed",
        line=f"Closed {wording.day_or_clock(closed_at, zone, now)}",
        text=f"This drop closed {_at(closed_at, drop, now)}.",
    )


def _at(at: datetime, drop: Drop, now: datetime) -> str:
    local = at.astimezone(drop.zone)
    day = "today" if local.date() == now.astimezone(drop.zone).date() else f"on {wording.day(local.date())}"
    return f"{day} at {wording.clock(at, drop.zone)} {wording.zone_name(drop.zone)}"
