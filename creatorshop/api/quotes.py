from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from creatorshop.api.auth import ShopperToken, shopper_of
from creatorshop.api.drops import visible_drop
from creatorshop.api.schemas import DestinationIn, ErrorOut, Moment, MoneyOut, Ref, Text, money
from creatorshop.api.throttling import Door
from creatorshop.chat.doorway import has_been_here
from creatorshop.visitors import origin_traits
from drops.clock import database_now
from drops.sales.assessing import note_traits
from drops.sales.delivery import Destination
from drops.sales.extras import MOST_BESIDE
from drops.sales.quotes import Approach, make_quote

router = Router(tags=["quotes"], auth=ShopperToken())


class DeliveryIn(Schema):
    method: Text = Field(max_length=20)
    option: Text = Field(max_length=80)


class QuoteIn(Schema):
    drop: Ref
    sku: Ref
    quantity: int = Field(default=1, ge=1, le=100)
    destination: DestinationIn = DestinationIn()
    delivery: DeliveryIn
    extras: list[Ref] = Field(
        default=[],
        max_length=MOST_BESIDE,
        description="what is chosen beside the goods, as the delivery options list it",
    )


class QuoteOut(Schema):
    quote: str
    hash: str = Field(description="send it back with POST holds: it proves which terms were accepted")
    terms: dict[str, Any]
    total: MoneyOut
    valid_until: Moment
    server_time: Moment


@router.post(
    "",
    response={201: QuoteOut, 401: ErrorOut, 404: ErrorOut, 409: ErrorOut, 422: ErrorOut, 429: ErrorOut},
    throttle=[Door("quotes")],
    url_name="make-quote",
    operation_id="make_quote",
)
def create_quote(request: HttpRequest, payload: QuoteIn) -> Status[QuoteOut]:
    """Say the full price of one wish. Holds no stock; valid for two minutes."""
    shopper = shopper_of(request)
    note_traits(shopper=shopper, seen=origin_traits(request), at=database_now())
    quote = make_quote(
        shopper=shopper,
        drop=visible_drop(creator=shopper.creator, ref=payload.drop),
        sku_code=payload.sku,
        quantity=payload.quantity,
        destination=Destination(
            country=payload.destination.country.upper(), postcode=payload.destination.postcode.strip()
        ),
        method=payload.delivery.method,
        option=payload.delivery.option,
        approach=Approach(has_thread=has_been_here(shopper=shopper)),
        extras=payload.extras,
    )
    return Status(
        201,
        QuoteOut(
            quote=quote.ref,
            hash=quote.hash,
            terms=quote.terms,
            total=money(quote.total_minor, quote.currency, shopper.locale),
            valid_until=quote.valid_until,
            server_time=database_now(),
        ),
    )
