"""
The message that leaves for a client: one envelope for every type, checked before it is stored.

A message with a known id and a higher revision replaces the earlier one in place; it carries a new, higher `seq`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from creatorshop.chat import bodies
from creatorshop.chat.bodies import Instant, Part

Speaker = Literal["bot", "shopper", "human", "shop"]


class _Envelope(Part):
    model_config = ConfigDict(populate_by_name=True)

    id: Annotated[str, Field(pattern=r"^m_[A-Za-z0-9-]{1,60}$")]
    seq: Annotated[int, Field(ge=1)]
    revision: Annotated[int, Field(ge=1)] = 1
    from_: Annotated[Speaker, Field(alias="from")] = "bot"
    by: Annotated[str, Field(max_length=80)] = ""  # a human's name, as people read it
    at: Instant
    locale: Annotated[str, Field(min_length=2, max_length=12)] = "en"
    fallback_text: Annotated[str, Field(min_length=1, max_length=8000)]
    expires_at: Instant | None = None


class TextMessage(_Envelope):
    type: Literal["text"] = "text"
    body: bodies.TextBody


class CardMessage(_Envelope):
    type: Literal["card"] = "card"
    body: bodies.CardBody


class CarouselMessage(_Envelope):
    type: Literal["carousel"] = "carousel"
    body: bodies.CarouselBody


class ChoicesMessage(_Envelope):
    type: Literal["choices"] = "choices"
    body: bodies.ChoicesBody


class SlotPickerMessage(_Envelope):
    type: Literal["slot_picker"] = "slot_picker"
    body: bodies.SlotPickerBody


class FormMessage(_Envelope):
    type: Literal["form"] = "form"
    body: bodies.FormBody


class QuoteMessage(_Envelope):
    type: Literal["quote"] = "quote"
    body: bodies.QuoteBody


class HoldMessage(_Envelope):
    type: Literal["hold"] = "hold"
    body: bodies.HoldBody


class CheckoutMessage(_Envelope):
    type: Literal["checkout"] = "checkout"
    body: bodies.CheckoutBody


class ReceiptMessage(_Envelope):
    type: Literal["receipt"] = "receipt"
    body: bodies.ReceiptBody


class StockProofMessage(_Envelope):
    type: Literal["stock_proof"] = "stock_proof"
    body: bodies.StockProofBody


class NoticeMessage(_Envelope):
    type: Literal["notice"] = "notice"
    body: bodies.NoticeBody


Message = Annotated[
    TextMessage
    | CardMessage
    | CarouselMessage
    | ChoicesMessage
    | SlotPickerMessage
    | FormMessage
    | QuoteMessage
    | HoldMessage
    | CheckoutMessage
    | ReceiptMessage
    | StockProofMessage
    | NoticeMessage,
    Field(discriminator="type"),
]

_messages: TypeAdapter[Any] = TypeAdapter(Message)


def read_message(data: dict[str, Any]) -> Any:
    """
    Return a message from plain data.

    :raises pydantic.ValidationError: if it breaks the schema.
    """
    return _messages.validate_python(data)


def to_wire(message: Any) -> dict[str, Any]:
    """Return a message as the plain JSON data that clients read: instants in UTC with Z, every field present."""
    return dict(_messages.dump_python(message, mode="json", by_alias=True))


def message_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what clients read."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Creatorshop chat message, version 1",
        **_messages.json_schema(by_alias=True, mode="serialization"),
    }
