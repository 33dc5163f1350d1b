"""
The page of a paid order.
"""

from __future__ import annotations

from typing import Any

import pytest
import zxingcpp
from django.test import Client
from icalendar import Calendar
from PIL import Image, ImageDraw

from creatorshop.storefront.passes import qr_svg
from drops.sales.access import order_access
from drops.sales.models import Order, OrderState, Payment
from pickups.queries import pass_of
from tests.storefront.stalls import Stall, buy, form_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(stall: Stall, client: Client) -> Order:
    return buy(client, stall)


def _url(order: Order) -> str:
    return f"/orders/{order.ref}/{order_access(order.ref)}/"


def test_the_pass_names_code_place_and_time(client: Client, order: Order) -> None:
    proof = pass_of(order=order)
    assert proof is not None

    words = text_of(client.get(_url(order)))

    assert f"Your code {proof.code_text} When {proof.when} Where Café Mira Rua do Poço 12, Lisbon" in words
    assert "Order " + order.ref in words
    assert "Ring mug · Sage €38.00 Pickup at Café Mira" in words
    assert "Paid €39.14" in words
    assert "Test payment" in words


def test_whoever_lacks_the_secret_part_learns_nothing(client: Client, order: Order) -> None:
    for path in ("", "qr.svg", "pickup.ics"):
        response = client.get(f"/orders/{order.ref}/{'x' * 43}/{path}")

        assert response.status_code == 404
        assert "Lena" not in response.content.decode()


def test_the_page_is_kept_out_of_caches_and_frames_of_strangers(client: Client, order: Order) -> None:
    response = client.get(_url(order))

    assert response["Cache-Control"] == "no-store, private"
    assert response["X-Robots-Tag"] == "noindex"
    assert "frame-ancestors 'self' https://kilnandtide.example;" in f"{response['Content-Security-Policy']};"


def test_the_calendar_entry_says_where_and_when(client: Client, order: Order) -> None:
    proof = pass_of(order=order)
    assert proof is not None

    response = client.get(_url(order) + "pickup.ics")

    [event] = Calendar.from_ical(response.content).walk("VEVENT")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert event["UID"] == f"pickup-{order.ref}@creatorshop"
    assert event["SUMMARY"] == "Pick up Ring mug · Sage"
    assert event["LOCATION"] == "Café Mira, Rua do Poço 12, Lisbon"
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (proof.starts_at, proof.ends_at)


def test_a_scanner_reads_the_code_that_the_page_draws(client: Client, order: Order) -> None:
    proof = pass_of(order=order)
    assert proof is not None

    drawn = client.get(_url(order) + "qr.svg")

    assert drawn["Content-Type"] == "image/svg+xml"
    # The widget shows it on pages that load only what says that it may be loaded.
    assert drawn["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert drawn.content.decode() == qr_svg(proof.qr)
    # Without its namespace an SVG is no picture outside of a page, as in the widget.
    assert b'xmlns="http://www.w3.org/2000/svg"' in drawn.content
    assert "style" not in drawn.content.decode()
    assert _scan(proof.qr) == proof.qr


def test_money_sent_back_is_said_and_the_pass_is_gone(client: Client, order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(state=OrderState.REFUNDED)

    words = text_of(client.get(_url(order)))

    assert "Refunded. €39.14 went back to where it came from." in words
    assert "Pickup pass" not in words


def test_an_order_whose_bank_did_not_pay_is_called_off_and_nothing_is_said_to_have_been_charged(
    stall: Stall, client: Client
) -> None:
    held = client.post(stall.url, form_of(client.get(stall.url, {"sku": "RM-SAGE"}), "hold"))
    client.post(held["Location"], {"do": "pay", "name": "Lena Vogt", "email": "lena@example.org"})
    client.post(f"/pay/test/{Payment.objects.get().ref}/", {"decision": "approve", "card": "fickle"})

    words = text_of(client.get(held["Location"], {"back": "1"}, follow=True))

    assert "Called off. Your bank did not pay in the end, so the order was called off. Nothing was charged." in words
    assert "Pickup pass" not in words
    assert [said in words for said in ("went back", "Refunded", "Paid", "You can return it", "receipt")] == [False] * 5
    assert "Would have been €39.14" in words


def test_what_was_handed_over_is_said(client: Client, order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(state=OrderState.FULFILLED)

    assert "Handed over, Lena Vogt." in text_of(client.get(_url(order)))


def test_the_page_is_loaded_in_a_fixed_number_of_queries(
    client: Client, order: Order, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(22):
        client.get(_url(order))


def _scan(content: str) -> str:
    """Draw the same code as pixels and read it back."""
    import segno

    rows = [list(row) for row in segno.make(content, error="m", micro=False).matrix]
    scale, border = 8, 4
    side = (len(rows) + 2 * border) * scale
    image = Image.new("L", (side, side), 255)
    draw = ImageDraw.Draw(image)
    for y, row in enumerate(rows):
        for x, is_dark in enumerate(row):
            if is_dark:
                left, top = (x + border) * scale, (y + border) * scale
                draw.rectangle((left, top, left + scale - 1, top + scale - 1), fill=0)
    [found] = zxingcpp.read_barcodes(image)
    return str(found.text)
