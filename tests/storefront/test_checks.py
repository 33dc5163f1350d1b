"""The page that asks for a code: by e-mail, in two steps, without JavaScript."""

import re
import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from drops.clock import database_now
from drops.risk import step_ups
from drops.risk.models import RiskRules, StepUp
from drops.stock.models import Hold
from tests.clock import stopped_clock
from tests.factories import make_shopper
from tests.storefront.stalls import Stall, form_of, make_stall, text_of

pytestmark = pytest.mark.django_db(transaction=True)


class DeadMailServer(EmailBackend):
    def send_messages(self, messages):
        raise smtplib.SMTPServerDisconnected("gone")


@pytest.fixture
def stall() -> Stall:
    return make_stall()


@pytest.fixture
def shopper(stall):
    return make_shopper(creator=stall.creator)


def page_of(shopper):
    return f"/check/{step_ups.link_token(shopper)}/"


def sent_code():
    [message] = mail.outbox[-1:]
    return re.search(r"\b\d{6}\b", message.body)[0]


def test_a_code_is_sent_and_given_back(client: Client, shopper):
    page = page_of(shopper)
    assert "Your e-mail address" in text_of(client.get(page))
    assert (len(mail.outbox), StepUp.objects.count()) == (0, 0)

    asked = client.post(page, {"do": "send", "email": "lena@example.org"})
    assert "We sent a code to lena@example.org . It is good for 10 minutes." in text_of(asked)
    assert mail.outbox[0].to == ["lena@example.org"]
    assert "Kiln & Tide" in mail.outbox[0].subject

    passed = client.post(page, {"do": "give_back", "email": "lena@example.org", "code": sent_code()})
    assert "Thank you, that was all. You can hold again." in text_of(passed)
    assert step_ups.is_passed(shopper=shopper, now=database_now())
    assert "Thank you, that was all." in text_of(client.get(page))


def test_a_wrong_code_says_so_and_keeps_the_address(client: Client, shopper):
    client.post(page_of(shopper), {"do": "send", "email": "lena@example.org"})

    answer = client.post(page_of(shopper), {"do": "give_back", "email": "lena@example.org", "code": "no"})

    assert answer.status_code == 409
    assert "That is not the code. Please look again." in text_of(answer)
    assert "lena@example.org" in text_of(answer)
    assert StepUp.objects.get().tries == 1


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("lena", "Please write an e-mail address, like name@example.org."),
        ("lena@mailinator.com", "Mailboxes of this service are thrown away. Please use one that you keep."),
    ],
)
def test_what_is_no_lasting_mailbox_gets_no_code(client: Client, shopper, email, words):
    answer = client.post(page_of(shopper), {"do": "send", "email": email})

    assert answer.status_code == 422
    assert words in text_of(answer)
    assert (len(mail.outbox), StepUp.objects.count()) == (0, 0)


def test_too_many_codes_are_refused_in_words(client: Client, shopper):
    for number in range(3):
        client.post(page_of(shopper), {"do": "send", "email": f"lena{number}@example.org"})

    answer = client.post(page_of(shopper), {"do": "send", "email": "lena@example.org"})

    assert answer.status_code == 409
    assert "Several codes are on their way already." in text_of(answer)
    assert len(mail.outbox) == 3


def test_a_dead_mail_server_is_said_and_lets_nobody_through(client: Client, shopper, settings):
    settings.EMAIL_BACKEND = "tests.storefront.test_checks.DeadMailServer"

    answer = client.post(page_of(shopper), {"do": "send", "email": "lena@example.org"})

    assert answer.status_code == 503
    assert "We could not send the code just now." in text_of(answer)
    assert not step_ups.is_passed(shopper=shopper, now=database_now())


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_forged_or_old_link_is_nobodys(client: Client, shopper, method):
    assert getattr(client, method)("/check/forged/").status_code == 404
    assert StepUp.objects.count() == 0


def test_the_page_is_kept_out_of_frames_caches_and_search_engines(client: Client, shopper):
    answer = client.get(page_of(shopper))

    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"


def test_a_code_is_only_taken_from_our_own_form(shopper):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(page_of(shopper), {"do": "send", "email": "lena@example.org"}).status_code == 403
    assert len(mail.outbox) == 0


def wish(client, stall):
    return client.post(stall.url, form_of(client.get(stall.url, {"sku": "RM-SAGE"}), "hold"))


def test_from_a_refused_hold_over_the_code_to_the_hold_on_the_page(client: Client, stall):
    RiskRules.objects.create(creator=stall.creator, slow_down_from=5, step_up_from=5)

    refused = wish(client, stall)
    assert refused.status_code == 409
    assert "Please confirm your e-mail address first" in text_of(refused)
    page = re.search(r'href="(/check/[^"]+)"', refused.content.decode())[1]
    client.post(page, {"do": "send", "email": "lena@example.org"})
    client.post(page, {"do": "give_back", "code": sent_code()})
    held = wish(client, stall)

    assert held["Location"] == f"/checkout/{Hold.objects.get().ref}/"
    assert Hold.objects.get().risk["decided_by"] == "code"


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"slow_down_from": 5}, "A few others go first. You can hold in 20 seconds."),
        (
            {"slow_down_from": 5, "step_up_from": 5, "block_from": 5, "contact": "hello@kiln.example"},
            "If you think that is a mistake, write to hello@kiln.example and mention",
        ),
    ],
)
def test_the_page_says_what_the_chat_says(client: Client, stall, rules, words):
    RiskRules.objects.create(creator=stall.creator, **rules)
    with stopped_clock(database_now()):
        answer = wish(client, stall)

    assert answer.status_code == 409
    assert words in text_of(answer)
    assert "shopper_" not in text_of(answer)
    assert Hold.objects.count() == 0


def test_a_form_tells_when_its_price_was_shown_and_a_forged_one_counts_as_now(client: Client, stall):
    earlier = database_now() - timedelta(seconds=30)
    with stopped_clock(earlier):
        form = form_of(client.get(stall.url, {"sku": "RM-SAGE"}), "hold")
    client.post(stall.url, form)
    quote = Hold.objects.get().shopper.quotes.get()
    assert abs(quote.shown_at - earlier) < timedelta(milliseconds=2)

    other = Client()
    other.post(stall.url, form | {"shown": "2020-01-01T00:00:00Z:forged"})
    assert Hold.objects.latest("pk").shopper.quotes.get().shown_at > earlier + timedelta(seconds=20)
