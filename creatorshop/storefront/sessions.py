"""
The shopper of a browser: their bearer token in a signed cookie of its own for each creator.
"""

from django.http import HttpRequest, HttpResponse

from drops.audience.models import Shopper
from drops.audience.sessions import LASTS, SessionInvalid, open_session, shopper_of_token
from drops.catalog.models import Creator

_SALT = "creatorshop.storefront.session"


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


def begin_session(creator: Creator) -> tuple[Shopper, str]:
    """Begin a shopper. Only a POST does: a page that is merely looked at writes nothing."""
    return open_session(creator=creator, locale="en", time_zone="")


def keep_session(response: HttpResponse, request: HttpRequest, creator: Creator, token: str) -> None:
    """Remember a shopper in the browser."""
    response.set_signed_cookie(
        _name(creator),
        token,
        salt=_SALT,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )


def _name(creator: Creator) -> str:
    return f"shopper-{creator.pk}"
