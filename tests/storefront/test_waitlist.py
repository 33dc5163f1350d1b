"""Waiting on the product page, without a line of JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from creatorshop.storefront import wording
from drops.sales.holding import release_hold
from drops.stock.models import Hold, HoldSource, WaitlistEntry
from fulfillment.models import Rate
from tests.factories import make_hold
from tests.lines import join, states
from tests.storefront.stalls import Stall, form_of, make_stall, text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stall() -> Stall:
    """A shop whose only Sage is on hold for somebody."""
    stall = make_stall(units=1)
    make_hold(drop_sku=stall.sage_in_drop, method="parcel", option=post(stall))
    return stall


def post(stall: Stall) -> str:

    return Rate.objects.get(zone__creator=stall.creator).key


def look(client: Client, stall: Stall) -> Any:
    return client.get(stall.url, {"sku": "RM-SAGE"})


def press(client: Client, stall: Stall, do: str, **changes: str) -> Any:
    """Send the line's form as the page has it."""
    form = form_of(look(client, stall), "wait")
    return client.post(f"{stall.url}line/", form | {"do": do} | changes)


def test_what_is_gone_can_be_waited_for_and_the_page_shows_the_place(client: Client, stall: Stall) -> None:
    assert "Join the waitlist" in text_of(look(client, stall))
    join(stall.sage_in_drop, method="parcel", option=post(stall))

    answer = press(client, stall, "join")

    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{stall.url}?sku=RM-SAGE&quantity=1&delivery=parcel")
    page = text_of(look(client, stall))
    assert "You are 2nd in line for 1 Ring mug · Sage." in page
    assert "What comes back is for those who wait, in their order." in page
    assert "Join the waitlist" not in page


def test_a_form_that_is_sent_twice_joins_once(client: Client, stall: Stall) -> None:
    form = form_of(look(client, stall), "wait") | {"do": "join"}

    answers = [client.post(f"{stall.url}line/", form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert WaitlistEntry.objects.count() == 1


def test_whose_turn_it_is_finds_their_hold_on_the_page(client: Client, stall: Stall) -> None:
    press(client, stall, "join")
    other = Hold.objects.get()
    release_hold(hold_ref=other.ref, shopper=other.shopper)

    page = look(client, stall)

    offer = Hold.objects.get(source=HoldSource.WAITLIST)
    until = wording.clock_to_the_second(offer.expires_at, stall.drop.zone)
    assert f"One came back, and it is your turn. On hold for you until {until}." in text_of(page)
    assert f'href="/checkout/{offer.ref}/"' in page.content.decode()


def test_the_line_is_left_and_an_offer_let_go_from_the_page(client: Client, stall: Stall) -> None:
    press(client, stall, "join")

    press(client, stall, "leave")

    [entry] = WaitlistEntry.objects.all()
    assert states(entry) == ["left"]
    assert "Join the waitlist" in text_of(look(client, stall))


def test_a_refusal_keeps_the_choices_and_says_why(client: Client, stall: Stall) -> None:
    form = form_of(look(client, stall), "wait") | {"do": "join", "delivery": "parcel:balloon"}

    answer = client.post(f"{stall.url}line/", form)

    assert answer.status_code == 409
    assert "That way of delivery is no longer to be had." in text_of(answer)
    assert f'action="{stall.url}"' in answer.content.decode()
    assert WaitlistEntry.objects.count() == 0


def test_somebody_elses_place_cannot_be_left(client: Client, stall: Stall) -> None:
    entry = join(stall.sage_in_drop, method="parcel", option=post(stall))

    answer = client.post(f"{stall.url}line/", {"do": "leave", "entry": entry.ref})

    assert answer.status_code == 404
    assert states(entry) == ["waiting"]


def test_nobody_is_asked_to_wait_for_what_is_there(client: Client) -> None:
    page = text_of(look(client, make_stall()))

    assert "Join the waitlist" not in page
