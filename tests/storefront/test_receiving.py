"""On the order's page, without a chat and without a script: that a parcel arrived, and how it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from drops.audience.models import Shopper
from drops.clock import database_now
from drops.sales.access import order_access
from drops.sales.models import Order, OrderState, Payment
from drops.sales.orders import mark_fulfilled
from drops.sales.ratings import OPEN_FOR, Rating
from drops.sales.return_window import returns_until
from drops.stock.models import Hold
from fulfillment.models import Parcel
from tests.chat.client import Client as Chat
from tests.fulfillment.makers import make_accepted_gift, make_sent
from tests.storefront.stalls import Stall, form_of, make_stall, open_counter, text_of

pytestmark = pytest.mark.django_db(transaction=True)

LENA = {"name": "Lena Vogt", "email": "lena@example.org"}
AT_HOME = {"street": "Rua do Sol 1", "city": "Lisboa", "postcode": "1200-109", "country": "PT"}
ASKED = "How is it? 1 is poor, 5 is very good. Only Kiln & Tide sees it."
THANKED = "Only Kiln & Tide sees it, and you can change it."


@pytest.fixture
def stall() -> Stall:
    return make_stall()


@pytest.fixture
def buy(stall: Stall, client: Client) -> Callable[[], Order]:
    def buy(*, then: Callable[[Shopper], None] = lambda shopper: None) -> Order:
        held = client.post(stall.url, form_of(client.get(stall.url, {"sku": "RM-SAGE"}), "hold"))
        then(Hold.objects.get().shopper)
        client.post(held["Location"], {"do": "pay", **LENA, **AT_HOME})
        client.post(f"/pay/test/{Payment.objects.get().ref}/", {"decision": "approve"})
        client.get(held["Location"], {"back": "1"})
        return Order.objects.get()

    return buy


@pytest.fixture
def order(buy: Callable[[], Order]) -> Order:
    return buy()


def send(order: Order) -> None:
    make_sent(order, at=database_now() - timedelta(days=10))


def url_of(order: Order, path: str = "") -> str:
    return f"/orders/{order.ref}/{order_access(order.ref)}/{path}"


def say(client: Client, order: Order, **said: Any) -> str:
    """Press a button of the page without any cookie or token, as in a frame; return the words of the page after it."""
    answer = Client(enforce_csrf_checks=True).post(url_of(order, "received/"), said)
    assert (answer.status_code, answer["Location"]) == (302, f"{url_of(order)}#received")
    return text_of(client.get(answer["Location"]))


def test_nothing_is_asked_before_it_has_left(client: Client, order: Order) -> None:
    page = client.get(url_of(order))

    assert "received/" not in page.content.decode()
    assert client.post(url_of(order, "received/"), {"do": "arrived"}).status_code == 409
    assert client.post(url_of(order, "received/"), {"score": "4"}).status_code == 409
    assert (Parcel.objects.get().arrived_at, Rating.objects.count()) == (None, 0)


def test_its_buyer_says_that_it_arrived_and_the_days_for_returns_count_from_then(client: Client, order: Order) -> None:
    send(order)
    assert "It arrived" in text_of(client.get(url_of(order)))
    assert ASKED not in text_of(client.get(url_of(order)))

    words = say(client, order, do="arrived")

    order.refresh_from_db()
    order.terms["delivery"]["latest_date"] = None  # what was promised for later would count longer
    arrived_at = Parcel.objects.get().arrived_at
    assert arrived_at and returns_until(order=order) == arrived_at.date() + timedelta(days=14)
    assert "It arrived, Lena Vogt." in words and ASKED in words
    assert "Your parcel" in words and "Arrives" not in words  # it has
    assert 'value="arrived"' not in client.get(url_of(order)).content.decode()

    say(client, order, do="arrived")
    assert Parcel.objects.get().arrived_at == arrived_at


def test_it_is_rated_and_another_number_takes_the_place_of_the_first(client: Client, order: Order) -> None:
    send(order)
    say(client, order, do="arrived")

    assert f"Thank you: 4 of 5. {THANKED}" in say(client, order, score=4)
    assert f"Thank you: 2 of 5. {THANKED}" in say(client, order, score=2)

    assert list(Rating.objects.values_list("order", "score")) == [(order.pk, 2)]
    page = client.get(url_of(order)).content.decode()
    assert page.count('aria-pressed="true">2<') == page.count('aria-pressed="true">') == 1


def test_what_was_collected_is_rated_without_an_arrival(stall: Stall, client: Client, buy: Callable[[], Order]) -> None:
    open_counter(stall)
    order = buy()
    assert order.delivery_method == "pickup"
    mark_fulfilled(order_id=order.pk, at=database_now())

    assert "Thank you: 5 of 5." in say(client, order, score=5)
    assert client.post(url_of(order, "received/"), {"do": "arrived"}).status_code == 409


def test_after_ninety_days_the_number_stands_and_is_asked_for_no_more(client: Client, order: Order) -> None:
    send(order)
    say(client, order, do="arrived")
    say(client, order, score=4)
    Order.objects.filter(pk=order.pk).update(fulfilled_at=database_now() - OPEN_FOR)

    answer = client.post(url_of(order, "received/"), {"score": "1"})

    assert (answer.status_code, Rating.objects.get().score) == (409, 4)
    assert "This order cannot be rated." in text_of(answer) and "You gave it 4 of 5." in text_of(answer)


@pytest.mark.parametrize("said", [{"score": "6"}, {"score": "0"}, {"score": "four"}, {"do": "eaten"}, {}])
def test_what_nobody_understands_is_said_on_the_page(client: Client, order: Order, said: dict[str, str]) -> None:
    send(order)

    answer = client.post(url_of(order, "received/"), said)

    assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (422, True)
    assert (Parcel.objects.get().arrived_at, Rating.objects.count()) == (None, 0)


def test_whoever_lacks_the_secret_part_says_nothing(client: Client, order: Order) -> None:
    send(order)

    for said in ({"do": "arrived"}, {"score": "1"}):
        assert client.post(f"/orders/{order.ref}/{'x' * 43}/received/", said).status_code == 404

    assert (Parcel.objects.get().arrived_at, Rating.objects.count()) == (None, 0)


def test_to_look_says_nothing(client: Client, order: Order) -> None:
    send(order)

    answer = client.get(url_of(order, "received/"), {"do": "arrived"})

    assert (answer.status_code, answer["Location"]) == (302, f"{url_of(order)}#received")
    assert Parcel.objects.get().arrived_at is None


def test_it_is_said_so_often_and_no_more(client: Client, order: Order, settings: Any) -> None:
    settings.API_RATES = settings.API_RATES | {"received": "2/600"}
    send(order)
    say(client, order, do="arrived")
    say(client, order, score=4)

    answer = client.post(url_of(order, "received/"), {"score": "5"})

    assert (answer.status_code, 0 < int(answer["Retry-After"]) <= 600) == (429, True)
    assert Rating.objects.get().score == 4


def test_of_a_gift_that_was_accepted_its_giver_says_nothing(client: Client, order: Order) -> None:
    send(order)
    make_accepted_gift(order, message="", at=database_now())

    answer = client.post(url_of(order, "received/"), {"do": "arrived"})

    assert (answer.status_code, Parcel.objects.get().arrived_at) == (409, None)
    assert "Whoever accepted the gift has it now." in text_of(answer)
    assert "received/" not in client.get(url_of(order)).content.decode()


def test_of_what_was_sent_back_nothing_is_asked(client: Client, order: Order) -> None:
    send(order)
    Order.objects.filter(pk=order.pk).update(state=OrderState.REFUNDED)

    assert client.post(url_of(order, "received/"), {"score": "4"}).status_code == 409
    assert ("received/" in client.get(url_of(order)).content.decode(), Rating.objects.count()) == (False, 0)


def test_the_thread_hears_of_both_once_and_asks_for_no_number_again(client: Client, buy: Callable[..., Order]) -> None:
    chats: list[Chat] = []

    def talk(shopper: Shopper) -> None:
        chats.append(Chat(shopper))
        chats[0].open()

    order = buy(then=talk)
    send(order)
    chat = chats[0]
    chat.open()

    say(client, order, do="arrived")
    told, asked = chat.news()
    assert (told["body"]["code"], asked["body"]["prompt"]) == ("order_delivered", f"How is Ring mug · Sage? {_rest()}")

    say(client, order, score=4)
    (thanked,) = chat.news()
    assert (thanked["id"], thanked["revision"]) == (asked["id"], 2)
    assert thanked["body"]["prompt"] == f"Thank you: 4 of 5 for Ring mug · Sage. {THANKED}"

    say(client, order, score=4)
    assert chat.news() == []

    (changed,) = chat.tap("2")
    assert (changed["revision"], Rating.objects.get().score) == (3, 2)
    assert "Thank you: 2 of 5." in text_of(client.get(url_of(order)))


def _rest() -> str:
    return ASKED.removeprefix("How is it? ")
