"""A return in the chat, on the real database: the way to it for whoever asks, and the shop's word told once."""

from datetime import timedelta

import pytest

from creatorshop.chat import listeners
from drops.audience.models import Shopper
from drops.catalog.models import Product
from drops.clock import database_now
from drops.returns import handling
from drops.returns.requesting import request_return
from drops.sales.access import order_access
from drops.sales.models import Order, OrderState
from drops.sales.payment import Outcome
from drops.stock.models import Hold
from tests.chat.test_threads import make_client, make_held, make_mugs, make_settled
from tests.factories import make_payment

pytestmark = pytest.mark.django_db(transaction=True)


def make_buyer(*, days_ago, drop=None):
    """Walk the main road up to an order that was handed over so many days ago."""
    client = make_held(drop)
    make_settled(make_payment(hold=Hold.objects.get()), Outcome.CAPTURED)
    client.news()
    order = Order.objects.get()
    order.terms["delivery"]["latest_date"] = None
    order.state, order.fulfilled_at = OrderState.FULFILLED, database_now() - timedelta(days=days_ago)
    order.save()
    client.news()
    return client, order


def ask_for_it(order, reason="damaged"):
    return request_return(order_ref=order.ref, quantities={0: 1}, reason=reason, actor="shopper:order page")


def told(client):
    return [m["body"]["text"] for m in client.news() if m["body"].get("code", "").startswith("return")]


def test_whoever_asks_is_led_to_the_page_of_their_latest_order_with_its_last_day():
    client, order = make_buyer(days_ago=0)

    *_, answer = client.send("text", text="Can I send it back?")

    assert answer["body"]["code"] == "returns"
    assert answer["body"]["text"].startswith(f"Order {order.ref}, {order.terms['title']}: you can send it back until ")
    [way] = answer["body"]["actions"]
    assert way["label"] == "Send it back"
    assert way["url"].endswith(f"/orders/{order.ref}/{order_access(order.ref)}/return/")


def test_after_the_last_day_they_hear_that_they_can_ask():
    client, _ = make_buyer(days_ago=15)

    *_, answer = client.send("text", text="Can I send it back?")

    assert answer["body"]["text"].endswith("You can still ask the shop.")


def test_without_an_order_the_rule_is_said():
    client = make_client()
    client.send("opened")

    *_, answer = client.send("text", text="Can I send it back?")

    assert answer["body"]["prompt"] == "You can send it back within 14 days of getting it."


@pytest.mark.parametrize(
    ("rule", "language", "words"),
    [
        ("sealed", "en", "You can send it back within 14 days of getting it. Its seal has to be unbroken then."),
        ("made_for_buyer", "en", "It is made for you, so it can only go back if something is wrong with it."),
        ("made_for_buyer", "de", "Es wird für dich angefertigt und kann nur zurück, wenn etwas damit nicht stimmt."),
    ],
)
def test_what_is_excepted_is_said_with_the_price_and_to_whoever_asks_before(rule, language, words):
    Product.objects.filter(creator=(drop := make_mugs()).creator).update(return_rule=rule)
    client = make_client(drop)
    Shopper.objects.update(locale=language)
    client.open()
    client.tap("Sage")

    *_, quote = client.tap("At the counter")
    assert quote["body"]["returns_text"].startswith(words)

    *_, answer = client.send("text", text={"en": "Can I send it back?", "de": "Kann ich es zurückgeben?"}[language])
    assert answer["body"]["prompt"] == f"Ring mug: {words}"


def test_nobody_is_told_of_a_last_day_for_what_was_made_for_them():
    Product.objects.filter(creator=(drop := make_mugs()).creator).update(return_rule="made_for_buyer")
    client, order = make_buyer(days_ago=12, drop=drop)  # when others are reminded that their days end

    *_, answer = client.send("text", text="Can I send it back?")

    assert answer["body"]["text"] == "It is made for you, so it can only go back if something is wrong with it."
    assert [way["label"] for way in answer["body"]["actions"]] == ["Send it back"]
    assert order.terms["return_days"] == 0


def test_a_withdrawal_is_told_once():
    client, order = make_buyer(days_ago=0)

    returned = ask_for_it(order)

    words = f"Order {order.ref}, {order.terms['title']}: your withdrawal is here. Its page says what comes next."
    assert told(client) == [words]
    listeners.on_return_changed(order_id=order.pk, return_id=returned.pk, state="approved")
    handling.note_sent(ref=returned.ref, actor="shopper:order page", now=database_now())
    handling.receive(ref=returned.ref, actor="office:ines", now=database_now())
    assert told(client) == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (handling.approve, "Kiln & Tide agreed that it comes back. Its page says where to send it."),
        (handling.reject, "Kiln & Tide did not agree that it comes back. It was used."),
    ],
)
def test_the_shops_answer_is_told_once(answer, words):
    client, order = make_buyer(days_ago=15)
    returned = ask_for_it(order)
    assert told(client) == []

    answer(ref=returned.ref, actor="office:ines", now=database_now(), words="It was used.")

    [said] = told(client)
    assert said == f"Order {order.ref}, {order.terms['title']}: {words}"
    returned.refresh_from_db()
    listeners.on_return_changed(order_id=order.pk, return_id=returned.pk, state=returned.state)
    assert told(client) == []
