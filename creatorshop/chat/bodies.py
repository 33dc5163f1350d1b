"""
What the messages of a thread carry, by type: the neutral schema, which says what is meant and not how it looks.

The limits are the common denominator of the channels a thread may reach, so that a message that is valid here can
be shown everywhere.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

TITLE, LABEL, DESCRIPTION, BODY = 80, 20, 72, 160
TOKEN_BYTES = 64


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _fits_a_button(token: str) -> str:
    if len(token.encode()) > TOKEN_BYTES:
        raise ValueError(f"a token has at most {TOKEN_BYTES} bytes")
    return token


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Token = Annotated[str, Field(min_length=1, max_length=TOKEN_BYTES), AfterValidator(_fits_a_button)]
Url = Annotated[str, Field(pattern=r"^(https?://|/)", max_length=2000)]
Title = Annotated[str, Field(min_length=1, max_length=TITLE)]
Label = Annotated[str, Field(min_length=1, max_length=LABEL)]
Sentence = Annotated[str, Field(min_length=1, max_length=2000)]


class Part(BaseModel):
    """Anything inside a message: immutable, and nothing in it that the schema does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Money(Part):
    amount_minor: int
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    text: Annotated[str, Field(min_length=1, max_length=40)]


class Acceptance(Part):
    """The quote that a tap accepts, for clients that send a hold over their socket (see the event of that kind)."""

    quote: str
    hash: str


class Action(Part):
    """A button. What it does is known to the server alone; `pay` also carries where to go, `hold` what it accepts."""

    kind: Literal["callback", "url", "reply", "pay"]
    label: Label
    token: Token | None = None
    url: Url | None = None
    style: Literal["primary", "quiet"] = "quiet"
    hold: Acceptance | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Action:
        if self.kind in ("callback", "reply", "pay") and self.token is None:
            raise ValueError(f"a {self.kind} action needs a token")
        if self.kind in ("url", "pay") and self.url is None:
            raise ValueError(f"a {self.kind} action needs a url")
        return self


Actions = Annotated[tuple[Action, ...], Field(max_length=3)]


class TextBody(Part):
    text: Annotated[str, Field(min_length=1, max_length=4000)]


class Image(Part):
    url: Url
    srcset_avif: str = ""
    srcset_webp: str = ""
    alt: Annotated[str, Field(max_length=200)] = ""
    w: Annotated[int, Field(ge=1)]
    h: Annotated[int, Field(ge=1)]
    placeholder: str = ""
    focal: tuple[float, float] = (0.5, 0.5)


class Badge(Part):
    kind: Literal["stock", "proof"]
    text: Annotated[str, Field(min_length=1, max_length=120)]


class Live(Part):
    """Which SKUs a card counts, so that a client can keep its stock line true from the stock stream."""

    drop: str
    skus: Annotated[tuple[str, ...], Field(min_length=1)]
    total: Annotated[int, Field(ge=0)]


class Option(Part):
    label: Label
    desc: Annotated[str, Field(max_length=DESCRIPTION)] = ""
    token: Token
    swatch: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")] | None = None
    sku: str | None = None
    disabled_reason: Annotated[str, Field(max_length=DESCRIPTION)] | None = None


class ChoicesBody(Part):
    prompt: Annotated[str, Field(max_length=1000)] = ""
    style: Literal["buttons", "list", "chips"] = "buttons"
    options: Annotated[tuple[Option, ...], Field(min_length=1, max_length=10)]


class CardBody(Part):
    title: Title
    subtitle: Annotated[str, Field(max_length=TITLE)] = ""
    body: Annotated[str, Field(max_length=BODY)] = ""
    image: Image | None = None
    price: Money | None = None
    price_note: Annotated[str, Field(max_length=TITLE)] = ""
    badge: Badge | None = None
    live: Live | None = None
    choices: ChoicesBody | None = None
    actions: Actions = ()


class CarouselBody(Part):
    cards: Annotated[tuple[CardBody, ...], Field(min_length=2, max_length=10)]
    cursor: Token | None = None


class Slot(Part):
    token: Token
    start: Instant
    end: Instant
    label: Label
    left: Annotated[int, Field(ge=0)] | None = None


class Day(Part):
    date: date
    label: Annotated[str, Field(min_length=1, max_length=40)]
    slots: Annotated[tuple[Slot, ...], Field(min_length=1)]


class SlotPickerBody(Part):
    prompt: Annotated[str, Field(max_length=1000)] = ""
    location: Annotated[str, Field(min_length=1, max_length=200)]
    time_zone: Annotated[str, Field(min_length=1, max_length=60)]
    days: Annotated[tuple[Day, ...], Field(min_length=1, max_length=31)]


class FieldOption(Part):
    value: str
    label: str


class FormField(Part):
    name: Literal["country", "postcode", "message"]
    label: Annotated[str, Field(min_length=1, max_length=40)]
    kind: Literal["country", "text", "message"]  # a message has several lines
    value: str = ""
    options: tuple[FieldOption, ...] | None = None
    required: bool = True


class FormBody(Part):
    prompt: Annotated[str, Field(max_length=1000)] = ""
    token: Token
    submit_label: Label
    fields: Annotated[tuple[FormField, ...], Field(min_length=1, max_length=6)]


class Line(Part):
    label: Annotated[str, Field(min_length=1, max_length=200)]
    amount: Money


class DeliveryWindow(Part):
    label: Annotated[str, Field(min_length=1, max_length=200)]
    earliest_date: date
    latest_date: date
    text: Sentence


class Offer(Part):
    """
    Something beside the goods, one tap to add it or to take it off. `rise` is what the total rises by, tax included; its text says
    so in a word where that is nothing.
    """

    label: Title
    desc: Annotated[str, Field(max_length=BODY)] = ""
    kind: Literal["extra", "packaging"]
    rise: Money
    is_chosen: bool = False
    token: Token


class Offers(Part):
    prompt: Annotated[str, Field(max_length=400)] = ""
    options: Annotated[tuple[Offer, ...], Field(min_length=1, max_length=10)]
    decline: Action | None = None  # nothing else of it, now and later


class QuoteBody(Part):
    quote: str
    title: Title
    lines: Annotated[tuple[Line, ...], Field(min_length=1)]
    of_which: tuple[Line, ...] = ()
    total: Money
    delivery: DeliveryWindow
    valid_until: Instant
    returns_text: Annotated[str, Field(max_length=600)] = ""
    actions: Actions = ()
    offers: Offers | None = None


class HoldBody(Part):
    hold: str
    title: Title
    quantity: Annotated[int, Field(ge=1)]
    total: Money
    expires_at: Instant
    server_time: Instant
    starts_at: Instant
    state: Literal["active", "extended", "paying", "expired", "converted", "released"]
    actions: Actions = ()


class CheckoutBody(Part):
    provider: str
    url: Url
    amount: Money
    hold: str
    is_test: bool


class ReceiptDelivery(Part):
    method: str
    label: Annotated[str, Field(min_length=1, max_length=200)]
    text: Sentence


class PickupPass(Part):
    code: Annotated[str, Field(min_length=1, max_length=12)]
    qr_url: Url | None = None
    place: Annotated[str, Field(max_length=300)] = ""
    when: Annotated[str, Field(max_length=120)] = ""


class ReceiptBody(Part):
    model_config = ConfigDict(populate_by_name=True)

    order: str
    title: Title
    lines: Annotated[tuple[Line, ...], Field(min_length=1)]
    total: Money
    delivery: ReceiptDelivery
    order_url: Url
    pass_: Annotated[PickupPass | None, Field(alias="pass")] = None
    track_url: Url | None = None


class Claim(Part):
    """A true count, and what it rests on."""

    text: Annotated[str, Field(min_length=1, max_length=160)]
    evidence: Annotated[str, Field(min_length=1, max_length=200)]


class StockProofBody(Part):
    claims: Annotated[tuple[Claim, ...], Field(min_length=1, max_length=10)]
    as_of: Instant


class NoticeBody(Part):
    level: Literal["info", "warn", "bad"] = "info"
    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
    text: Sentence
    actions: Actions = ()


Body = (
    TextBody
    | CardBody
    | CarouselBody
    | ChoicesBody
    | SlotPickerBody
    | FormBody
    | QuoteBody
    | HoldBody
    | CheckoutBody
    | ReceiptBody
    | StockProofBody
    | NoticeBody
)

TYPES: dict[type[Part], str] = {
    TextBody: "text",
    CardBody: "card",
    CarouselBody: "carousel",
    ChoicesBody: "choices",
    SlotPickerBody: "slot_picker",
    FormBody: "form",
    QuoteBody: "quote",
    HoldBody: "hold",
    CheckoutBody: "checkout",
    ReceiptBody: "receipt",
    StockProofBody: "stock_proof",
    NoticeBody: "notice",
}
