"""
What can happen to a thread: things people do, answers of commands, and news from the shop.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from creatorshop.chat.engine.states import OfferedExtra


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# From people --------------------------------------------------------------------------------------------------------
class Opened(_Event):
    kind: Literal["opened"] = "opened"
    drop: str = ""
    sku: str = ""
    locale: str = ""  # of the page


class Tapped(_Event):
    """A button, by what it does. `is_old` says that its message has been revised since."""

    kind: Literal["tapped"] = "tapped"
    name: str
    args: dict[str, Any] = {}
    is_old: bool = False


class Submitted(_Event):
    kind: Literal["submitted"] = "submitted"
    name: str
    args: dict[str, Any] = {}
    values: dict[str, str] = {}


class Typed(_Event):
    kind: Literal["typed"] = "typed"
    id: str
    text: str


# From the creator's people -------------------------------------------------------------------------------------------
class HumanJoined(_Event):
    """Somebody took over, or took over from somebody. `name` is what the shopper reads."""

    kind: Literal["human_joined"] = "human_joined"
    who: str
    name: str


class HumanLeft(_Event):
    kind: Literal["human_left"] = "human_left"
    who: str


class HumanSaid(_Event):
    kind: Literal["human_said"] = "human_said"
    id: str
    who: str
    text: str


class HumanShowed(_Event):
    """A product of the drop in view, by its handle."""

    kind: Literal["human_showed"] = "human_showed"
    id: str
    who: str
    handle: str


class HumanQuoted(_Event):
    """A price made for the shopper, by the rules that hold for every price."""

    kind: Literal["human_quoted"] = "human_quoted"
    who: str
    sku: str
    quantity: int


class HumanHeld(_Event):
    """The price in view, accepted for the shopper, by the rules that hold for every hold."""

    kind: Literal["human_held"] = "human_held"
    who: str
    quote: str
    actor: str = ""  # as the record of the hold names them


class HumanExcused(_Event):
    """Somebody looked, and nobody is needed."""

    kind: Literal["human_excused"] = "human_excused"
    who: str


# Answers of commands ------------------------------------------------------------------------------------------------
class OfferedOption(_Event):
    """A delivery option on its way from the ports into the engine."""

    method: str
    key: str
    label: str
    price_minor: int
    earliest_date: date
    latest_date: date
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    zone: str = ""
    left: int | None = None
    place: str = ""
    detail: str = ""
    name: str = ""


class DeliveryLoaded(_Event):
    kind: Literal["delivery_loaded"] = "delivery_loaded"
    purpose: Literal["choose", "ship", "answer"]
    sku: str
    quantity: int
    country: str
    postcode: str
    options: tuple[OfferedOption, ...] = ()
    refusals: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()  # places that have too few units, each with its sentence
    why: dict[str, dict[str, Any]] = {}  # what each of these sentences is about
    by_date: date | None = None
    skip: int = 0


class QuoteMade(_Event):
    kind: Literal["quote_made"] = "quote_made"
    quote: str
    hash: str
    sku: str
    quantity: int
    method: str
    option: str
    country: str
    postcode: str
    terms: dict[str, Any]
    valid_until: datetime
    offers: tuple[OfferedExtra, ...] = ()  # all that may be chosen beside the goods, chosen or not
    reason: Literal["", "changed", "expired", "extras"] = ""


class QuoteRefused(_Event):
    kind: Literal["quote_refused"] = "quote_refused"
    sku: str
    quantity: int
    country: str
    code: str
    message: str = ""
    facts: dict[str, Any] = {}


class HoldPlaced(_Event):
    kind: Literal["hold_placed"] = "hold_placed"
    hold: str
    by: str = ""  # whoever of the creator's people placed it, as the shopper knows them


class HoldRefused(_Event):
    kind: Literal["hold_refused"] = "hold_refused"
    quote: str
    attempt: int = 1
    by: str = ""
    actor: str = ""
    code: str
    message: str = ""
    facts: dict[str, Any] = {}


class HoldReleased(_Event):
    kind: Literal["hold_released"] = "hold_released"
    hold: str


class HoldExtended(_Event):
    kind: Literal["hold_extended"] = "hold_extended"
    hold: str


class ReleaseRefused(_Event):
    kind: Literal["release_refused"] = "release_refused"
    hold: str
    code: str
    message: str = ""


class ExtendRefused(_Event):
    kind: Literal["extend_refused"] = "extend_refused"
    hold: str
    code: str
    message: str = ""


class WaitlistJoined(_Event):
    kind: Literal["waitlist_joined"] = "waitlist_joined"
    entry: str


class WaitlistRefused(_Event):
    kind: Literal["waitlist_refused"] = "waitlist_refused"
    sku: str
    quantity: int
    code: str
    message: str = ""
    facts: dict[str, Any] = {}


class WaitlistLeft(_Event):
    kind: Literal["waitlist_left"] = "waitlist_left"
    entry: str


class LeaveRefused(_Event):
    kind: Literal["leave_refused"] = "leave_refused"
    entry: str
    code: str
    message: str = ""


class ReminderSet(_Event):
    """They will be told. `is_reachable` says that we can also reach them when they are away."""

    kind: Literal["reminder_set"] = "reminder_set"
    drop: str
    title: str
    url: str  # of the page on which they can say how
    is_reachable: bool = False


class ReminderRefused(_Event):
    kind: Literal["reminder_refused"] = "reminder_refused"
    drop: str
    code: str
    message: str = ""


class ReminderStopped(_Event):
    kind: Literal["reminder_stopped"] = "reminder_stopped"
    drop: str
    title: str


class ArrivalNoted(_Event):
    """A parcel's buyer said that it arrived; what follows from it is told with the order's next step."""

    kind: Literal["arrival_noted"] = "arrival_noted"
    order: str


class Rated(_Event):
    kind: Literal["rated"] = "rated"
    order: str
    score: int
    is_elsewhere: bool = False  # on the order's page, and not by a tap in the thread


class RateRefused(_Event):
    kind: Literal["rate_refused"] = "rate_refused"
    order: str
    code: str
    message: str = ""


class FollowOnTaken(_Event):
    kind: Literal["follow_on_taken"] = "follow_on_taken"
    order: str
    choice: Literal["early", "letter", "member"]


class FollowOnUndone(_Event):
    kind: Literal["follow_on_undone"] = "follow_on_undone"
    order: str
    choice: Literal["early", "letter", "member"]


class FollowOnRefused(_Event):
    kind: Literal["follow_on_refused"] = "follow_on_refused"
    order: str
    choice: Literal["early", "letter", "member"]
    code: str
    message: str = ""


class GiftMade(_Event):
    """Without its link: whoever reads the stored events can accept nothing. It is shown on the order's page, once."""

    kind: Literal["gift_made"] = "gift_made"
    order: str


class GiftTakenBack(_Event):
    kind: Literal["gift_taken_back"] = "gift_taken_back"
    order: str


class GiftRefused(_Event):
    """It could not be given, or not be taken back: `why` as the services say it, or nothing."""

    kind: Literal["gift_refused"] = "gift_refused"
    order: str
    why: str = ""


class CommandFailed(_Event):
    """Something that nobody foresaw; whoever reads the log knows more."""

    kind: Literal["command_failed"] = "command_failed"
    name: str


# News from the shop -------------------------------------------------------------------------------------------------
class MembershipJoined(_Event):
    kind: Literal["membership_joined"] = "membership_joined"
    sku: str
    quantity: int
    tier: str
    benefits: tuple[str, ...] = ()


class JoinRefused(_Event):
    kind: Literal["join_refused"] = "join_refused"
    sku: str
    quantity: int
    code: str
    message: str = ""


class MembershipEnded(_Event):
    kind: Literal["membership_ended"] = "membership_ended"


class Woken(_Event):
    """The instant that a Turn asked for has come, or something about the drop or a hold has changed."""

    kind: Literal["woken"] = "woken"


class PaymentFailed(_Event):
    kind: Literal["payment_failed"] = "payment_failed"
    hold: str
    reason: str = ""
    is_cancelled: bool = False  # stopped, and not refused by a bank


class StepUpPassed(_Event):
    """The shopper gave back the code that they were asked for."""

    kind: Literal["step_up_passed"] = "step_up_passed"


class Paid(_Event):
    kind: Literal["paid"] = "paid"
    order: str


class ReminderDue(_Event):
    """They asked to be told of a drop, and this is the moment."""

    kind: Literal["reminder_due"] = "reminder_due"
    drop: str
    moment: Literal["before", "opening"]


class Refunded(_Event):
    kind: Literal["refunded"] = "refunded"
    hold: str
    amount_minor: int
    paid_minor: int = 0  # all that was paid, of which this may be a part
    currency: str
    at: datetime


class RefundCameBack(_Event):
    """Money that was sent back did not reach them, so it is owed to them again."""

    kind: Literal["refund_came_back"] = "refund_came_back"
    hold: str
    amount_minor: int
    currency: str


class ReturnMoved(_Event):
    """The shop has a withdrawal, or answered somebody who asked to send something back."""

    kind: Literal["return_moved"] = "return_moved"
    order: str
    state: Literal["withdrawn", "approved", "rejected"]
    answer: str = ""


Event = (
    Opened
    | Tapped
    | Submitted
    | Typed
    | HumanJoined
    | HumanLeft
    | HumanSaid
    | HumanShowed
    | HumanQuoted
    | HumanHeld
    | HumanExcused
    | DeliveryLoaded
    | QuoteMade
    | QuoteRefused
    | HoldPlaced
    | HoldRefused
    | HoldReleased
    | HoldExtended
    | ReleaseRefused
    | ExtendRefused
    | WaitlistJoined
    | WaitlistRefused
    | WaitlistLeft
    | LeaveRefused
    | ReminderSet
    | ReminderRefused
    | ReminderStopped
    | MembershipJoined
    | JoinRefused
    | MembershipEnded
    | ArrivalNoted
    | Rated
    | RateRefused
    | FollowOnTaken
    | FollowOnUndone
    | FollowOnRefused
    | GiftMade
    | GiftTakenBack
    | GiftRefused
    | CommandFailed
    | Woken
    | PaymentFailed
    | StepUpPassed
    | ReminderDue
    | Paid
    | Refunded
    | RefundCameBack
    | ReturnMoved
)
_events: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def read_engine_event(data: dict[str, Any]) -> Event:
    """
    Return a stored event.

    :raises pydantic.ValidationError: if it is none that this version knows.
    """
    return _events.validate_python(data)
