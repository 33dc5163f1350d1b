"""
What the engine wants done. Each is run once, by its own key, and its result comes back as an event.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LoadDelivery(_Command):
    name: Literal["load_delivery"] = "load_delivery"
    purpose: Literal["choose", "ship", "answer"] = "choose"
    sku: str
    quantity: int
    country: str
    postcode: str
    by_date: date | None = None
    skip: int = 0  # pickup places that were shown before


class MakeQuote(_Command):
    name: Literal["make_quote"] = "make_quote"
    sku: str
    quantity: int
    method: str
    option: str
    country: str
    postcode: str
    extras: tuple[str, ...] = ()
    reason: Literal["", "changed", "expired", "extras"] = ""


class PlaceHold(_Command):
    name: Literal["place_hold"] = "place_hold"
    quote: str
    hash: str
    attempt: int = 1
    by: str = ""  # whoever of the creator's people places it, as the shopper knows them
    actor: str = ""  # and as the record of the hold names them


class ReleaseHold(_Command):
    name: Literal["release_hold"] = "release_hold"
    hold: str


class ExtendHold(_Command):
    name: Literal["extend_hold"] = "extend_hold"
    hold: str


class JoinWaitlist(_Command):
    name: Literal["join_waitlist"] = "join_waitlist"
    sku: str
    quantity: int
    method: str
    option: str
    country: str
    postcode: str


class LeaveWaitlist(_Command):
    name: Literal["leave_waitlist"] = "leave_waitlist"
    entry: str


class Remind(_Command):
    name: Literal["remind"] = "remind"
    drop: str


class StopReminding(_Command):
    name: Literal["stop_reminding"] = "stop_reminding"
    drop: str


class Join(_Command):
    """Make the shopper a member, and go on with what they wanted."""

    name: Literal["join"] = "join"
    sku: str
    quantity: int


class EndMembership(_Command):
    name: Literal["end_membership"] = "end_membership"


class NoteArrival(_Command):
    """Note that a parcel arrived, as its buyer says."""

    name: Literal["note_arrival"] = "note_arrival"
    order: str


class Rate(_Command):
    name: Literal["rate"] = "rate"
    order: str
    score: int


class FollowOn(_Command):
    """Do what was chosen after an order: grant early access, have the mailbox asked, or make a member."""

    name: Literal["follow_on"] = "follow_on"
    order: str
    choice: Literal["early", "letter", "member"]


class UndoFollowOn(_Command):
    name: Literal["undo_follow_on"] = "undo_follow_on"
    order: str
    choice: Literal["early", "letter", "member"]


class MakeGift(_Command):
    name: Literal["make_gift"] = "make_gift"
    order: str
    message: str = ""


class TakeGiftBack(_Command):
    name: Literal["take_gift_back"] = "take_gift_back"
    order: str


Command = (
    LoadDelivery
    | MakeQuote
    | PlaceHold
    | ReleaseHold
    | ExtendHold
    | JoinWaitlist
    | LeaveWaitlist
    | Remind
    | StopReminding
    | Join
    | EndMembership
    | NoteArrival
    | Rate
    | FollowOn
    | UndoFollowOn
    | MakeGift
    | TakeGiftBack
)
_commands: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="name")])


def read_command(data: dict[str, Any]) -> Command:
    """
    Return a stored command.

    :raises pydantic.ValidationError: if it is none that this version knows.
    """
    return _commands.validate_python(data)
