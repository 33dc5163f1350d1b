from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from creatorshop.api import cors
from drops.audience.models import Shopper
from drops.audience.sessions import shopper_of_token


class ShopperToken(HttpBearer):
    """`Authorization: Bearer <token>` from POST sessions."""

    openapi_name = "ShopperToken"

    def authenticate(self, request: HttpRequest, token: str) -> Any | None:
        """
        Return the shopper whose token it is.

        :raises SessionInvalid: if it is forged, worn out or nobody's.
        :raises OriginRefused: if the page that carries it is not one of the creator's.
        """
        shopper = shopper_of_token(token)
        cors.admit(request=request, creator=shopper.creator)
        return shopper


def shopper_of(request: HttpRequest) -> Shopper:
    """Return who asks, inside an endpoint that requires a token."""
    shopper: Shopper = request.auth  # type: ignore[attr-defined]
    return shopper
