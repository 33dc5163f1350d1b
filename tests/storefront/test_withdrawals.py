"""
Withdrawing from a contract without a login and without the order's link: two steps, one answer for everybody, and a mail
that acknowledges what was declared.
"""

from __future__ import annotations

import smtplib
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery.exceptions import Retry
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from creatorshop.storefront import wording
from creatorshop.storefront.return_mails import mail_returns
from creatorshop.storefront.tasks import withdraw_order
from drops.clock import database_now
from drops.documents.models import Seller
from drops.returns import handling
from drops.returns.models import Return, ReturnEvent, ReturnReason, ReturnState
from drops.returns.notices import ReturnNotice
from drops.returns.refunding import preview_return_refund, refund_return
from drops.returns.requesting import request_return
from drops.sales.access import order_access
from drops.sales.models import Order, OrderState, Payment, PaymentState
from tests.clock import stopped_clock
from tests.storefront.programs import SHOP
from tests.storefront.stalls import (
    Stall,
    buy,
    hand_over,
    make_stall,
    tags_of,
    text_of,
    without_nonce,
)

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/withdraw/"
LISBON = ZoneInfo("Europe/Lisbon")
SAME_WORDS = "If there is such an order, it has your withdrawal, and we mailed an acknowledgement to that address."


class ShutMailServer(EmailBackend):
    def open(self):
        raise smtplib.SMTPServerDisconnected("gone")


@pytest.fixture(autouse=True)
def shop_url(settings: Any) -> None:
    settings.SHOP_URL = SHOP


@pytest.fixture
def order(stall: Stall, client: Client) -> Order:
    """Return two mugs that Lena has since today."""
    order = buy(client, stall, quantity="2")
    hand_over()
    order.refresh_from_db()
    return order


def declare(client: Client, number: str, email: str, **more: Any) -> Any:
    form = {"number": number, "email": email, "name": more.pop("name", ""), "do": more.pop("do", "confirm")}
    return client.post(PAGE, form, **more)


def link_of(order: Order) -> str:
    return f"{SHOP}/orders/{order.ref}/{order_access(order.ref)}/"


def send_back(order: Order, units: int = 1, reason: str = "damaged") -> Return:
    return request_return(order_ref=order.ref, quantities={0: units}, reason=reason, actor="shopper:order page")


def test_two_steps_withdraw_from_everything_and_the_mail_acknowledges_it(
    client: Client, order: Order, worker_at_hand: None
) -> None:
    Seller.objects.create(creator=order.creator, legal_name="Ines Prado", street="Rua do Forno 3", city="Lisboa")
    second = declare(client, order.ref.lower(), "lena@example.org", name="Lena Vogt", do="look")
    assert f"I withdraw from the contract about everything that is left of order {order.ref} ." in text_of(second)
    assert (Return.objects.count(), mail.outbox) == (0, [])
    hidden = {t["name"]: t["value"] for n, t in tags_of(second) if n == "input" and t["type"] == "hidden"}
    del hidden["csrfmiddlewaretoken"]

    answer = client.post(PAGE, hidden | {"do": "confirm"})

    assert (answer.status_code, SAME_WORDS in text_of(answer)) == (200, True)
    returned = Return.objects.get()
    assert (returned.state, returned.is_withdrawal, returned.reason, returned.note) == (
        ReturnState.APPROVED,
        True,
        ReturnReason.CHANGED_MIND,
        "Declared by Lena Vogt.",
    )
    assert [(line.label, line.quantity) for line in returned.lines.all()] == [("Ring mug · Sage", 2)]
    at = returned.created_at
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["lena@example.org"], f"Your withdrawal from order {order.ref}")
    assert sent.from_email.startswith('"Kiln & Tide" <') or sent.from_email.startswith("Kiln & Tide <")
    said = f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC ({wording.day_and_clock(at, LISBON)} Lisbon time)"
    by = wording.day(at.astimezone(LISBON).date() + timedelta(days=14))
    assert sent.body == (
        "We have your withdrawal. This is its acknowledgement: please keep it.\n\n"
        f"Said on: {said}\n"
        f"Order: {order.ref} from Kiln & Tide\n"
        "About: 2 × Ring mug · Sage\n"
        "Buyer: Lena Vogt\n"
        "Statement: I withdraw from the contract about what is named above.\n"
        "Note: Declared by Lena Vogt.\n\n"
        f"Nobody has to agree to it. Please send it by {by} to:\n\n"
        "  Ines Prado\n  Rua do Forno 3\n  Lisboa\n\n"
        "You pay the postage back. If it is damaged or not what you bought, the shop pays it.\n\n"
        "Your money comes back by the way you paid, within 14 days. The shop may wait until it has the goods, or until "
        "you show that you sent them.\n\n"
        f"Your order's page, where all of it is shown: {link_of(order)}\n\n"
        "Whoever has that address sees what you see. If you want to keep it after all, or if it was not you, say so there.\n"
    )


def test_twice_is_once_and_mails_the_acknowledgement_again_a_few_times_a_day(
    client: Client, order: Order, worker_at_hand: None, settings: Any
) -> None:
    settings.API_RATES = settings.API_RATES | {"withdrawals_again": "2/86400"}
    for network in range(5):
        answer = declare(client, order.ref, "lena@example.org", REMOTE_ADDR=f"93.184.{network}.7")
        assert SAME_WORDS in text_of(answer)

    assert (Return.objects.count(), ReturnEvent.objects.count()) == (1, 1)
    assert len(mail.outbox) == 3
    assert len({sent.body for sent in mail.outbox}) == 1


def test_what_is_on_its_way_back_already_is_left_as_it_is(client: Client, order: Order, worker_at_hand: None) -> None:
    first = send_back(order)
    mail.outbox.clear()

    declare(client, order.ref, "lena@example.org")

    second = Return.objects.exclude(pk=first.pk).get()
    assert [(line.row, line.quantity) for line in second.lines.all()] == [(0, 1)]
    first.refresh_from_db()
    assert (first.state, first.reason) == (ReturnState.APPROVED, ReturnReason.DAMAGED)
    assert [("About: 1 × Ring mug · Sage\n" in sent.body) for sent in mail.outbox] == [True]


def test_after_the_last_day_it_is_asked_of_the_shop_and_the_mail_says_so(
    client: Client, order: Order, worker_at_hand: None
) -> None:
    hand_over(days_ago=15)

    declare(client, order.ref, "lena@example.org")

    returned = Return.objects.get()
    assert (returned.state, returned.is_withdrawal) == (ReturnState.REQUESTED, False)
    [sent] = mail.outbox
    assert sent.subject == f"Your return of order {order.ref} was passed on"
    last_day = wording.day(database_now().astimezone(LISBON).date() - timedelta(days=1))
    assert sent.body.startswith(
        f"You said that you want to send something back after the last day for it, {last_day}, so it is asked of "
        "Kiln & Tide, who answers you.\n\nSaid on: "
    )
    assert "Statement" not in sent.body


def test_a_statement_in_time_counts_though_its_worker_comes_after_the_last_day(order: Order) -> None:
    hand_over(days_ago=14)
    said_at = database_now()

    with stopped_clock(said_at + timedelta(days=2)):
        withdraw_order.apply(
            kwargs={"ref": order.ref, "email": "lena@example.org", "name": "", "declared_at": said_at.isoformat()}
        )

    returned = Return.objects.get()
    assert (returned.is_withdrawal, returned.created_at) == (True, said_at)


@pytest.mark.parametrize(("number", "email"), [("", "mallory@example.org"), ("ZZZZZZZZZZ", "lena@example.org")])
def test_whoever_guesses_hears_the_same_and_nothing_happens(
    client: Client, order: Order, worker_at_hand: None, number: str, email: str
) -> None:
    guessed = declare(client, number or order.ref, email)
    assert (Return.objects.count(), mail.outbox) == (0, [])

    true = declare(client, order.ref, "lena@example.org")

    assert (guessed.status_code, without_nonce(guessed)) == (true.status_code, without_nonce(true))


def test_the_page_does_the_same_work_for_every_statement(
    client: Client, order: Order, django_assert_num_queries: Any
) -> None:
    for number, email in ((order.ref, "lena@example.org"), (order.ref, "x@example.org"), ("ZZZZZZZZZZ", "x@y.example")):
        with django_assert_num_queries(1):  # what time it is
            declare(client, number, email)

    assert (Return.objects.count(), mail.outbox) == (0, [])  # a worker does, and none is at hand here


@pytest.mark.parametrize("deed", ["look", "confirm"])
@pytest.mark.parametrize(
    ("number", "email", "field", "sentence"),
    [
        ("12345", "lena@example.org", "number", "An order's number has 10 letters and digits, like 4KD2M9XQ7A."),
        ("4KD2M9XQ7A", "lena", "email", "Please write an e-mail address, like name@example.org."),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field_and_kept(
    client: Client, worker_at_hand: None, deed: str, number: str, email: str, field: str, sentence: str
) -> None:
    answer = declare(client, number, email, name="Lena Vogt", do=deed)

    assert (answer.status_code, sentence in text_of(answer).replace("&#x27;", "'")) == (422, True)
    inputs = {t["name"]: t for n, t in tags_of(answer) if n == "input"}
    assert [name for name, tag in inputs.items() if tag.get("aria-invalid")] == [field]
    assert (inputs["number"]["value"], inputs["email"]["value"], inputs["name"]["value"]) == (
        number,
        email,
        "Lena Vogt",
    )
    assert mail.outbox == []


def test_one_network_does_not_declare_without_end(
    client: Client, order: Order, worker_at_hand: None, settings: Any
) -> None:
    settings.API_RATES = settings.API_RATES | {"withdrawals": "2/3600"}
    for host in (1, 2):
        declare(client, "ZZZZZZZZZZ", f"guess-{host}@example.org", REMOTE_ADDR=f"93.184.216.{host}")

    answer = declare(client, order.ref, "lena@example.org", REMOTE_ADDR="93.184.216.3")

    assert (answer.status_code, Return.objects.count(), mail.outbox) == (429, 0, [])
    assert 0 < int(answer["Retry-After"]) <= 3600
    # What somebody else has typed about her order takes nothing away from its buyer.
    declare(client, order.ref, "lena@example.org", REMOTE_ADDR="93.184.217.3")
    assert Return.objects.count() == 1


def test_when_nobody_takes_the_statement_the_page_says_that_nothing_was_declared(
    client: Client, order: Order, no_broker: None
) -> None:
    answers = [declare(client, order.ref, "lena@example.org"), declare(client, "ZZZZZZZZZZ", "lena@example.org")]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert all("so nothing was declared. Please try again in a moment" in text_of(answer) for answer in answers)
    assert all("Confirm withdrawal" in text_of(answer) for answer in answers)
    assert Return.objects.count() == 0


def test_a_mail_server_that_lets_nobody_in_gets_the_acknowledgement_later_and_once(order: Order, settings: Any) -> None:
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.ShutMailServer"
    withdraw_order.apply(
        kwargs={
            "ref": order.ref,
            "email": "lena@example.org",
            "name": "",
            "declared_at": database_now().isoformat(),
        },
        throw=True,
    )
    assert (Return.objects.count(), ReturnNotice.objects.count(), mail.outbox) == (1, 0, [])
    settings.EMAIL_BACKEND = backend

    assert (mail_returns(), mail_returns(), len(mail.outbox)) == (1, 0, 1)


def test_a_withdrawal_that_comes_before_the_money_is_captured_is_carried_out_afterwards(
    client: Client, order: Order
) -> None:
    Payment.objects.update(state=PaymentState.AUTHORISED)
    said_at = database_now()
    wish = {"ref": order.ref, "email": "lena@example.org", "name": "", "declared_at": said_at.isoformat()}
    with pytest.raises(Retry):
        withdraw_order.apply(kwargs=wish, throw=True)
    assert (Return.objects.count(), mail.outbox) == (0, [])
    page = client.get(link_of(order).removeprefix(SHOP) + "return/")
    assert "Your payment is not settled yet" in text_of(page)

    Payment.objects.update(state=PaymentState.CAPTURED)
    withdraw_order.apply(kwargs=wish, throw=True)

    assert (Return.objects.get().created_at, len(mail.outbox)) == (said_at, 1)


def test_where_nothing_is_left_the_mail_says_so(order: Order, settings: Any) -> None:
    Order.objects.update(state=OrderState.REFUNDED)
    wish = {"ref": order.ref, "email": "lena@example.org", "name": "", "declared_at": database_now().isoformat()}

    withdraw_order.apply(kwargs=wish, throw=True)

    [sent] = mail.outbox
    assert sent.body.startswith(
        f"You withdrew from order {order.ref} from Kiln & Tide. Nothing of it is left to withdraw from"
    )
    assert Return.objects.count() == 0
    settings.EMAIL_BACKEND = f"{__name__}.ShutMailServer"
    with pytest.raises(Retry):
        withdraw_order.apply(kwargs=wish, throw=True)


def test_the_shops_answer_its_address_and_the_money_are_mailed_once_each(order: Order) -> None:
    hand_over(days_ago=15)
    asked = send_back(order)
    assert mail_returns() == 1
    handling.approve(ref=asked.ref, actor="office:ines", now=database_now(), words="We are sorry about the chip.")
    plan = preview_return_refund(ref=asked.ref)
    refund_return(ref=asked.ref, plan_hash=plan.hash, actor="office:ines", reason="a chip")

    assert (mail_returns(), mail_returns()) == (2, 0)

    _, agreed, paid = mail.outbox
    by = wording.day(database_now().astimezone(LISBON).date() + timedelta(days=14))
    assert agreed.subject == f"Kiln & Tide agreed to your return of order {order.ref}"
    assert agreed.body.startswith(
        "Kiln & Tide agreed that this comes back: 1 × Ring mug · Sage.\n\nWe are sorry about the chip.\n\n"
        f"Please send it by {by}. Kiln & Tide writes to you where to.\n"
    )
    assert paid.subject == f"Your money for the return of order {order.ref}"
    assert paid.body.startswith("€39.14 goes back to you, by the way you paid, for: 1 × Ring mug · Sage.\n")


def test_a_no_and_an_end_are_mailed_with_their_reason(order: Order) -> None:
    hand_over(days_ago=15)
    no, over = send_back(order), send_back(order)
    mail_returns()
    mail.outbox.clear()
    handling.reject(ref=no.ref, actor="office:ines", now=database_now(), words="It was used for a year.")
    handling.approve(ref=over.ref, actor="office:ines", now=database_now())
    handling.call_off(ref=over.ref, actor="office:ines", now=database_now(), words="It never came.")

    assert (mail_returns(), mail_returns()) == (3, 0)

    words = {sent.subject: sent.body for sent in mail.outbox}
    assert words[f"Kiln & Tide answered about your return of order {order.ref}"].startswith(
        "Kiln & Tide did not agree that this comes back: 1 × Ring mug · Sage.\n\nIt was used for a year.\n"
    )
    assert words[f"Your return of order {order.ref} has ended"].startswith(
        "Kiln & Tide ended the return of 1 × Ring mug · Sage. No money goes back for it.\n\nIt never came.\n"
    )


def test_the_way_out_is_at_the_foot_of_every_page(client: Client) -> None:
    make_stall()

    for path in ("/", "/kiln-and-tide/", "/kiln-and-tide/p/ring-mug/", "/orders/", "/no-such-place/"):
        links = [tag.get("href") for name, tag in tags_of(client.get(path)) if name == "a"]
        assert links.count("/withdraw/") == 1
    assert f"on the page of the order, or at {SHOP}/withdraw/." in client.get("/llms.txt").content.decode()
    assert "Disallow: /withdraw/" in client.get("/robots.txt").content.decode()


def test_the_page_is_kept_out_of_caches_and_needs_no_script(client: Client) -> None:
    answer = client.get(PAGE, {"number": "4KD2M9XQ7A"})

    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store, private", "noindex")
    assert [tag for tag, _ in tags_of(answer) if tag == "script"] == []
    inputs = {t["name"]: t.get("value") for n, t in tags_of(answer) if n == "input"}
    assert (inputs["number"], inputs["name"], inputs["email"]) == ("4KD2M9XQ7A", "", "")
    assert client.delete(PAGE).status_code == 405


def test_a_forged_form_declares_nothing(order: Order, worker_at_hand: None) -> None:
    answer = declare(Client(enforce_csrf_checks=True), order.ref, "lena@example.org")

    assert (answer.status_code, Return.objects.count(), mail.outbox) == (403, 0, [])
