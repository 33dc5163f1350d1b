"""
A drop's opening as a calendar entry: the reminder that needs no account and no permission, and that nobody can send twice.
"""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe
from icalendar import Alarm, Calendar, Event

from creatorshop.storefront import wording
from creatorshop.storefront.references import absolute
from creatorshop.storefront.refusals import found_or_404
from drops.clock import database_now
from drops.errors import NotFound
from drops.schedule.models import Drop, DropState

FRESH_S = 300
RINGS = timedelta(minutes=10)  # before the opening
_GOES_ON = (DropState.SCHEDULED, DropState.OPEN, DropState.PAUSED)


class NoSuchOpening(NotFound):
    code = "opening_not_found"


@require_safe
@found_or_404
def opening(request: HttpRequest, ref: str) -> HttpResponse:
    """Hand out a drop's window as a calendar entry that rings before it opens."""
    now = database_now()
    drop = Drop.objects.visible().select_related("creator").filter(ref=ref).first()
    if drop is None or drop.state_at(now) not in _GOES_ON:
        raise NoSuchOpening("This drop has no opening to come.")
    answer = HttpResponse(calendar_of(drop=drop), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{drop.ref}.ics"'
    patch_cache_control(answer, public=True, max_age=FRESH_S)
    return answer


def calendar_of(*, drop: Drop) -> bytes:
    """Return a drop's window as an iCalendar file; a later download replaces an earlier one (RFC 5545, UID)."""
    utc = ZoneInfo("UTC")
    shop = absolute(reverse("shop", args=[drop.creator.slug]))
    event = Event()
    event.add("uid", f"opening-{drop.ref}@creatorshop")
    event.add("dtstamp", drop.opens_at.astimezone(utc))
    event.add("dtstart", drop.opens_at.astimezone(utc))
    event.add("dtend", drop.closes_at.astimezone(utc))
    event.add("summary", f"{drop.title} · {drop.creator.name}")
    opens = f"{wording.day_and_clock(drop.opens_at, drop.zone)} {wording.zone_name(drop.zone)}"
    event.add("description", f"Opens {opens}. A hold is free, and nothing is charged before you pay.\n{shop}")
    event.add("url", shop)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"{drop.title} opens in ten minutes")
    alarm.add("trigger", -RINGS)
    event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", "-//Creatorshop//Drops//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
