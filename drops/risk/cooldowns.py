"""
How long somebody waits after abandoning holds. Pure twin of drops/migrations/cool_down.sql, where the claim asks; a test
compares the two on random histories.

A hold is abandoned that lapsed, or was let go after more than half of its time, without its payment ever having been
refused by a bank. The first costs nothing: everybody changes their mind. Only holds that the shopper took by themselves
count, so nobody cools down for sleeping through an offer of the waitlist, or for what the shop revoked.

One that somebody of the creator's people placed for them in the chat is not theirs by that alone: they may not have asked
for it, nor be there to let it go. It becomes theirs once they begin to pay or ask for more time; from then on it keeps
others out by their own doing, and a helper would else be a way around the rule (stock.md: the cool-down answers those who
keep units from others again and again).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

STEPS = (timedelta(0), timedelta(seconds=60), timedelta(seconds=300))  # the last one is for every further one too


@dataclass(frozen=True)
class PastHold:
    """What of a hold's life decides whether it was abandoned."""

    state: str
    created_at: datetime
    expires_at: datetime
    closed_at: datetime | None = None
    source: str = "direct"
    was_declined: bool = False  # by the bank
    was_taken_up: bool = False  # the shopper began to pay, or asked for more time


def abandoned_at(hold: PastHold, *, at: datetime) -> datetime | None:
    """Return when a hold was abandoned, or None if it was not."""
    is_their_own = hold.source == "direct" or hold.source == "helper" and hold.was_taken_up
    if not is_their_own or hold.was_declined:
        return None
    if hold.state in ("held", "paying"):
        return hold.expires_at if hold.expires_at <= at else None
    if hold.state == "expired":
        # One whose payment was stopped during the grace is over before the end that its row says.
        return min(hold.expires_at, hold.closed_at or hold.expires_at)
    if hold.state == "released" and hold.closed_at is not None:
        had_most_of_it = 2 * (hold.closed_at - hold.created_at) > hold.expires_at - hold.created_at
        return hold.closed_at if had_most_of_it else None
    return None


def cool_until(holds: Iterable[PastHold], *, at: datetime) -> datetime | None:
    """Return until when somebody with these holds of one drop has to wait, or None if they need not."""
    ends = sorted(end for hold in holds if (end := abandoned_at(hold, at=at)) is not None)
    untils = [end + STEPS[min(number, len(STEPS) - 1)] for number, end in enumerate(ends)]
    until = max(untils, default=at)
    return until if until > at else None
