"""What pages say of limits that several accounts share, and of units that lie in several places."""

from __future__ import annotations

import pytest
from django.test import Client

from drops.audience.models import Identity, IdentityKind, Shopper
from drops.clock import database_now
from drops.sales.models import Payment
from drops.stock.models import Hold, HoldState
from drops.stock.pools import store_room_of
from drops.stock.resync import move_units
from pickups.models import Location
from pickups.shelves import put_up_shelf
from pickups.slots import bookable_slots
from tests.factories import make_hold, make_payment
from tests.storefront.stalls import Stall, form_of, make_stall, open_counter, tags_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)

LENA = {"do": "pay", "name": "Lena Vogt", "email": "lena@example.org"}


@pytest.fixture
def stall() -> Stall:
    stall = make_stall(account_limit=1)
    open_counter(stall)
    return stall


def accept(stall: Stall, client: Client, **query: str):
    return client.post(stall.url, form_of(client.get(stall.url, {"sku": "RM-SAGE"} | query), "hold"))


def put_on_shelf(stall: Stall, units: int) -> None:
    shelf = put_up_shelf(location=Location.objects.get(), creator=stall.creator)
    move_units(
        drop_sku_id=stall.sage_in_drop.pk,
        source=store_room_of(creator_id=stall.creator.pk),
        target=shelf.pool,
        units=units,
        actor="office:mira",
    )


def test_a_browser_keeps_one_device_through_all_its_sessions(stall: Stall) -> None:
    client = Client()
    accept(stall, client)
    del client.cookies[f"shopper-{stall.creator.pk}"]

    accept(stall, client)

    assert Shopper.objects.count() == 2
    assert Identity.objects.values_list("kind", "key_hash").distinct().get()[0] == IdentityKind.DEVICE
    cookie = client.cookies["device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 365 * 86_400)


def test_merely_looking_makes_no_device(stall: Stall, client: Client) -> None:
    client.get(stall.url)

    assert "device" not in client.cookies


def test_a_third_account_on_one_device_is_told_what_its_household_has(stall: Stall) -> None:
    client = Client()
    for _ in range(2):
        accept(stall, client)
        del client.cookies[f"shopper-{stall.creator.pk}"]

    answer = accept(stall, client)

    assert answer.status_code == 409
    assert "This device has the 2 units that one household may have in this drop." in text_of(answer)
    assert Hold.objects.count() == 2


def test_the_sheet_asks_for_a_telephone_and_does_not_insist(stall: Stall, client: Client) -> None:
    accept(stall, client)
    url = f"/checkout/{Hold.objects.get().ref}/"

    [field] = [attributes for _, attributes in tags_of(client.get(url)) if attributes.get("id") == "phone"]
    client.post(url, LENA)

    assert (field["type"], field["autocomplete"], field["aria-describedby"]) == ("tel", "tel", "phone-hint")
    assert "required" not in field
    assert "Only if something goes wrong with your order." in text_of(client.get(url))
    assert Payment.objects.get().phone == ""


def test_a_telephone_at_its_limit_is_said_on_the_sheet_and_what_was_typed_stays(stall: Stall, client: Client) -> None:
    slot = bookable_slots(location=Location.objects.get(), now=database_now())[0]
    make_payment(hold=make_hold(drop_sku=stall.sage_in_drop, option=slot.ref), provider="test", phone="912 345 678")
    accept(stall, client)
    hold = Hold.objects.order_by("-pk")[0]

    answer = client.post(f"/checkout/{hold.ref}/", LENA | {"phone": "+351912345678"})

    assert answer.status_code == 409
    assert "This phone number has the unit that one person may have in this drop." in text_of(answer)
    values = {attributes["id"]: attributes["value"] for tag, attributes in tags_of(answer) if tag == "input"}
    assert (values["name"], values["phone"]) == ("Lena Vogt", "+351912345678")
    hold.refresh_from_db()
    assert (hold.state, Payment.objects.count()) == (HoldState.HELD, 1)


def test_a_telephone_that_is_none_is_named_beside_its_field(stall: Stall, client: Client) -> None:
    accept(stall, client)

    answer = client.post(f"/checkout/{Hold.objects.get().ref}/", LENA | {"phone": "call me"})

    assert answer.status_code == 422
    assert "Please write a telephone number, like +351 912 345 678." in text_of(answer)


def test_each_way_says_what_is_left_there(stall: Stall, client: Client) -> None:
    put_on_shelf(stall, 2)

    words = text_of(client.get(stall.url, {"sku": "RM-SAGE", "country": "PT", "postcode": "1200-109"}))

    assert "Café Mira, Rua do Poço 12, Lisbon 2 left here" in words
    assert ", 3 left to send" in words


def test_where_all_units_lie_in_one_place_nothing_is_said_of_places(stall: Stall, client: Client) -> None:
    words = text_of(client.get(stall.url, {"sku": "RM-SAGE", "country": "PT", "postcode": "1200-109"}))

    assert "left here" not in words
    assert "left to send" not in words


def test_an_empty_shelf_is_not_offered_and_the_page_says_so(stall: Stall, client: Client) -> None:
    put_up_shelf(location=Location.objects.get(), creator=stall.creator)

    page = client.get(stall.url, {"sku": "RM-SAGE", "country": "PT", "postcode": "1200-109"})

    ways = [attributes["value"] for _, attributes in tags_of(page) if attributes.get("type") == "radio"]
    assert [way.split(":")[0] for way in ways] == ["parcel"]
    assert "None left on the shelf at Café Mira." in text_of(page)


def test_a_shelf_that_emptied_while_somebody_looked_says_where_units_are(stall: Stall, client: Client) -> None:
    put_on_shelf(stall, 1)
    form = form_of(client.get(stall.url, {"sku": "RM-SAGE"}), "hold")
    accept(stall, Client())

    answer = client.post(stall.url, form)

    assert answer.status_code == 409
    assert "None left on the shelf at Café Mira." in text_of(answer)
    assert Hold.objects.count() == 1
