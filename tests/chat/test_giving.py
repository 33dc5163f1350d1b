"""A gift from the chat, on the real database: given, claimed, taken back, told once, and its link kept nowhere."""

import json
import uuid
from datetime import timedelta

import pytest

from creatorshop.chat import listeners, threads
from creatorshop.chat.inbound import read_event
from creatorshop.chat.models import Command, Message, ThreadEvent
from drops.clock import database_now
from drops.sales import gifts
from drops.sales.delivery import Recipient
from drops.sales.gift_ends import expire_due_gifts
from drops.sales.gift_models import GiftClaim, GiftState
from drops.sales.models import Order
from drops.sales.payment import Outcome
from drops.stock.models import Hold
from tests.chat.client import types
from tests.chat.test_threads import make_client, make_held, make_settled
from tests.clock import stopped_clock
from tests.factories import make_payment

pytestmark = pytest.mark.django_db(transaction=True)


def make_buyer():
    """Walk the main road up to a receipt."""
    client = make_held()
    make_settled(make_payment(hold=Hold.objects.get()), Outcome.CAPTURED)
    client.news()
    return client


def make_giver(message=""):
    client = make_buyer()
    [form] = client.tap("Give it to somebody")
    client.send("form", token=form["body"]["token"], values={"message": message})
    return client


def codes(messages):
    return [message["body"].get("code") for message in messages]


def labels(message):
    return [action["label"] for action in message["body"]["actions"]]


def test_a_receipt_is_followed_by_the_button_that_gives_the_order_away():
    client = make_held()
    make_settled(make_payment(hold=Hold.objects.get()), Outcome.CAPTURED)

    news = client.news()

    assert types(news) == ["hold", "receipt", "notice", "choices"]
    assert labels(news[2]) == ["Give it to somebody"]


def test_an_order_is_given_with_the_words_that_were_typed():
    client = make_buyer()

    [form] = client.tap("Give it to somebody")
    [made] = client.send("form", token=form["body"]["token"], values={"message": " Happy birthday\nL. "})

    assert [(f["name"], f["kind"], f["required"]) for f in form["body"]["fields"]] == [("message", "message", False)]
    assert made["body"]["code"] == "gift_made"
    assert labels(made) == ["Get the link", "Take it back"]
    gift = GiftClaim.objects.get()
    assert (gift.message, gift.state) == ("Happy birthday\nL.", GiftState.OPEN)


def test_words_may_stay_out():
    make_giver()

    assert GiftClaim.objects.get().message == ""


def test_nothing_that_a_thread_stores_opens_a_gift():
    make_giver()

    stored = json.dumps([list(model.objects.values()) for model in (ThreadEvent, Message, Command)], default=str)
    assert GiftClaim.objects.count() == 1
    assert "/gift/" not in stored
    assert GiftClaim.objects.get().token_hash not in stored


def test_a_form_that_is_sent_twice_gives_once():
    client = make_buyer()
    [form] = client.tap("Give it to somebody")
    client.send("form", token=form["body"]["token"], values={"message": ""})

    again = client.send("form", token=form["body"]["token"], values={"message": "Again"})

    assert codes(again) == ["gift_made"]
    assert [gift.message for gift in GiftClaim.objects.all()] == [""]


def test_a_gift_is_taken_back():
    client = make_giver()

    [said] = client.tap("Take it back")

    assert said["body"]["code"] == "gift_taken_back"
    assert labels(said) == ["Open the order", "Give it to somebody"]
    assert GiftClaim.objects.get().state == GiftState.REVOKED


def test_that_a_gift_was_claimed_is_said_once_and_nothing_of_who_did():
    listeners.connect()
    client = make_giver()
    order = Order.objects.get()
    _, token = gifts.new_link(order=order, now=order.paid_at)

    gifts.claim(token=token, to=Recipient(name="Mira Sousa"), now=order.paid_at)

    news = client.news()
    assert codes(news) == ["gift_claimed"]
    assert news[0]["fallback_text"].startswith("Your gift was accepted: Ring mug · Sage.")
    assert "Mira" not in json.dumps(news)
    threads.look_again(thread_id=client.thread.pk)
    assert client.news() == []


def test_a_claimed_gift_cannot_be_taken_back():
    client = make_giver()
    order = Order.objects.get()
    _, token = gifts.new_link(order=order, now=order.paid_at)
    button = client.token("Take it back")
    gifts.claim(token=token, to=Recipient(name="Mira Sousa"), now=order.paid_at)
    client.news()

    said = client.send("action", token=button)

    assert codes(said) == ["gift_claimed"]
    assert GiftClaim.objects.get().state == GiftState.CLAIMED


def test_that_nobody_claimed_it_is_said_once_with_a_way_to_give_it_again():
    with stopped_clock(database_now()):
        client = make_giver()
        ends_at = GiftClaim.objects.get().expires_at
    with stopped_clock(ends_at + timedelta(seconds=1)):
        threads.look_again(thread_id=client.thread.pk)
        news = client.news()
        expire_due_gifts(now=ends_at + timedelta(seconds=1))
        threads.look_again(thread_id=client.thread.pk)

        assert [code for code in codes(news) if code and code.startswith("gift")] == ["gift_expired"]
        assert [code for code in codes(client.news()) if code and code.startswith("gift")] == []


def test_words_that_are_too_long_are_refused_and_nothing_is_given():
    client = make_buyer()
    [form] = client.tap("Give it to somebody")

    with pytest.raises(ValueError, match="300 characters"):
        read_event(
            {"id": str(uuid.uuid4()), "kind": "form", "token": form["body"]["token"], "values": {"message": "x" * 301}}
        )

    assert GiftClaim.objects.count() == 0


def test_nobody_gives_the_order_of_somebody_else():
    giver = make_buyer()
    [form] = giver.tap("Give it to somebody")
    stranger = make_client()

    receipt = stranger.try_to_send("form", token=form["body"]["token"], values={"message": ""})

    assert receipt.acked is False
    assert GiftClaim.objects.count() == 0
