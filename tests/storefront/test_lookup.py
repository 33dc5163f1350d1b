"""
Whoever lost the link of an order has it sent again: to the order's own mailbox, and nobody learns anything else.
"""

from __future__ import annotations

import re
import smtplib
from typing import Any

import pytest
from celery.exceptions import Retry
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from creatorshop.storefront.tasks import MAIL_TRIES, mail_order_link
from drops.sales.access import order_access
from drops.sales.models import Order
from tests.storefront.programs import SHOP
from tests.storefront.stalls import Stall, buy, make_stall, tags_of, text_of, without_nonce

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/orders/"
SAME_WORDS = "If there is such an order, we sent a link to that address."


class DeadMailServer(EmailBackend):
    def send_messages(self, messages):
        raise smtplib.SMTPServerDisconnected("gone")


@pytest.fixture(autouse=True)
def shop_url(settings: Any) -> None:
    settings.SHOP_URL = SHOP


@pytest.fixture
def order(stall: Stall, client: Client) -> Order:
    return buy(client, stall)


def ask(client: Client, number: str, email: str, **more: Any) -> Any:
    return client.post(PAGE, {"number": number, "email": email}, **more)


def test_the_owner_gets_the_link_and_it_opens_the_order(client: Client, order: Order, worker_at_hand: None) -> None:
    answer = ask(client, order.ref, "lena@example.org")

    assert (answer.status_code, SAME_WORDS in text_of(answer)) == (200, True)
    [sent] = mail.outbox
    assert sent.to == ["lena@example.org"]
    assert sent.subject == f"Your order {order.ref} from Kiln & Tide"
    link, receipt, way_out = re.findall(r"https?://\S+", sent.body)
    assert way_out == f"{SHOP}/withdraw/"
    assert receipt == f"{link}receipt.pdf"
    assert link == f"{SHOP}/orders/{order.ref}/{order_access(order.ref)}/"
    assert f"Order {order.ref}" in text_of(client.get(link.removeprefix(SHOP)))


def test_a_number_may_be_typed_as_people_type(client: Client, order: Order, worker_at_hand: None) -> None:
    Order.objects.filter(pk=order.pk).update(ref="0K1D2M9XQA")

    ask(client, " ok1d-2m9 xqa ", " Lena@Example.org ")

    assert [sent.to for sent in mail.outbox] == [["lena@example.org"]]


def test_another_spelling_of_the_mailbox_still_writes_to_the_one_of_the_order(
    client: Client, order: Order, worker_at_hand: None
) -> None:
    ask(client, order.ref, "lena+mine@example.org")

    assert [sent.to for sent in mail.outbox] == [["lena@example.org"]]


@pytest.mark.parametrize(("number", "email"), [("", "mallory@example.org"), ("ZZZZZZZZZZ", "lena@example.org")])
def test_whoever_guesses_hears_the_same_and_nobody_gets_mail(
    client: Client, order: Order, worker_at_hand: None, number: str, email: str
) -> None:
    true = ask(client, order.ref, "lena@example.org")
    mail.outbox.clear()

    guessed = ask(client, number or order.ref, email)

    assert (guessed.status_code, without_nonce(guessed)) == (true.status_code, without_nonce(true))
    assert mail.outbox == []


def test_an_order_without_a_mailbox_is_sent_to_nobody(client: Client, order: Order, worker_at_hand: None) -> None:
    Order.objects.filter(pk=order.pk).update(email="")

    ask(client, order.ref, "lena@example.org")

    assert mail.outbox == []


def test_the_page_does_the_same_work_for_every_wish(
    client: Client, order: Order, django_assert_num_queries: Any
) -> None:
    for number, email in ((order.ref, "lena@example.org"), (order.ref, "x@example.org"), ("ZZZZZZZZZZ", "x@y.example")):
        with django_assert_num_queries(0):
            ask(client, number, email)

    assert mail.outbox == []  # a worker does, and none is at hand here


@pytest.mark.parametrize(
    ("number", "email", "sentence"),
    [
        ("12345", "lena@example.org", "An order's number has 10 letters and digits, like 4KD2M9XQ7A."),
        ("", "lena@example.org", "An order's number has 10 letters and digits, like 4KD2M9XQ7A."),
        ("٤٤٤٤٤٤٤٤٤٤", "lena@example.org", "An order's number has 10 letters and digits, like 4KD2M9XQ7A."),
        ("4KD2M9XQ7A", "lena", "Please write an e-mail address, like name@example.org."),
        ("4KD2M9XQ7A", "", "Please write an e-mail address, like name@example.org."),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field(
    client: Client, worker_at_hand: None, number: str, email: str, sentence: str
) -> None:
    answer = ask(client, number, email)

    assert answer.status_code == 422
    assert sentence in text_of(answer).replace("&#x27;", "'")
    [wrong] = [attributes for tag, attributes in tags_of(answer) if attributes.get("aria-invalid")]
    assert wrong["aria-describedby"] == f"{wrong['name']}-error"
    kept = {attributes["name"]: attributes.get("value") for tag, attributes in tags_of(answer) if tag == "input"}
    assert (kept["number"], kept["email"]) == (number, email)
    assert mail.outbox == []


def test_one_mailbox_is_not_written_to_without_end_from_whatever_networks(
    client: Client, order: Order, worker_at_hand: None, settings: Any
) -> None:
    settings.API_RATES = settings.API_RATES | {"order_links_to_mailbox": "2/3600"}
    for network in (1, 2):
        ask(client, order.ref, "lena@example.org", REMOTE_ADDR=f"93.184.{network}.7")

    answer = ask(client, order.ref, "LENA+again@example.org", REMOTE_ADDR="93.184.3.7")

    assert (answer.status_code, len(mail.outbox)) == (429, 2)
    assert 0 < int(answer["Retry-After"]) <= 3600
    assert "That was asked often enough for now. Please try again in" in text_of(answer)
    assert ask(client, "ZZZZZZZZZZ", "other@example.org", REMOTE_ADDR="93.184.3.7").status_code == 200


def test_one_network_does_not_ask_without_end_for_whatever_mailboxes(
    client: Client, order: Order, worker_at_hand: None, settings: Any
) -> None:
    settings.API_RATES = settings.API_RATES | {"order_links": "2/3600"}
    for host in (1, 2):
        ask(client, "ZZZZZZZZZZ", f"guess-{host}@example.org", REMOTE_ADDR=f"93.184.216.{host}")

    answer = ask(client, order.ref, "lena@example.org", REMOTE_ADDR="93.184.216.3")

    assert (answer.status_code, len(mail.outbox)) == (429, 0)
    assert ask(client, order.ref, "lena@example.org", REMOTE_ADDR="93.184.217.3").status_code == 200
    assert len(mail.outbox) == 1


def test_when_nobody_takes_the_wish_the_page_says_so_for_every_wish(
    client: Client, order: Order, no_broker: None
) -> None:
    answers = [ask(client, order.ref, "lena@example.org"), ask(client, "ZZZZZZZZZZ", "lena@example.org")]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert all("We could not send anything just now." in text_of(answer) for answer in answers)
    assert mail.outbox == []


def test_a_mail_server_that_takes_nothing_is_tried_again_and_then_let_be(
    order: Order, settings: Any, caplog: Any
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.DeadMailServer"
    wish = {"ref": order.ref, "email": "lena@example.org"}

    with pytest.raises(Retry):
        mail_order_link.apply(kwargs=wish, throw=True)
    mail_order_link.apply(kwargs=wish, retries=MAIL_TRIES, throw=True)

    [said] = [record for record in caplog.records if record.name == "creatorshop.storefront.tasks"]
    assert (said.levelname, said.getMessage()) == (
        "WARNING",
        "Unable to send an order's link: SMTPServerDisconnected",
    )
    assert "lena" not in caplog.text


def test_the_page_is_found_from_the_foot_of_every_page_and_from_an_order_that_is_not_there(client: Client) -> None:
    make_stall()

    for path in ("/", "/kiln-and-tide/", "/kiln-and-tide/p/ring-mug/", "/no-such-place/"):
        assert "/orders/" in [attributes.get("href") for tag, attributes in tags_of(client.get(path)) if tag == "a"]
    gone = client.get("/orders/4KD2M9XQ7A/forged/")

    [link] = [
        attributes["href"] for tag, attributes in tags_of(gone) if tag == "a" and attributes.get("class") == "button"
    ]
    assert link == "/orders/?number=4KD2M9XQ7A"
    [number] = [attributes for tag, attributes in tags_of(client.get(link)) if attributes.get("name") == "number"]
    assert number["value"] == "4KD2M9XQ7A"
    assert mail.outbox == []


def test_the_page_is_kept_out_of_caches_and_needs_no_script(client: Client) -> None:
    answer = client.get(PAGE)

    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store, private", "noindex")
    assert [tag for tag, _ in tags_of(answer) if tag == "script"] == []
    assert client.delete(PAGE).status_code == 405


def test_a_forged_form_sends_nothing(order: Order, worker_at_hand: None) -> None:
    stranger = Client(enforce_csrf_checks=True)

    answer = ask(stranger, order.ref, "lena@example.org")

    assert (answer.status_code, len(mail.outbox)) == (403, 0)
