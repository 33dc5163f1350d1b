"""
What a client may send into a thread. The id is the client's own: a repeat of it is answered as before.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from creatorshop.chat.bodies import TOKEN_BYTES

SentToken = Annotated[str, Field(min_length=1, max_length=TOKEN_BYTES)]


class _FromClient(BaseModel):
    # A newer widget may say more than this server knows; that is no reason to turn it away.
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: UUID


class Context(BaseModel):
    """Where the chat was opened: on the page of a drop, or of one SKU, and in which language."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    drop: Annotated[str, Field(max_length=80)] | None = None
    sku: Annotated[str, Field(max_length=80)] | None = None
    locale: Annotated[str, Field(max_length=12, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")] | None = None


class OpenedEvent(_FromClient):
    kind: Literal["opened"]
    context: Context = Context()


class ActionEvent(_FromClient):
    kind: Literal["action"]
    token: SentToken


class HoldEvent(_FromClient):
    """A tap on *Hold*: the same as the button's token, with the quote that it accepts, so that it can be admitted at once."""

    kind: Literal["hold"]
    quote: Annotated[str, Field(min_length=1, max_length=80)]
    hash: Annotated[str, Field(min_length=1, max_length=80)]
    token: SentToken | None = None


class FormEvent(_FromClient):
    kind: Literal["form"]
    token: SentToken
    values: Annotated[
        dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=300)]], Field(max_length=10)
    ]


class TextEvent(_FromClient):
    kind: Literal["text"]
    text: Annotated[str, Field(min_length=1, max_length=2000)]


SaidEvent = OpenedEvent | ActionEvent | FormEvent | TextEvent  # what the conversation itself answers
InboundEvent = SaidEvent | HoldEvent

_events: TypeAdapter[InboundEvent] = TypeAdapter(Annotated[InboundEvent, Field(discriminator="kind")])


def read_event(data: Any) -> InboundEvent:
    """
    Return a client's event from plain data.

    :raises pydantic.ValidationError: if it is none of the known kinds, or malformed.
    """
    return _events.validate_python(data)


def event_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what clients send."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Creatorshop chat event, version 1",
        **_events.json_schema(),
    }
