"""
The shopper of a browser: their bearer token in a signed cookie of its own for each creator, and beside it a random id of
the browser, which outlives the shopper. It is sent to our own pages alone.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse

from drops.audience.models import Shopper
from drops.audience.sessions import LASTS, SessionInvalid, open_session, shopper_of_token
from drops.catalog.models import Creator

_SALT = "creatorshop.storefront.session"
_DEVICE = "device"
_DEVICE_LASTS = timedelta(days=365)


def shopper_of(request: HttpRequest, creator: Creator) -> Shopper | None:
    """Return who this browser is at a creator's shop, if it has been there."""
    token = request.get_signed_cookie(_name(creator), default="", salt=_SALT, max_age=int(LASTS.total_seconds()))
    if not token:
        return None
    try:
        shopper = shopper_of_token(token)
    except SessionInvalid:
        return None
    return shopper if shopper.creator_id == creator.pk else None


@dataclass(frozen=True)
class Begun:
    """A shopper who came just now, with what their browser has to keep."""

    shopper: Shopper
    token: str
    device: str


def begin_session(request: HttpRequest, creator: Creator) -> Begun:
    """Begin a shopper. Only a POST does: a page that is merely looked at writes nothing."""
    device = request.get_signed_cookie(_DEVICE, default="", salt=_SALT) or secrets.token_urlsafe(24)
    shopper, token = open_session(creator=creator, device=device)
    return Begun(shopper, token, device)


def keep_session(response: HttpResponse, request: HttpRequest, begun: Begun) -> None:
    """Remember a shopper in the browser."""
    for name, value, lasts in (
        (_name(begun.shopper.creator), begun.token, LASTS),
        (_DEVICE, begun.device, _DEVICE_LASTS),
    ):
        response.set_signed_cookie(
            name,
            value,
            salt=_SALT,
            max_age=int(lasts.total_seconds()),
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )


def _name(creator: Creator) -> str:
    return f"shopper-{creator.pk}"
