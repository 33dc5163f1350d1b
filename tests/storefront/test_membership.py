"""A membership's page, personal links, and what the pages say while members are first."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from django.test import Client

from drops.audience import memberships
from drops.audience.models import Membership, Tier
from drops.clock import database_now
from drops.schedule import early
from drops.schedule.models import Drop, EarlyAccess
from drops.stock.models import Hold
from tests.storefront.stalls import Stall, form_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/kiln-and-tide/membership/"


@pytest.fixture
def tier(stall: Stall) -> Tier:
    return Tier.objects.create(creator=stall.creator, name="Friends of the kiln", benefits=["The first hour"])


def members_first(stall: Stall, *, minutes: int = 120) -> Drop:
    """Keep the first minutes of the stall's drop, which opened an hour ago, for members."""
    Drop.objects.filter(pk=stall.drop.pk).update(members_first_minutes=minutes)
    stall.drop.refresh_from_db()
    return stall.drop


def test_without_a_tier_there_is_no_page_and_nothing_leads_there(client: Client, stall: Stall) -> None:
    assert client.get(PAGE).status_code == 404
    assert PAGE not in client.get("/kiln-and-tide/").content.decode()


def test_a_visitor_reads_what_it_brings_joins_and_leaves_again(client: Client, tier: Tier) -> None:
    assert PAGE in client.get("/kiln-and-tide/").content.decode()
    page = text_of(client.get(PAGE))
    assert "Friends of the kiln" in page and "The first hour" in page and "costs nothing" in page
    assert Membership.objects.count() == 0

    assert "You are a member since" in text_of(client.post(PAGE, {"do": "join"}))
    assert Membership.objects.get().tier == tier
    assert "You are a member since" in text_of(client.get(PAGE))

    assert "You have left." in text_of(client.post(PAGE, {"do": "leave"}))
    assert Membership.objects.get().ended_at is not None
    assert "Become a member" in text_of(client.get(PAGE))


def test_to_look_at_a_personal_link_spends_nothing_and_its_button_works_once(client: Client, stall: Stall) -> None:
    drop = members_first(stall)
    _, token = early.make_link(creator=stall.creator, drop=drop, made_by="ines", now=database_now())
    path = f"/early/{token}/"

    for _ in range(2):
        assert "Early access for you" in text_of(client.get(path))
    assert EarlyAccess.objects.count() == 0
    assert "You may buy early" in text_of(client.post(path))
    assert EarlyAccess.objects.get().drop == drop

    late = Client().post(path)
    assert (late.status_code, EarlyAccess.objects.count()) == (409, 1)
    assert "used already" in text_of(late)


def test_a_link_that_nobody_made_does_not_exist(client: Client, stall: Stall) -> None:
    assert client.get("/early/made-up/").status_code == 404


def test_who_is_no_member_reads_until_when_and_a_hold_takes_nothing(client: Client, stall: Stall, tier: Tier) -> None:
    members_first(stall)
    page = client.get(stall.url, {"sku": "RM-SAGE"})
    words = text_of(page)
    assert "Members first until" in words and "Friends of the kiln: become a member" in words

    answer = client.post(stall.url, form_of(page, "hold"))

    assert answer.status_code == 409
    assert "is for members first. It opens for everybody on" in text_of(answer)
    assert Hold.objects.count() == 0


def test_a_member_reads_that_they_may_and_holds(client: Client, stall: Stall, tier: Tier) -> None:
    members_first(stall)
    client.post(PAGE, {"do": "join"})
    page = client.get(stall.url, {"sku": "RM-SAGE"})
    assert "You may hold it now." in text_of(page)

    answer = client.post(stall.url, form_of(page, "hold"))

    assert answer.status_code == 302
    assert Hold.objects.get().shopper == Membership.objects.get().shopper


def test_before_the_opening_the_pages_say_when_it_is_for_everybody(client: Client, stall: Stall) -> None:
    members_first(stall, minutes=60)
    opens_at = database_now() + timedelta(days=2)
    Drop.objects.filter(pk=stall.drop.pk).update(
        state="scheduled", opens_at=opens_at, closes_at=opens_at + timedelta(hours=8)
    )

    assert "Members first; for everybody on" in text_of(client.get(stall.url, {"sku": "RM-SAGE"}))


def test_nobody_joins_more_often_than_a_door_lets_them(client: Client, tier: Tier, settings: Any) -> None:
    settings.API_RATES = {**settings.API_RATES, "memberships": "2/600"}
    for _ in range(2):
        client.post(PAGE, {"do": "join"})

    answer = client.post(PAGE, {"do": "leave"})

    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)
    assert memberships.open_tier(creator=tier.creator) == tier
    assert Membership.objects.get().ended_at is None


def test_programs_are_told_from_when_on_everybody_may(client: Client, stall: Stall) -> None:
    drop = members_first(stall)
    from_then_on = drop.open_to_all_at.astimezone(UTC)

    page = client.get(stall.url, {"sku": "RM-SAGE"}).content.decode()
    feed = client.get("/kiln-and-tide/feed.xml").content.decode()

    assert "https://schema.org/PreOrder" in page and "LimitedAvailability" not in page
    assert f"{from_then_on:%Y-%m-%dT%H:%M}" in page
    assert "<g:availability>preorder</g:availability>" in feed and "in_stock" not in feed
    assert f"{from_then_on:%Y-%m-%dT%H:%M}" in feed
