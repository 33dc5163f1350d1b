"""
By which clock the office goes: that of the shop where somebody works, and in a drop's form the drop's own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from creatorshop.office.scope import scope_of
from drops.catalog.models import Creator


class OfficeClockMiddleware:
    """Show and read times below /admin/ by the clock of the person's shop."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(reverse("admin:index")):
            return self.get_response(request)
        with timezone.override(clock_of(request)):
            return self.get_response(request)


def clock_of(request: HttpRequest) -> tzinfo:
    """Return the time zone of the person's shop; UTC for operators, and for whoever works in several zones."""
    scope = scope_of(request)
    zones = set() if scope.is_all else set(_zones_of(list(scope.works)))
    return ZoneInfo(zones.pop()) if len(zones) == 1 else timezone.get_default_timezone()


def _zones_of(creator_ids: list[int]) -> list[str]:
    return list(Creator.objects.filter(pk__in=creator_ids).values_list("time_zone", flat=True)) if creator_ids else []
