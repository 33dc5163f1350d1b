"""
From a product page to the paid order without a line of JavaScript, and the ways it can be refused.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from creatorshop.storefront import wording
from drops.audience.models import Shopper
from drops.sales.models import Order, Payment, Quote
from drops.schedule.models import Drop, DropState
from drops.stock.counts import count_of
from drops.stock.models import Hold
from tests.factories import make_hold, make_shopper
from tests.storefront.stalls import Stall, form_of, make_stall, open_counter, text_of

pytestmark = pytest.mark.django_db(transaction=True)


def _accept(client: Client, stall: Stall, **changes: str) -> Any:
    """Look at the page, and send its form with some values changed."""
    form = form_of(client.get(stall.url, {"sku": "RM-SAGE"}), "hold")
    return client.post(stall.url, form | changes)


def test_a_unit_is_bought_by_pickup_without_javascript(client: Client) -> None:
    stall = make_stall()
    open_counter(stall)

    held = _accept(client, stall)
    hold = Hold.objects.get()
    assert (held.status_code, held["Location"]) == (302, f"/checkout/{hold.ref}/")

    sheet = text_of(client.get(held["Location"]))
    ends = wording.clock_to_the_second(hold.expires_at, stall.drop.zone)
    assert f"Held for you Ring mug · Sage until {ends} Lisbon time" in sheet
    assert "Pay €39.14 I need more time Let it go" in sheet
    assert "Test payment" in sheet

    paying = client.post(held["Location"], {"do": "pay", "name": "Lena Vogt", "email": "lena@example.org"})
    payment = Payment.objects.get()
    assert paying.status_code == 302
    assert paying["Location"].endswith(f"/pay/test/{payment.ref}/")

    client.post(f"/pay/test/{payment.ref}/", {"decision": "approve"})
    back = client.get(held["Location"], {"back": "1"})
    order = Order.objects.get()
    assert back["Location"].startswith(f"/orders/{order.ref}/")

    page = text_of(client.get(back["Location"]))
    assert "It is yours, Lena Vogt." in page
    assert "Pickup pass Booked" in page
    assert "Paid €39.14" in page
    assert count_of(drop_sku_id=stall.sage_in_drop.pk).sold == 1


def test_a_unit_is_bought_by_parcel_without_javascript(client: Client) -> None:
    stall = make_stall()

    held = _accept(client, stall)
    contact = {"name": "Lena Vogt", "email": "lena@example.org"}
    address = {"street": "Rua do Poço 4", "postcode": "1200-109", "city": "Lisboa"}
    client.post(held["Location"], {"do": "pay"} | contact | address)
    client.post(f"/pay/test/{Payment.objects.get().ref}/", {"decision": "approve"})
    page = text_of(client.get(client.get(held["Location"], {"back": "1"})["Location"]))

    assert "Your parcel" in page
    assert "Waits for packing, which starts when the drop is over." in page
    assert "To Lena Vogt Rua do Poço 4 1200-109 Lisboa Portugal" in page
    assert Order.objects.get().address["country"] == "PT"


def test_the_browser_keeps_a_session_that_scripts_cannot_read(client: Client) -> None:
    stall = make_stall()

    response = _accept(client, stall)

    cookie = response.cookies[f"shopper-{stall.creator.pk}"]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"
    assert Hold.objects.get().shopper == Shopper.objects.get()


def test_a_second_wish_comes_from_the_same_shopper(client: Client) -> None:
    stall = make_stall()
    _accept(client, stall)

    client.post(stall.url, form_of(client.get(stall.url, {"sku": "RM-TERRA"}), "hold"))

    assert Hold.objects.count() == 2
    assert Shopper.objects.count() == 1


def test_a_cookie_of_another_shop_or_a_forged_one_is_nobody(client: Client) -> None:
    stall = make_stall()
    client.cookies[f"shopper-{stall.creator.pk}"] = "forged:1abc:signature"

    response = _accept(client, stall)

    assert response.status_code == 302
    assert Shopper.objects.count() == 1


def test_the_same_form_sent_twice_holds_once(client: Client) -> None:
    stall = make_stall()
    form = form_of(client.get(stall.url, {"sku": "RM-SAGE"}), "hold")

    first, second = client.post(stall.url, form), client.post(stall.url, form)

    assert first["Location"] == second["Location"]
    assert Hold.objects.count() == 1
    assert count_of(drop_sku_id=stall.sage_in_drop.pk).held == 1


def test_another_wish_for_what_is_held_already_leads_to_the_hold(client: Client) -> None:
    stall = make_stall()
    _accept(client, stall)
    hold = Hold.objects.get()

    response = client.post(stall.url, form_of(client.get(stall.url, {"sku": "RM-SAGE", "quantity": "2"}), "hold"))

    assert response.status_code == 409
    assert "You hold Ring mug · Sage already." in text_of(response)
    assert f'href="/checkout/{hold.ref}/"' in response.content.decode()
    assert Hold.objects.count() == 1


def test_a_price_that_changed_meanwhile_is_shown_again_and_holds_nothing(client: Client) -> None:
    stall = make_stall()
    form = form_of(client.get(stall.url, {"sku": "RM-SAGE"}), "hold")
    stall.sage.price_minor = 4200
    stall.sage.save(update_fields=["price_minor"])

    response = client.post(stall.url, form)

    assert response.status_code == 409
    assert "The price or the delivery changed while you looked. Please check the new total." in text_of(response)
    assert "Total €47.76" in text_of(response)
    assert Hold.objects.count() == 0
    assert count_of(drop_sku_id=stall.sage_in_drop.pk).available == 5


def test_a_made_up_hash_holds_nothing(client: Client) -> None:
    stall = make_stall()

    response = _accept(client, stall, hash="0" * 64)

    assert response.status_code == 409
    assert Hold.objects.count() == 0


def test_when_somebody_else_was_quicker_the_page_says_so_and_keeps_the_choices(client: Client) -> None:
    stall = make_stall(units=1)
    form = form_of(client.get(stall.url, {"sku": "RM-SAGE", "postcode": "1200-109"}), "hold")
    rival = make_hold(
        drop_sku=stall.sage_in_drop,
        shopper=make_shopper(creator=stall.creator),
        method="parcel",
        option=form["delivery"].removeprefix("parcel:"),
    )

    response = client.post(stall.url, form)

    ends = wording.clock_to_the_second(rival.expires_at + timedelta(seconds=5), stall.drop.zone)
    assert response.status_code == 409
    assert "The only one is on hold." in text_of(response)
    assert f"The next hold ends at {ends}." in text_of(response)
    assert 'value="1200-109"' in response.content.decode()
    assert list(Hold.objects.all()) == [rival]
    assert count_of(drop_sku_id=stall.sage_in_drop.pk).held == 1


def test_the_limit_of_the_drop_is_named(client: Client) -> None:
    stall = make_stall(account_limit=1)
    _accept(client, stall)

    response = client.post(stall.url, form_of(client.get(stall.url, {"sku": "RM-TERRA"}), "hold"))

    assert response.status_code == 409
    assert Hold.objects.count() == 1


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (DropState.PAUSED, "The creator paused the drop."),
        (DropState.SCHEDULED, "Batch 07 is not open yet."),
        (DropState.CLOSED, "Batch 07 has closed."),
    ],
)
def test_a_drop_that_is_not_open_refuses_by_name(client: Client, state: DropState, sentence: str) -> None:
    stall = make_stall()
    form = form_of(client.get(stall.url, {"sku": "RM-SAGE"}), "hold")
    opens_at = stall.drop.closes_at - timedelta(hours=1)
    Drop.objects.filter(pk=stall.drop.pk).update(state=state, opens_at=opens_at)

    response = client.post(stall.url, form)

    assert response.status_code == 409
    assert sentence in text_of(response)
    assert Hold.objects.count() == 0


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"sku": "RM-SAGE"},
        {"sku": "NONE", "delivery": "parcel:x", "hash": "x"},
        {"sku": "RM-SAGE", "delivery": "boat:1", "country": "PT", "hash": "x"},
        {"sku": "RM-SAGE", "delivery": ":", "country": "\x00", "postcode": "\x00", "hash": "\x00"},
    ],
)
def test_a_form_that_makes_no_sense_is_refused_and_changes_nothing(client: Client, form: dict[str, str]) -> None:
    stall = make_stall()

    response = client.post(stall.url, form)

    assert 400 <= response.status_code < 500
    assert Hold.objects.count() == 0
    assert Quote.objects.count() == 0


def test_a_form_from_another_site_is_refused_with_a_page_that_helps() -> None:
    stall = make_stall()
    client = Client(enforce_csrf_checks=True)
    form = form_of(client.get(stall.url, {"sku": "RM-SAGE"}), "hold")

    response = client.post(stall.url, form | {"csrfmiddlewaretoken": "x"})

    assert response.status_code == 403
    assert "This page was open for too long." in text_of(response)
    assert Hold.objects.count() == 0
