"""
Which telephone asks: the session cookie of the roster, and nothing else, opens its pages.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from drops.clock import database_now
from pickups.models import RosterDevice
from pickups.roster import DeviceUnknown, device_of

COOKIE = "roster_device"

View = Callable[[HttpRequest, RosterDevice, datetime], HttpResponse]


def for_device(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """Give a view the telephone that asks and the time; a stranger gets a page that says what to do."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        now = database_now()
        try:
            device = device_of(secret=request.COOKIES.get(COOKIE, ""), now=now)
        except DeviceUnknown as stranger:
            return ended(request, stranger.message, status=403)
        return view(request, device, now)

    return guarded


def ended(request: HttpRequest, message: str, *, status: int) -> HttpResponse:
    """Answer that this telephone is not let in."""
    return render(request, "roster/ended.html", {"message": message}, status=status)


def remember(response: HttpResponse, *, request: HttpRequest, device: RosterDevice, secret: str, now: datetime) -> None:
    """Give a telephone the cookie that names it, for the roster's pages alone."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int((device.expires_at - now).total_seconds()),
        path=reverse("roster"),
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, path=reverse("roster"))
