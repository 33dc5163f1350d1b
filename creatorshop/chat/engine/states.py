"""
What a thread remembers between two events. Small on purpose: whatever the shop knows is read from the facts.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

KEPT_TICKETS = 8
KEPT_ORDERS = 20
KEPT_WAITS = 8
KEPT_FOLLOWING = 5
QUIET = timedelta(minutes=30)  # a human who says nothing for so long has gone


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pin(_Part):
    """A message that may be revised in place."""

    id: str
    revision: int


class Delivery(_Part):
    """How the shopper wants it, remembered from the last time they chose."""

    method: str
    option: str


class OfferedExtra(_Part):
    """Something that a creator offers beside the goods, and by how much the total rises with it."""

    ref: str
    kind: Literal["extra", "packaging"]
    title: str
    blurb: str = ""
    rise_minor: int


class QuoteInView(_Part):
    ref: str
    hash: str
    sku: str
    quantity: int
    method: str
    option: str
    country: str
    postcode: str
    terms: dict[str, Any]
    valid_until: datetime
    extras: tuple[str, ...] = ()  # what was chosen beside the goods, by its refs
    offers: tuple[OfferedExtra, ...] = ()
    is_taken: bool = False  # its hold was placed, or it gave way to another


class Ticket(_Part):
    """A hold that is shown, and as what: news is whatever differs from this."""

    hold: str
    state: str
    expires_at: datetime
    is_ending_told: bool = False
    is_refund_told: bool = False

    @property
    def is_live(self) -> bool:
        return self.state in ("held", "paying")


class Waited(_Part):
    """A place in line that is shown, and as what."""

    entry: str
    state: str
    place: int
    reason: str


class Later(_Part):
    """Something that waits for an instant: a hold for which others go first, or only the word that one may hold again."""

    at: datetime
    sku: str
    quantity: int
    quote: str = ""  # of the hold to try then; empty to say that it may be asked for
    is_first: bool = False  # nothing could be held before: members were first


class Following(_Part):
    """What was offered after an order, as it was called then, and what of it was taken."""

    order: str
    offered: tuple[str, ...]  # early, letter, member
    taken: tuple[str, ...] = ()
    email: str = ""  # of the order: where the letter would go
    tier: str = ""
    benefits: tuple[str, ...] = ()
    is_over: bool = False  # they said no to what was left


class Human(_Part):
    """Who took over from the assistant. `who` is known to the office alone; `name` is what the shopper reads."""

    who: str
    name: str
    since: datetime
    heard_at: datetime  # their own last word: a shopper who goes on asking does not keep somebody here who has gone
    owed_since: datetime | None = None  # when the shopper said something that they have not answered yet

    @property
    def quiet_at(self) -> datetime:
        return self.heard_at + QUIET


class Wanted(_Part):
    """The note in the inbox: that a human is wanted, since when, and why."""

    at: datetime
    why: Literal["asked", "not_understood", "not_answered"]


class State(_Part):
    version: Literal[1] = 1
    drop: str = ""
    drop_state: str = ""  # the last that was said about the drop in view
    shelf: str = ""  # what the shelf looked like when it was last shown
    bought: str = ""  # what was last said of how many bought
    sku: str = ""
    quantity: int = 1
    wish: Literal["hold", "wait"] = "hold"  # what the answer to "where should it go?" is for
    country: str = ""
    postcode: str = ""
    delivery: Delivery | None = None
    quote: QuoteInView | None = None
    tickets: tuple[Ticket, ...] = ()
    waits: tuple[Waited, ...] = ()
    told_gifts: tuple[str, ...] = ()  # ends of gifts that were told
    told: tuple[str, ...] = ()  # order steps that were told, like "K7Q2F9A0BX:sent"
    language: str = ""  # of the page, or asked for in the thread; empty for the shopper's own
    page: str = ""  # the language of the page that was last followed
    said: int = 0  # numbers the messages
    pins: dict[str, Pin] = {}
    declined: tuple[str, ...] = ()  # extras that were left: they are not offered again
    following: tuple[Following, ...] = ()  # the newest last
    unsure: int = 0  # how often in a row a text was not understood
    later: Later | None = None
    is_quiet: bool = False  # asked to be told of their own holds and orders only
    human: Human | None = None  # speaks here instead of the assistant
    wanted: Wanted | None = None

    def human_at(self, now: datetime) -> Human | None:
        """Return who speaks at an instant instead of the assistant; nobody once they were quiet for too long."""
        return self.human if self.human and now < self.human.quiet_at else None

    def locale_for(self, own: str) -> str:
        """Return the locale to speak in, given the shopper's own: that of the language they asked for, if they did."""
        is_own = self.language in ("", own.replace("-", "_").split("_")[0])
        return own if is_own else self.language

    def ticket(self, hold: str) -> Ticket | None:
        return next((ticket for ticket in self.tickets if ticket.hold == hold), None)

    def followed(self, order: str) -> Following | None:
        return next((following for following in self.following if following.order == order), None)

    def waited(self, entry: str) -> Waited | None:
        return next((waited for waited in self.waits if waited.entry == entry), None)


def read_state(data: dict[str, Any]) -> State:
    """
    Return a stored state; an empty one is a thread's beginning.

    :raises pydantic.ValidationError: if it is of a version that is not known.
    """
    return State.model_validate(data)
