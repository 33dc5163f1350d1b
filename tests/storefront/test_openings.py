"""
A drop's opening for a calendar.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from icalendar import Calendar

from drops.clock import database_now
from drops.schedule.models import DropState
from tests.storefront.stalls import make_stall, tags_of

pytestmark = pytest.mark.django_db

OPENS = datetime(2026, 12, 4, 18, 0, tzinfo=UTC)


def announced(**given: Any) -> Any:
    at = {"opens_at": OPENS, "closes_at": OPENS + timedelta(hours=3), "state": DropState.SCHEDULED}
    return make_stall(**at | given)


def test_an_opening_is_a_calendar_entry_that_rings_before_it(client: Client, settings: Any) -> None:
    settings.SHOP_URL = "https://shop.example"
    stall = announced()

    answer = client.get(f"/openings/{stall.drop.ref}.ics")

    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    [alarm] = event.walk("VALARM")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (OPENS, OPENS + timedelta(hours=3))
    assert event["SUMMARY"] == "Batch 07 · Kiln & Tide"
    assert event["URL"] == "https://shop.example/kiln-and-tide/"
    assert event["UID"] == "opening-ring-mug-batch-07@creatorshop"
    assert "Opens Fri 4 Dec, 18:00 Lisbon time" in event["DESCRIPTION"]
    assert alarm["TRIGGER"].dt == timedelta(minutes=-10)


@pytest.mark.parametrize("path", ["/kiln-and-tide/p/ring-mug/", "/kiln-and-tide/c/batch-07/"])
def test_a_drop_to_come_offers_it_and_an_open_one_does_not(client: Client, path: str) -> None:
    stall = announced()
    link = ("a", {"href": f"/openings/{stall.drop.ref}.ics"})

    assert link in tags_of(client.get(path))

    stall.drop.opens_at, stall.drop.closes_at = database_now() - timedelta(hours=1), database_now() + timedelta(hours=1)
    stall.drop.state = DropState.OPEN
    stall.drop.save()
    assert link not in tags_of(client.get(path))


@pytest.mark.parametrize("state", [DropState.DRAFT, DropState.CLOSED])
def test_what_is_not_public_or_over_has_no_opening(client: Client, state: DropState) -> None:
    stall = announced(state=state)

    assert client.get(f"/openings/{stall.drop.ref}.ics").status_code == 404
    assert client.get("/openings/none.ics").status_code == 404
