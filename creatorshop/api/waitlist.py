from typing import Annotated

from django.http import HttpRequest
from ninja import Header, Router, Schema, Status
from pydantic import Field

from creatorshop.api.auth import ShopperToken, shopper_of
from creatorshop.api.drops import visible_drop
from creatorshop.api.holds import checked_key
from creatorshop.api.quotes import DeliveryIn
from creatorshop.api.schemas import DestinationIn, ErrorOut, Moment, Ref
from creatorshop.api.throttling import Door
from drops.clock import database_now
from drops.sales.delivery import Destination
from drops.sales.waiting import Standing, join_waitlist, leave_waitlist, standing_of, stands
from drops.stock.models import WaitlistState

router = Router(tags=["waitlist"], auth=ShopperToken())


class WaitlistIn(Schema):
    drop: Ref
    sku: Ref
    quantity: int = Field(default=1, ge=1, le=100)
    destination: DestinationIn = DestinationIn()
    delivery: DeliveryIn


class WaitlistOut(Schema):
    entry: str
    drop: str
    sku: str
    title: str
    quantity: int
    state: str = Field(description="waiting, passed, offered, taken, declined, lapsed, left, removed or over")
    place: int | None = Field(description="from 1, while in line")
    units_ahead: int | None = Field(description="units that those before ask for, while in line")
    comes_first: bool = Field(description="after a payment that came too late and went back")
    skips: int = Field(description="how often somebody behind was served, because fewer units came back")
    reason: str = Field(description="why it was passed over the last time: too_few, limit_reached, delivery_gone, …")
    hold: str | None = Field(description="the offer: a hold like any other, see GET holds/{hold}")
    expires_at: Moment | None = Field(description="the end of the offer, while it runs")
    joined_at: Moment
    server_time: Moment


@router.post(
    "",
    response={
        201: WaitlistOut,
        400: ErrorOut,
        401: ErrorOut,
        404: ErrorOut,
        409: ErrorOut,
        422: ErrorOut,
        429: ErrorOut,
    },
    throttle=[Door("waitlist")],
    url_name="join-waitlist",
    operation_id="join_waitlist",
)
def create_entry(
    request: HttpRequest,
    payload: WaitlistIn,
    idempotency_key: Annotated[str, Header(default="", alias="Idempotency-Key")],
) -> Status[WaitlistOut]:
    """
    Stand in line for units that are gone. Needs an Idempotency-Key, so that a repeat joins once.

    When it is your turn the units are on hold for you for some minutes, at the price of that moment.
    """
    shopper = shopper_of(request)
    key = checked_key(idempotency_key)
    entry = join_waitlist(
        shopper=shopper,
        drop=visible_drop(creator=shopper.creator, ref=payload.drop),
        sku_code=payload.sku,
        quantity=payload.quantity,
        destination=Destination(
            country=payload.destination.country.upper(), postcode=payload.destination.postcode.strip()
        ),
        method=payload.delivery.method,
        option=payload.delivery.option,
        idempotency_key=key,
    )
    return Status(201, _out(stands(entry=entry, now=database_now())))


@router.get(
    "/{entry}",
    response={200: WaitlistOut, 401: ErrorOut, 404: ErrorOut},
    url_name="waitlist-entry",
    operation_id="get_waitlist_entry",
)
def get_entry(request: HttpRequest, entry: str) -> WaitlistOut:
    """Say where you stand now."""
    return _out(standing_of(ref=entry, shopper=shopper_of(request)))


@router.delete(
    "/{entry}",
    response={200: WaitlistOut, 401: ErrorOut, 404: ErrorOut, 409: ErrorOut, 503: ErrorOut},
    operation_id="leave_waitlist",
)
def delete_entry(request: HttpRequest, entry: str) -> WaitlistOut:
    """Leave the line, or let the offer go. The next one is served."""
    left = leave_waitlist(ref=entry, shopper=shopper_of(request))
    return _out(stands(entry=left, now=database_now()))


def _out(standing: Standing) -> WaitlistOut:
    entry, place = standing.entry, standing.place
    return WaitlistOut(
        entry=entry.ref,
        drop=entry.drop_sku.drop.ref,
        sku=entry.drop_sku.sku.code,
        title=str(entry.drop_sku.sku),
        quantity=entry.quantity,
        state=standing.state.value,
        place=place.number if place else None,
        units_ahead=place.units_ahead if place else None,
        comes_first=entry.comes_first,
        skips=entry.skips,
        reason=entry.skip_reason,
        hold=entry.hold.ref if entry.hold else None,
        expires_at=entry.hold.expires_at if entry.hold and standing.state == WaitlistState.OFFERED else None,
        joined_at=entry.joined_at,
        server_time=standing.at,
    )
