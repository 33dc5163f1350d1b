"""Letters as they leave the house."""

import smtplib
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from creatorshop.nudges.asking import ask_mailboxes
from creatorshop.nudges.letters import TestCopyLost, preview_html, send_letters, send_test_copy
from creatorshop.nudges.mails import MailAway
from drops.documents.models import Seller
from drops.letters import links, stopping
from drops.letters.models import CopyState, Letter, LetterCopy, LetterState
from drops.letters.sending import AGAIN_IN, send_letter
from drops.reminders.contacts import MailAddressUnusable
from tests.clock import set_clock, stopped_clock
from tests.drops.letters.makers import ask, make_letter, make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 12, 4, 12, 0, tzinfo=UTC)
ENOUGH = timedelta(seconds=30)


class ClosedMailServer(EmailBackend):
    def open(self):
        raise ConnectionRefusedError("gone")


class SulkyMailServer(EmailBackend):
    def send_messages(self, messages):
        raise smtplib.SMTPServerDisconnected("in the middle of it")


@pytest.fixture(autouse=True)
def clock():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def letter(clock):
    return make_letter(body="Hello <b>you</b>.\nSecond line.\n\nSee https://kiln.example/mugs?a=1&b=2.")


def test_a_mailbox_is_asked_once_with_a_stop_in_the_question(letter):
    subscriber = ask(letter.creator)

    assert (ask_mailboxes(), ask_mailboxes()) == (1, 0)

    (question,) = mail.outbox
    assert (question.to, question.subject) == (
        ["lena@example.org"],
        f"Shall we send you the letter of {letter.creator.name}?",
    )
    assert f"https://shop.example/letters/yes/{links.confirm_token(subscriber)}/" in question.body
    assert question.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_question_that_was_stopped_before_it_left_is_not_sent(letter):
    stopping.stop(subscriber=ask(letter.creator), now=NOON)

    assert ask_mailboxes() == 0
    assert mail.outbox == []


def test_a_letter_has_its_paragraphs_its_links_and_a_stop_of_one_tap(letter):
    Seller.objects.create(creator=letter.creator, legal_name="Kiln Lda", street="Rua 1", city="Lisboa", country="PT")
    reader = make_subscriber(letter.creator, time_zone="Europe/London")
    send_letter(letter=letter, actor="office:ana", now=NOON)

    assert (send_letters(within=ENOUGH), send_letters(within=ENOUGH)) == (1, 0)

    (sent,) = mail.outbox
    stop = f"https://shop.example/letters/stop/{links.stop_token(reader)}/"
    assert sent.extra_headers["List-Unsubscribe"] == f"<{stop}>"
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent.body == (
        "The kiln is warm\n\nHello <b>you</b>.\nSecond line.\n\nSee https://kiln.example/mugs?a=1&b=2.\n\n--\n"
        f"{letter.creator.name}: https://shop.example/{letter.creator.slug}/\n"
        f"You asked for this letter, and said yes to it on 4 December 2026.\nStop: {stop}\nKiln Lda, Rua 1, Lisboa PT\n\n"
    )
    html = sent.alternatives[0][0]
    assert "Hello &lt;b&gt;you&lt;/b&gt;.<br>Second line.</p>" in html
    assert '<a href="https://kiln.example/mugs?a=1&amp;b=2" style="color:#0e5b3f">' in html
    assert Letter.objects.get().state == LetterState.SENT


def test_a_letter_waits_for_a_mail_server_that_is_away(letter, settings):
    make_subscriber(letter.creator, time_zone="Europe/London")
    send_letter(letter=letter, actor="office:ana", now=NOON)
    settings.EMAIL_BACKEND = "tests.nudges.test_letters.ClosedMailServer"
    assert send_letters(within=ENOUGH) == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert send_letters(within=ENOUGH) == 0
    set_clock(NOON + AGAIN_IN)
    assert send_letters(within=ENOUGH) == 1

    assert len(mail.outbox) == 1


def test_a_copy_that_may_have_gone_out_is_not_sent_again(letter, settings):
    make_subscriber(letter.creator, time_zone="Europe/London")
    send_letter(letter=letter, actor="office:ana", now=NOON)
    settings.EMAIL_BACKEND = "tests.nudges.test_letters.SulkyMailServer"
    assert send_letters(within=ENOUGH) == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    set_clock(NOON + timedelta(hours=1))
    assert send_letters(within=ENOUGH) == 0

    assert (mail.outbox, LetterCopy.objects.get().state) == ([], CopyState.UNSENT)


def test_nobody_gets_a_letter_in_their_night(letter):
    make_subscriber(letter.creator, time_zone="Asia/Tokyo")
    send_letter(letter=letter, actor="office:ana", now=NOON)

    assert send_letters(within=ENOUGH) == 0
    set_clock(datetime(2026, 12, 5, 0, 0, tzinfo=UTC))
    assert send_letters(within=ENOUGH) == 1


def test_the_writer_gets_a_test_copy_and_nobody_else_does(letter):
    make_subscriber(letter.creator)

    send_test_copy(letter=letter, address="ana@kiln.example")

    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["ana@kiln.example"], "The kiln is warm")
    assert f"Stop: https://shop.example/{letter.creator.slug}/" in sent.body
    assert "List-Unsubscribe" not in sent.extra_headers
    letter.refresh_from_db()
    assert (letter.state, LetterCopy.objects.count()) == (LetterState.DRAFT, 0)


@pytest.mark.parametrize(
    ("server", "address", "refusal"),
    [
        ("ClosedMailServer", "ana@kiln.example", MailAway),
        ("SulkyMailServer", "ana@kiln.example", TestCopyLost),
        ("SulkyMailServer", "", MailAddressUnusable),
    ],
)
def test_a_test_copy_that_does_not_leave_says_why(letter, settings, server, address, refusal):
    settings.EMAIL_BACKEND = f"tests.nudges.test_letters.{server}"

    with pytest.raises(refusal):
        send_test_copy(letter=letter, address=address)

    assert mail.outbox == []


def test_the_preview_is_the_mail_itself(letter):
    assert "Hello &lt;b&gt;you&lt;/b&gt;.<br>Second line.</p>" in preview_html(letter=letter)
