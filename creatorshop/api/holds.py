from datetime import datetime, timedelta
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Header, Router, Schema
from pydantic import Field

from creatorshop.api.auth import ShopperToken, bearer_of, shopper_of, taken_at_its_word
from creatorshop.api.errors import BadRequest
from creatorshop.api.links import checkout_link
from creatorshop.api.schemas import ErrorOut, Moment, MoneyOut, Ref, money
from creatorshop.api.throttling import Door
from drops.audience.models import Shopper
from drops.clock import database_now
from drops.errors import ShopError
from drops.sales.accepting import Wish
from drops.sales.holding import extend_hold, hold_of, release_hold
from drops.sales.turnstile import everybody
from drops.schedule.models import DropState
from drops.stock.holds import DEADLINE_AFTER_BASE, EXTENSIONS_ALLOWED
from drops.stock.models import LIVE_STATES, Hold, HoldState

router = Router(tags=["holds"], auth=ShopperToken())
# An honest shopper knocks once or twice; who knocks more often is counted for all processes together.
door = Door("holds", in_passing=3)

KEY_LIMIT = 120


class KeyRequired(BadRequest):
    """A hold is never placed without a way to ask for it twice and get it once."""

    code = "idempotency_key_required"


class HoldIn(Schema):
    quote: Ref
    hash: Ref


class HoldOut(Schema):
    hold: str
    drop: str
    sku: str
    title: str
    quantity: int
    state: str = Field(description="held, paying, confirmed, released, expired, revoked or late_refund")
    expires_at: Moment
    server_time: Moment
    expires_in_ms: int = Field(description="0 once it ended; count with a monotonic clock from here")
    can_extend: bool
    total: MoneyOut
    terms: dict[str, Any]
    checkout_url: str


@router.post(
    "",
    response={
        200: HoldOut,
        201: HoldOut,
        400: ErrorOut,
        401: ErrorOut,
        404: ErrorOut,
        409: ErrorOut,
        422: ErrorOut,
        429: ErrorOut,
    },
    throttle=[door],
    auth=ShopperToken(read=taken_at_its_word),
    url_name="place-hold",
    operation_id="place_hold",
)
def create_hold(
    request: HttpRequest,
    payload: HoldIn,
    idempotency_key: Annotated[str, Header(default="", alias="Idempotency-Key")],
) -> HttpResponse:
    """
    Accept a quote and hold its units.

    The answer says what was true at the moment of the claim, its clock included, so the same Idempotency-Key gets the
    same answer again; `Idempotent-Replayed: true` then tells to look at GET holds/{hold} before counting down.
    """
    return placed_answer(
        shopper_ref=bearer_of(request).shopper_ref,
        quote=payload.quote,
        hash_seen=payload.hash,
        key=checked_key(idempotency_key),
    )


@router.get(
    "/{hold}",
    response={200: HoldOut, 401: ErrorOut, 404: ErrorOut},
    url_name="hold",
    operation_id="get_hold",
)
def get_hold(request: HttpRequest, hold: str) -> HoldOut:
    """Say how a hold stands now."""
    return _as_it_stands(hold=hold_of(ref=hold, shopper=shopper_of(request)), shopper=shopper_of(request))


@router.delete(
    "/{hold}",
    response={200: HoldOut, 401: ErrorOut, 404: ErrorOut, 409: ErrorOut, 503: ErrorOut},
    operation_id="release_hold",
)
def delete_hold(request: HttpRequest, hold: str) -> HoldOut:
    """Let a hold go. Its units are free for others at once."""
    shopper = shopper_of(request)
    return _as_it_stands(hold=release_hold(hold_ref=hold, shopper=shopper), shopper=shopper)


@router.post(
    "/{hold}/extend",
    response={200: HoldOut, 401: ErrorOut, 404: ErrorOut, 409: ErrorOut},
    url_name="extend-hold",
    operation_id="extend_hold",
)
def post_extend(request: HttpRequest, hold: str) -> HoldOut:
    """Give a hold two more minutes, once."""
    shopper = shopper_of(request)
    return _as_it_stands(hold=extend_hold(hold_ref=hold, shopper=shopper), shopper=shopper)


def placed_answer(*, shopper_ref: str, quote: str, hash_seen: str, key: str) -> HttpResponse:
    """
    Place a hold together with whoever asks at the same time, and return the answer.

    :raises ShopError: why not.
    """
    wish = Wish(shopper_ref, quote, hash_seen, key)
    hold = everybody.admit(wish)
    if isinstance(hold, ShopError):
        raise hold
    # Written out here: ninja would build the same answer twice more on its way, at the door where it counts most.
    body = as_placed(hold=hold, locale=hold.shopper.locale).model_dump_json()
    answer = HttpResponse(body, status=201, content_type="application/json; charset=utf-8")
    if hold.ref != wish.ref:
        answer["Idempotent-Replayed"] = "true"
    return answer


def checked_key(key: str) -> str:
    """
    Return an Idempotency-Key as it is kept.

    :raises KeyRequired, BadRequest: if there is none, or it cannot be one.
    """
    if not key.strip():
        raise KeyRequired("Send an Idempotency-Key header, any random string: it makes a repeat harmless.")
    if len(key) > KEY_LIMIT or not key.isprintable():
        raise BadRequest(f"An Idempotency-Key has at most {KEY_LIMIT} printable characters.")
    return key.strip()


def as_placed(*, hold: Hold, locale: str) -> HoldOut:
    """Return a hold as it was when it was placed, whatever happened since."""
    # No extension or grace ever moves the hard deadline, so the first end can be told from it.
    first_end = hold.hard_deadline - DEADLINE_AFTER_BASE
    return _hold_out(
        hold=hold, state=HoldState.HELD, expires_at=first_end, now=hold.created_at, extensible=True, locale=locale
    )


def _as_it_stands(*, hold: Hold, shopper: Shopper) -> HoldOut:
    now = database_now()
    state = hold.state_at(now)
    is_selling = hold.drop_sku.drop.state_at(now) != DropState.CLOSED
    return _hold_out(
        hold=hold,
        state=state,
        expires_at=hold.expires_at,
        now=now,
        extensible=state in LIVE_STATES and hold.extensions < EXTENSIONS_ALLOWED and is_selling,
        locale=shopper.locale,
    )


def _hold_out(
    *, hold: Hold, state: HoldState, expires_at: datetime, now: datetime, extensible: bool, locale: str
) -> HoldOut:
    left = (expires_at - now) // timedelta(milliseconds=1)
    return HoldOut(
        hold=hold.ref,
        drop=hold.terms["drop"],
        sku=hold.terms["sku"],
        title=hold.terms["title"],
        quantity=hold.quantity,
        state=state.value,
        expires_at=expires_at,
        server_time=now,
        expires_in_ms=max(0, left) if state in LIVE_STATES else 0,
        can_extend=extensible,
        total=money(hold.total_minor, hold.currency, locale),
        terms=hold.terms,
        checkout_url=checkout_link(hold_ref=hold.ref),
    )
