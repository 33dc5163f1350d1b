"""
The checkout sheet: what is true of a hold, and what can be done about it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from drops.clock import database_now
from drops.sales.checkout import Contact, start_payment
from drops.sales.models import Order, Payment, PaymentState
from drops.sales.refunds import owe_refund
from drops.schedule.models import Drop, DropState
from drops.stock.counts import count_of
from drops.stock.models import Hold, HoldState
from tests.factories import make_hold
from tests.storefront.stalls import Stall, form_of, tags_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)

LENA = {"do": "pay", "name": "Lena Vogt", "email": "lena@example.org"}


@pytest.fixture
def hold(stall: Stall, client: Client) -> Hold:
    client.post(stall.url, form_of(client.get(stall.url, {"sku": "RM-SAGE"}), "hold"))
    return Hold.objects.get()


def _url(hold: Hold) -> str:
    return f"/checkout/{hold.ref}/"


def _end(hold: Hold) -> None:
    """Let a hold's time run out."""
    past = hold.created_at - timedelta(minutes=20)
    Hold.objects.filter(pk=hold.pk).update(
        created_at=past, base_expires_at=past, expires_at=past + timedelta(minutes=10)
    )


def test_missing_details_are_named_beside_their_field_and_the_rest_is_kept(client: Client, hold: Hold) -> None:
    response = client.post(_url(hold), {"do": "pay", "name": "Lena Vogt", "email": "lena"})

    fields = {attributes["id"]: attributes for tag, attributes in tags_of(response) if attributes.get("id")}
    assert response.status_code == 422
    assert "Please write an e-mail address, like name@example.org." in text_of(response)
    assert fields["name"]["value"] == "Lena Vogt"
    assert "aria-invalid" not in fields["name"]
    assert fields["email"]["aria-describedby"] == "email-error"
    assert "autofocus" in fields["email"]
    assert Payment.objects.count() == 0
    assert Hold.objects.get().state == HoldState.HELD


def test_a_parcel_asks_for_an_address_in_the_country_of_its_price(client: Client, stall: Stall) -> None:
    response = client.get(stall.url, {"sku": "RM-SAGE", "country": "PT", "postcode": "1200-109"})
    radios = [attributes["value"] for _, attributes in tags_of(response) if attributes.get("type") == "radio"]
    parcel = next(value for value in radios if value.startswith("parcel:"))
    page = client.get(stall.url, {"sku": "RM-SAGE", "postcode": "1200-109", "delivery": parcel})
    held = client.post(stall.url, form_of(page, "hold"))

    sheet = client.get(held["Location"])
    refused = client.post(held["Location"], LENA | {"postcode": "1200-109"})

    fields = {attributes["id"]: attributes for _, attributes in tags_of(sheet) if attributes.get("id")}
    assert fields["postcode"]["value"] == "1200-109"
    assert fields["country"]["value"] == "Portugal"
    assert "readonly" in fields["country"]
    assert refused.status_code == 422
    assert "Please write the street." in text_of(refused)
    assert "Please write the city." in text_of(refused)
    assert Payment.objects.count() == 0


def test_more_time_is_given_once_and_what_was_typed_stays(client: Client, hold: Hold) -> None:
    first = client.post(_url(hold), LENA | {"do": "extend"})
    extended = Hold.objects.get()
    second = client.post(_url(hold), LENA | {"do": "extend"})

    assert first.status_code == 200
    assert 'value="lena@example.org"' in first.content.decode()
    assert "I need more time" not in text_of(first)
    assert extended.expires_at - hold.expires_at == timedelta(minutes=2)
    assert second.status_code == 409
    assert "This hold was extended once already." in text_of(second)
    assert Hold.objects.get().expires_at == extended.expires_at


def test_more_time_is_not_offered_once_the_drop_has_closed(client: Client, hold: Hold) -> None:
    Drop.objects.update(state=DropState.CLOSED)

    words = text_of(client.get(_url(hold)))

    assert "I need more time" not in words
    assert "Pay €39.14 Let it go" in words


def test_letting_go_frees_the_unit_and_says_that_nothing_was_charged(client: Client, stall: Stall, hold: Hold) -> None:
    response = client.post(_url(hold), {"do": "release"}, follow=True)

    assert "You let it go. Nothing was charged." in text_of(response)
    assert "Pay €39.14" not in text_of(response)
    assert count_of(drop_sku_id=stall.sage_in_drop.pk).available == 5


def test_letting_go_stops_a_payment_that_has_begun(client: Client, stall: Stall, hold: Hold) -> None:
    client.post(_url(hold), LENA)

    client.post(_url(hold), {"do": "release"})

    assert Payment.objects.get().state == PaymentState.CANCELLED
    assert Hold.objects.get().state == HoldState.RELEASED
    assert count_of(drop_sku_id=stall.sage_in_drop.pk).available == 5


def test_a_hold_whose_time_is_over_cannot_be_paid_and_says_so(client: Client, hold: Hold) -> None:
    _end(hold)

    shown, refused = client.get(_url(hold)), client.post(_url(hold), LENA)

    assert "The hold ended. Nothing was charged." in text_of(shown)
    assert "Look at it again" in text_of(shown)
    assert refused.status_code == 409
    assert "The hold ended. Nothing was charged." in text_of(refused)
    assert Payment.objects.count() == 0


def test_a_declined_payment_is_told_and_can_be_tried_again(client: Client, hold: Hold) -> None:
    client.post(_url(hold), LENA)
    client.post(f"/pay/test/{Payment.objects.get().ref}/", {"decision": "decline"})

    words = text_of(client.get(_url(hold), {"back": "1"}))

    assert "The payment did not go through" in words
    assert "Nothing was charged; you can try again." in words
    assert "Pay €39.14" in words
    assert Order.objects.count() == 0


def test_coming_back_before_the_provider_has_spoken_waits_and_asks_again(client: Client, hold: Hold) -> None:
    client.post(_url(hold), LENA)

    response = client.get(_url(hold), {"back": "1"})

    assert "Waiting for the word of the payment provider." in text_of(response)
    assert response["Refresh"] == "3"


def test_a_paid_hold_leads_to_its_order(client: Client, hold: Hold) -> None:
    client.post(_url(hold), LENA)
    client.post(f"/pay/test/{Payment.objects.get().ref}/", {"decision": "approve"})
    client.get(_url(hold), {"back": "1"})

    response = client.get(_url(hold))

    assert response["Location"].startswith(f"/orders/{Order.objects.get().ref}/")


def test_only_pages_of_the_creator_may_frame_the_sheet(client: Client, hold: Hold) -> None:
    response = client.get(_url(hold))

    assert "frame-ancestors 'self' https://kilnandtide.example;" in f"{response['Content-Security-Policy']};"
    assert "X-Frame-Options" not in response
    assert response["Cache-Control"] == "no-store, private"
    assert response["Referrer-Policy"] == "same-origin"


def test_other_pages_may_be_framed_by_nobody(client: Client, stall: Stall) -> None:
    response = client.get(stall.url)

    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"


def test_the_sheet_needs_no_cookie_so_that_it_works_inside_a_frame(hold: Hold) -> None:
    stranger = Client(enforce_csrf_checks=True)

    response = stranger.post(_url(hold), LENA)

    assert response.status_code == 302
    assert Payment.objects.get().name == "Lena Vogt"


def test_the_sheet_is_loaded_in_a_fixed_number_of_queries(
    client: Client, hold: Hold, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(6):
        client.get(_url(hold))


def test_money_that_came_too_late_is_said_to_go_back_if_it_was_taken(client: Client, stall: Stall) -> None:
    only = make_stall_with_one_unit(stall)
    hold = make_hold(drop_sku=only, method="parcel", option=_post_of(client, stall))
    payment, _ = start_payment(
        hold_ref=hold.ref,
        provider="test",
        contact=Contact("Lena", "lena@example.org", {"street": "1", "city": "L", "postcode": "1", "country": "PT"}),
        return_url="http://127.0.0.1/",
    )
    Hold.objects.filter(pk=hold.pk).update(state=HoldState.LATE_REFUND)
    came_too_late = "Your payment came after the hold had ended, and what it was for was gone."

    assert f"{came_too_late} Nothing was charged." in text_of(client.get(_url(hold)))

    owe_refund(payment=payment, amount_minor=payment.amount_minor, reason="the last unit was gone", at=database_now())

    assert f"{came_too_late} €43.64 goes back to you." in text_of(client.get(_url(hold)))


def make_stall_with_one_unit(stall: Stall) -> Any:
    return stall.drop.drop_skus.get(sku=stall.terracotta)


def _post_of(client: Client, stall: Stall) -> str:
    page = client.get(stall.url)
    values = [attributes["value"] for _, attributes in tags_of(page) if attributes.get("type") == "radio"]
    return next(value for value in values if value.startswith("parcel:")).removeprefix("parcel:")
