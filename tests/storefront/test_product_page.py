"""
What the product page tells before anybody decides anything.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from creatorshop.storefront import wording
from drops.clock import database_now
from drops.sales.delivery import Destination
from drops.sales.quotes import delivery_choices
from drops.schedule.models import DropState
from tests.factories import make_hold, make_photo
from tests.storefront.stalls import form_of, make_stall, open_counter, tags_of, text_of


def _parcel(stall: Any, country: str = "PT") -> Any:
    return delivery_choices(drop=stall.drop, sku_code="RM-SAGE", quantity=1, destination=Destination(country)).options[
        0
    ]


@pytest.mark.django_db
def test_the_full_price_is_there_before_anything_is_asked(client: Client) -> None:
    stall = make_stall()
    post = _parcel(stall)

    words = text_of(client.get(stall.url))

    assert "Ring mug €39.14 before delivery 5 of 5 left" in words
    assert "Thrown by hand Safe in the dishwasher" in words
    assert (
        "Ring mug · Sage €38.00 Standard post to Portugal €4.50 Service fee €1.14 Total €43.64 "
        "of which VAT 23 % €8.16 of which Kiln & Tide receives €30.89" in words
    )
    assert f"Arrives {wording.days(post.earliest_date, post.latest_date)}" in words
    assert "You can return it within 14 days of receiving it." in words
    assert "Hold it for 10 minutes Free, nothing is charged" in words


@pytest.mark.django_db
def test_every_choice_has_an_address_of_its_own(client: Client) -> None:
    stall = make_stall()

    response = client.get(stall.url, {"sku": "RM-TERRA", "quantity": "1", "country": "PT"})

    assert "1 of 1 left" in text_of(response)
    assert form_of(response, "hold")["sku"] == "RM-TERRA"
    pictures = [attributes["alt"] for tag, attributes in tags_of(response) if tag == "img" and attributes["alt"]]
    assert pictures[0] == "Terracotta stoneware mug."


@pytest.mark.django_db
def test_two_cost_twice_the_goods_and_one_postage(client: Client) -> None:
    stall = make_stall()

    words = text_of(client.get(stall.url, {"quantity": "2"}))

    assert "2 × Ring mug · Sage €76.00 Standard post to Portugal €4.50 Service fee €2.28 Total €82.78" in words


@pytest.mark.django_db
@pytest.mark.parametrize("quantity", ["0", "-1", "99999", "x", "²", "1e3"])
def test_a_nonsense_quantity_is_one_of_them(client: Client, quantity: str) -> None:
    stall = make_stall()

    response = client.get(stall.url, {"quantity": quantity})

    assert response.status_code == 200
    assert form_of(response, "hold")["quantity"] == "1"


@pytest.mark.django_db
def test_slots_and_post_are_one_choice_and_the_cheapest_comes_first(client: Client) -> None:
    stall = make_stall()
    open_counter(stall)

    response = client.get(stall.url)
    words = text_of(response)
    radios = [attributes for _, attributes in tags_of(response) if attributes.get("type") == "radio"]
    chosen = [attributes["value"] for attributes in radios if "checked" in attributes]

    assert "Pickup at Café Mira" in words
    assert "Service fee €1.14 Total €39.14" in words
    assert len(chosen) == 1
    assert chosen[0].startswith("pickup:")
    assert [radio["value"] for radio in radios][-1].startswith("parcel:")


@pytest.mark.django_db
def test_where_nothing_goes_the_reason_is_given_and_no_price(client: Client) -> None:
    stall = make_stall()

    response = client.get(stall.url, {"country": "NO"})

    assert "We can't send parcels to Norway." in text_of(response)
    assert "Total" not in text_of(response)
    assert form_of(response, "hold") == {}


@pytest.mark.django_db
def test_a_way_that_is_gone_is_not_quietly_replaced(client: Client) -> None:
    stall = make_stall()

    response = client.get(stall.url, {"delivery": "parcel:GONE"})

    assert form_of(response, "hold") == {}
    assert "Standard post to Portugal" in text_of(response)


@pytest.mark.django_db(transaction=True)
def test_what_is_on_hold_says_when_it_may_come_back(client: Client) -> None:
    stall = make_stall(units=1)
    post = _parcel(stall)
    hold = make_hold(drop_sku=stall.sage_in_drop, method="parcel", option=post.key)

    response = client.get(stall.url, {"sku": "RM-SAGE"})
    words = text_of(response)

    ends = wording.clock_to_the_second(hold.expires_at + timedelta(seconds=5), stall.drop.zone)
    assert f"The only one is on hold or sold. The next hold ends at {ends}." in words
    assert "Sage on hold" in words
    assert "What comes back is for those who wait, in their order." in words
    assert form_of(response, "hold") == {}


@pytest.mark.django_db
def test_a_drop_to_come_shows_its_price_but_sells_nothing(client: Client) -> None:
    now = database_now()
    stall = make_stall(
        state=DropState.SCHEDULED, opens_at=now + timedelta(days=3), closes_at=now + timedelta(days=3, hours=4)
    )

    response = client.get(stall.url)
    words = text_of(response)

    assert "Total €43.64" in words
    assert f"This drop opens on {wording.day(stall.drop.opens_at.astimezone(stall.drop.zone).date())} at" in words
    assert "You can look at the full price already." in words
    assert form_of(response, "hold") == {}


@pytest.mark.django_db
def test_a_paused_drop_says_why(client: Client) -> None:
    stall = make_stall(state=DropState.PAUSED, pause_reason="The kiln needs an hour.", paused_at=database_now())

    words = text_of(client.get(stall.url))

    assert "The drop is paused. The kiln needs an hour. Nothing can be held right now" in words
    assert "Hold it for" not in words


@pytest.mark.django_db
def test_a_window_that_has_passed_is_closed_whatever_the_row_still_says(client: Client) -> None:
    now = database_now()
    stall = make_stall(opens_at=now - timedelta(days=2), closes_at=now - timedelta(days=1))

    words = text_of(client.get(stall.url))

    assert "This drop closed on" in words
    assert "Hold it for" not in words


@pytest.mark.django_db
def test_the_first_photo_comes_at_once_and_the_others_when_they_are_needed(client: Client) -> None:
    stall = make_stall()
    make_photo(product=stall.product, position=2)

    tags = tags_of(client.get(stall.url))
    photos = [attributes for tag, attributes in tags if tag == "img" and "640" in attributes.get("src", "")]
    kinds = {attributes["type"] for tag, attributes in tags if tag == "source"}

    assert photos[0]["fetchpriority"] == "high"
    assert "loading" not in photos[0]
    assert {photo.get("loading") for photo in photos[1:]} == {"lazy"}
    assert {(photo["width"], photo["height"]) for photo in photos} == {("1280", "1600")}
    assert kinds == {"image/avif", "image/webp"}


@pytest.mark.django_db
def test_the_page_is_loaded_in_a_fixed_number_of_queries(client: Client, django_assert_num_queries: Any) -> None:
    stall = make_stall()
    for position in range(2, 6):
        make_photo(product=stall.product, position=position)

    with django_assert_num_queries(24):
        client.get(stall.url)
    with django_assert_num_queries(18):  # where it is sent is known for a minute
        client.get(stall.url)
