"""
The door between a thread and whoever carries its messages: the socket, and the API for those who have none.

Plain values in and out, no request and no socket. Everything here talks to the database.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from creatorshop.chat import inbound, threads
from creatorshop.chat.engine import events
from creatorshop.chat.gatekeeping import insist_on_origin
from creatorshop.chat.models import Thread
from creatorshop.chat.running import facts_of
from drops.audience.models import Shopper
from drops.audience.sessions import shopper_of_token
from drops.clock import database_now
from drops.errors import ShopError
from drops.risk.models import Trait
from drops.sales.accepting import Wish
from drops.sales.assessing import note_traits
from drops.sales.turnstile import everybody
from drops.stock.models import Hold

ID_LIMIT = 64
# An old price is made anew for the same wish, and a busy moment is tried again: by the button, as if nothing had happened.
_THREAD_KNOWS_BETTER = {"busy", "quote_changed", "quote_expired", "quote_not_found", "quote_used"}


@dataclass(frozen=True)
class Visit:
    """Somebody who may speak in one thread."""

    thread_id: int
    shopper_ref: str


@dataclass(frozen=True)
class Answer:
    """What became of an event: taken in, or turned away with a code and a sentence."""

    id: str
    code: str = ""
    message: str = ""


@dataclass(frozen=True)
class News:
    """What was said after a number, the number to ask from next, and in how many seconds the thread speaks by itself."""

    messages: list[dict[str, Any]]
    seq: int
    wakes_in: float | None


class NoEvent(Exception):
    """What was sent has not even an id to be answered under."""


def enter(*, token: str, origin: str, seen: Mapping[Trait, str]) -> Visit:
    """
    Let the owner of a token into their thread, and note what they are seen with.

    :raises SessionInvalid: if the token is forged, worn out or nobody's.
    :raises OriginNotAllowed: if the creator does not list the page.
    """
    shopper = shopper_of_token(token)
    insist_on_origin(creator=shopper.creator, origin=origin)
    note_traits(shopper=shopper, seen=seen, at=database_now())
    return visit_of(shopper=shopper)


def visit_of(*, shopper: Shopper) -> Visit:
    """Return a shopper's visit to their own thread, begun if there is none."""
    return Visit(thread_id=threads.thread_of(shopper).pk, shopper_ref=shopper.ref)


def has_been_here(*, shopper: Shopper) -> bool:
    """Tell whether a shopper has ever opened the chat."""
    return Thread.objects.filter(shopper=shopper, seq__gt=0).exists()


def hand_in(*, visit: Visit, event: Any) -> Answer:
    """
    Hand a client's event into the thread.

    :raises NoEvent: if it is no object with an id.
    """
    read = read_event(event)
    if isinstance(read, Answer):
        return read
    event_id = str(event["id"])
    try:
        if isinstance(read, inbound.HoldEvent):
            return conclude(visit=visit, event=read, answer=everybody.admit(wish_of(visit=visit, event=read)))
        receipt = threads.receive(thread_id=visit.thread_id, event=read)
    except ShopError as refusal:
        return Answer(id=event_id, code=refusal.code, message=refusal.message)
    if receipt.acked:
        return Answer(id=event_id)
    return Answer(id=event_id, code=receipt.code or "refused", message=receipt.message)


def read_event(event: Any) -> inbound.InboundEvent | Answer:
    """
    Return a client's event, or the answer to one that cannot be read.

    :raises NoEvent: if it is no object with an id.
    """
    event_id = event.get("id") if isinstance(event, dict) else None
    if not isinstance(event_id, str) or not 0 < len(event_id) <= ID_LIMIT:
        raise NoEvent
    if any("\x00" in text for text in _texts(event)):
        return Answer(id=event_id, code="invalid", message="This contains a character that cannot be kept.")
    try:
        return inbound.read_event(event)
    except ValidationError:
        return Answer(id=event_id, code="invalid", message="This cannot be read.")


def wish_of(*, visit: Visit, event: inbound.HoldEvent) -> Wish:
    """Return the wish behind a tap on *Hold*; the event's id is its key, so that a repeat gets the same hold."""
    return Wish(visit.shopper_ref, event.quote, event.hash, str(event.id))


def conclude(*, visit: Visit, event: inbound.HoldEvent, answer: Hold | ShopError) -> Answer:
    """Let the thread say what became of a hold that was admitted, or try by itself where it knows better."""
    if isinstance(answer, Hold):
        told: events.Event = events.HoldPlaced(hold=answer.ref)
    elif answer.code in _THREAD_KNOWS_BETTER and event.token:
        tap = inbound.ActionEvent(id=event.id, kind="action", token=event.token)
        receipt = threads.receive(thread_id=visit.thread_id, event=tap)
        return Answer(id=str(event.id), code="" if receipt.acked else receipt.code, message=receipt.message)
    else:
        told = events.HoldRefused(
            quote=event.quote, code=answer.code, message=answer.message, facts=facts_of(answer), attempt=1
        )
    threads.tell(thread_id=visit.thread_id, event_id=f"hold:{event.id}", event=told)
    return Answer(id=str(event.id))


def news(*, visit: Visit, since: int) -> News:
    """Return what was said after a number, after letting the thread say what is due by the clock."""
    stands = threads.stands_of(thread_id=visit.thread_id)
    # A number from beyond the end is of another life of this shop: such a client starts over.
    known = since if since <= stands.seq else 0
    messages = threads.messages_since(thread_id=visit.thread_id, seq=known) if known < stands.seq else []
    wakes_in = None
    if stands.wakes_at is not None:
        wakes_in = max(0.0, (stands.wakes_at - stands.now) / timedelta(seconds=1))
    return News(
        messages=messages, seq=max((message["seq"] for message in messages), default=stands.seq), wakes_in=wakes_in
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(key)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
