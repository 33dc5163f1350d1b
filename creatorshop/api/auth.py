from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from creatorshop.api import cors
from drops.audience.models import Shopper
from drops.audience.sessions import Bearer, bearer_of_token, shopper_of_token


def known_shopper(request: HttpRequest, token: str) -> Shopper:
    """
    Return the shopper whose token it is.

    :raises SessionInvalid: if it is forged, worn out or nobody's.
    :raises OriginRefused: if the page that carries it is not one of the creator's.
    """
    shopper = shopper_of_token(token)
    cors.admit(request=request, creator=shopper.creator)
    return shopper


def taken_at_its_word(request: HttpRequest, token: str) -> Bearer:
    """
    Return whom a token speaks for by its signature alone: for the door where everybody arrives at once.

    Whether the shopper still exists is found out by whoever looks up what is theirs.

    :raises SessionInvalid: if it is forged or worn out.
    :raises OriginRefused: if the page that carries it is not one of the creator's.
    """
    bearer = bearer_of_token(token)
    cors.admit_from(request=request, creator_id=bearer.creator_id)
    return bearer


class ShopperToken(HttpBearer):
    """`Authorization: Bearer <token>` from POST sessions."""

    openapi_name = "ShopperToken"

    def __init__(self, *, read: Callable[[HttpRequest, str], Any] = known_shopper) -> None:
        super().__init__()
        self._read = read

    def authenticate(self, request: HttpRequest, token: str) -> Any | None:
        return self._read(request, token)


def shopper_of(request: HttpRequest) -> Shopper:
    """Return who asks, inside an endpoint that requires a token."""
    shopper: Shopper = request.auth  # type: ignore[attr-defined]
    return shopper


def bearer_of(request: HttpRequest) -> Bearer:
    """Return for whom a token speaks, inside an endpoint that takes it at its word."""
    bearer: Bearer = request.auth  # type: ignore[attr-defined]
    return bearer
