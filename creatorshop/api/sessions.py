from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from creatorshop.api import cors
from creatorshop.api.links import absolute
from creatorshop.api.schemas import ErrorOut, Moment, Ref, Text
from creatorshop.api.throttling import Door
from creatorshop.visitors import origin_traits
from drops.audience.sessions import open_session
from drops.catalog.models import Creator
from drops.catalog.queries import creator_of_embed_key
from drops.clock import database_now
from drops.sales.assessing import note_traits
from drops.schedule.queries import current_drop_of

router = Router(tags=["sessions"])


class SessionIn(Schema):
    key: Ref = Field(description="the creator's public embed key, pk_…")
    locale: Text = Field(default="en", max_length=12, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")
    time_zone: Text = Field(default="", max_length=60, description="the device's IANA zone")


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
    response={201: SessionOut, 403: ErrorOut, 404: ErrorOut, 422: ErrorOut, 429: ErrorOut},
    throttle=[Door("sessions")],
    url_name="open-session",
    operation_id="open_session",
)
def create_session(request: HttpRequest, payload: SessionIn) -> Status[SessionOut]:
    """Open a session for a shopper nobody knows yet, at the creator whose key the page carries."""
    creator = creator_of_embed_key(payload.key)
    cors.admit(request=request, creator=creator)
    shopper, token = open_session(creator=creator, locale=payload.locale, time_zone=payload.time_zone)
    now = database_now()
    note_traits(shopper=shopper, seen=origin_traits(request), at=now)
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
