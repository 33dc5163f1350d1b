from typing import Annotated

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from creatorshop.api import cors
from creatorshop.api.auth import ShopperToken, shopper_of
from creatorshop.api.links import absolute
from creatorshop.api.schemas import ErrorOut, Moment, Ref, Text
from creatorshop.api.throttling import Door
from creatorshop.visitors import origin_traits
from drops.audience.sessions import identify, open_identified_session, open_session
from drops.catalog.models import Creator
from drops.catalog.queries import creator_of_embed_key
from drops.clock import database_now
from drops.risk.models import Trait
from drops.sales.assessing import note_traits
from drops.schedule.queries import current_drop_of

router = Router(tags=["sessions"])


IDENTITY = "a JSON Web Token (HS256) of the host's server with `sub` and `exp`, good for a day at most"
Token = Annotated[Text, Field(max_length=4096)]


class SessionIn(Schema):
    key: Ref = Field(description="the creator's public embed key, pk_…")
    locale: Text = Field(default="en", max_length=12, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")
    time_zone: Text = Field(default="", max_length=60, description="the device's IANA zone")
    device: Text = Field(
        default="",
        pattern=r"^([A-Za-z0-9_-]{16,64})?$",
        description="a random id that the client makes once and keeps; limits count by it, and only a hash of it is kept",
    )
    identity: Token = Field(default="", description=IDENTITY)


class IdentityIn(Schema):
    identity: Token = Field(min_length=1, description=IDENTITY)


class CreatorOut(Schema):
    slug: str
    name: str
    tagline: str
    greeting: str
    avatar_url: str
    accent: str
    currency: str


class SessionOut(Schema):
    token: str = Field(description="bearer token, 30 days")
    shopper: str
    creator: CreatorOut
    drop: str | None = Field(description="the drop that is on, or comes next, or was last")
    sockets_url: str
    server_time: Moment


@router.post(
    "",
    response={201: SessionOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut, 422: ErrorOut, 429: ErrorOut},
    throttle=[Door("sessions")],
    url_name="open-session",
    operation_id="open_session",
)
def create_session(request: HttpRequest, payload: SessionIn) -> Status[SessionOut]:
    """Open a session for a shopper nobody knows yet, at the creator whose key the page carries."""
    creator = creator_of_embed_key(payload.key)
    cors.admit(request=request, creator=creator)
    now = database_now()
    known = {"locale": payload.locale, "time_zone": payload.time_zone, "device": payload.device}
    seen = origin_traits(request) | {Trait.DEVICE: payload.device}
    if payload.identity:
        shopper, token, seen[Trait.CHAT] = open_identified_session(
            creator=creator, identity_token=payload.identity, now=now, **known
        )
    else:
        shopper, token = open_session(creator=creator, **known)
    note_traits(shopper=shopper, seen=seen, at=now)
    drop = current_drop_of(creator=creator, now=now)
    return Status(
        201,
        SessionOut(
            token=token,
            shopper=shopper.ref,
            creator=creator_out(creator),
            drop=drop.ref if drop else None,
            sockets_url=settings.SOCKETS_URL,
            server_time=now,
        ),
    )


@router.post(
    "/identity",
    response={204: None, 401: ErrorOut, 409: ErrorOut, 422: ErrorOut, 429: ErrorOut},
    auth=ShopperToken(),
    throttle=[Door("sessions")],
    url_name="identify",
    operation_id="identify_shopper",
)
def add_identity(request: HttpRequest, payload: IdentityIn) -> Status[None]:
    """Say who the shopper of a session is, when the host learns it in the middle of a visit."""
    shopper, now = shopper_of(request), database_now()
    chat = identify(shopper=shopper, identity_token=payload.identity, now=now)
    note_traits(shopper=shopper, seen={Trait.CHAT: chat}, at=now)
    return Status(204, None)


def creator_out(creator: Creator) -> CreatorOut:
    return CreatorOut(
        slug=creator.slug,
        name=creator.name,
        tagline=creator.tagline,
        greeting=creator.greeting,
        avatar_url=absolute(creator.avatar.url) if creator.avatar else "",
        accent=creator.accent,
        currency=creator.currency,
    )
