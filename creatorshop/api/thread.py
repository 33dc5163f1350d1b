"""
The chat without a socket: for pages whose policy forbids one, and for programs.

GET answers at once. Threads of the web server are few, so nobody waits on one for news; ask every two seconds.
"""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from creatorshop.api.auth import ShopperToken, shopper_of
from creatorshop.api.schemas import ErrorOut, Moment
from creatorshop.api.throttling import Door
from creatorshop.chat import doorway
from drops.clock import database_now
from drops.errors import Invalid

router = Router(tags=["thread"], auth=ShopperToken())

EVENTS_AT_ONCE = 20

Seq = Annotated[int, Field(ge=0, le=2**62)]


class SinceQuery(Schema):
    since: Seq = 0


class EventWithoutId(Invalid):
    """An event that could never be acknowledged. Those before it were taken in; sending them again is harmless."""

    code = "event_without_id"


class EventsIn(Schema):
    events: list[dict[str, Any]] = Field(min_length=1, max_length=EVENTS_AT_ONCE)
    since: Seq = 0


class MessagesOut(Schema):
    messages: list[dict[str, Any]]
    seq: int = Field(description="send it as `since` next time")
    server_time: Moment


class RefusedOut(Schema):
    id: str
    code: str
    message: str


class EventsOut(MessagesOut):
    acks: list[str]
    refused: list[RefusedOut]


@router.get(
    "/messages",
    response={200: MessagesOut, 401: ErrorOut, 422: ErrorOut},
    url_name="thread-messages",
    operation_id="list_messages",
)
def list_messages(request: HttpRequest, query: Query[SinceQuery]) -> MessagesOut:
    """Return what was said in the shopper's thread after `since`."""
    visit = doorway.visit_of(shopper=shopper_of(request))
    heard = doorway.news(visit=visit, since=query.since)
    return MessagesOut(messages=heard.messages, seq=heard.seq, server_time=database_now())


@router.post(
    "/messages",
    response={200: EventsOut, 401: ErrorOut, 422: ErrorOut, 429: ErrorOut},
    throttle=[Door("messages")],
    operation_id="send_events",
)
def send_events(request: HttpRequest, payload: EventsIn) -> EventsOut:
    """Hand events into the thread, each once by its id, and return what was said after `since`."""
    visit = doorway.visit_of(shopper=shopper_of(request))
    acks: list[str] = []
    refused: list[RefusedOut] = []
    for number, event in enumerate(payload.events):
        try:
            answer = doorway.hand_in(visit=visit, event=event)
        except doorway.NoEvent:
            raise EventWithoutId("Each event needs an id, a UUID of the client's own.", event=number) from None
        if answer.code:
            refused.append(RefusedOut(id=answer.id, code=answer.code, message=answer.message))
        else:
            acks.append(answer.id)
    heard = doorway.news(visit=visit, since=payload.since)
    return EventsOut(acks=acks, refused=refused, messages=heard.messages, seq=heard.seq, server_time=database_now())
