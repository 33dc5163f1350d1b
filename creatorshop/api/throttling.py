"""
How often one shopper or address may knock at a door of the API.
"""

from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from creatorshop.doors import Knocks
from creatorshop.visitors import address_of
from drops.audience.models import Shopper
from drops.audience.sessions import Bearer


class Door(BaseThrottle):
    """A limit of so many requests per window, counted for each shopper or, without one, for each address."""

    def __init__(self, name: str, *, in_passing: int = 0) -> None:
        self._knocks = Knocks(name, in_passing=in_passing)
        self._left = 0

    def allow_request(self, request: HttpRequest) -> bool:
        self._left = self._knocks.wait_of(_visitor(request))
        return self._left == 0

    def lets_pass(self, visitor: str) -> bool:
        """Tell whether a visitor is among their first few knocks in this process and window, and count this one."""
        return self._knocks.lets_pass(visitor)

    def wait(self) -> float | None:
        return self._left


def _visitor(request: HttpRequest) -> str:
    match getattr(request, "auth", None):
        case Shopper(ref=ref) | Bearer(shopper_ref=ref):
            return f"shopper {ref}"
    return f"address {address_of(request)}"
