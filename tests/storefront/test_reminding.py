"""The page that asks where to tell you, the browser's own way, and the links of a mail."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client

from creatorshop.nudges.asking import ask_mailboxes
from drops.reminders import links
from drops.reminders.models import Channel, Reminder
from drops.schedule.models import Drop, DropState
from tests.clock import stopped_clock
from tests.doubles import PushInMemory
from tests.drops.reminders.makers import ENDPOINT, KEYS, by_mail, by_push
from tests.factories import make_shopper
from tests.storefront.stalls import make_stall, tags_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)

OPENS = datetime(2026, 12, 4, 18, 0, tzinfo=UTC)
NOW = OPENS - timedelta(days=2)


@pytest.fixture(autouse=True)
def world(settings):
    settings.PUSH_SENDERS = ["tests.doubles.PushInMemory"]
    settings.SHOP_URL = "http://testserver"
    with stopped_clock(NOW):
        yield


@pytest.fixture
def stall(world):
    return make_stall(opens_at=OPENS, closes_at=OPENS + timedelta(hours=3), state=DropState.SCHEDULED)


@pytest.fixture
def drop(stall):
    return stall.drop


def page_of(drop):
    return f"/openings/{drop.ref}/remind/"


def push(client, drop, **given):
    said = {"endpoint": ENDPOINT, "keys": KEYS, "zone": "Asia/Tokyo"} | given
    return client.post(f"{page_of(drop)}push/", json.dumps(said), content_type="application/json")


def path_in_mail(what):
    return re.search(rf"http://testserver(/reminders/{what}/\S+)", mail.outbox[-1].body)[1]


def test_from_an_address_to_the_reminder(client: Client, drop):
    shown = client.get(page_of(drop))
    assert "Batch 07 by Kiln & Tide opens Fri 4 Dec, 18:00 Lisbon time ." in text_of(shown)
    assert "shopper" not in str(shown.cookies)

    asked = client.post(page_of(drop), {"email": " lena@example.org ", "zone": "Europe/Berlin", "do": "mail"})
    assert "We ask lena@example.org whether it was you." in text_of(asked)
    assert Reminder.objects.live().count() == 0

    assert ask_mailboxes() == 1
    assert ask_mailboxes() == 0
    [question] = mail.outbox
    assert (question.to, question.subject) == (["lena@example.org"], "Shall we tell you when Batch 07 opens?")
    assert "Somebody typed this address on the page of the drop." in question.body

    yes = path_in_mail("yes")
    assert "Shall we tell you when Batch 07 opens?" in text_of(client.get(yes))
    assert Reminder.objects.live().count() == 0
    assert "You will be told" in text_of(client.post(yes))
    reminder = Reminder.objects.live().get()
    assert (reminder.address, reminder.time_zone, reminder.confirmed_at) == ("lena@example.org", "Europe/Berlin", NOW)
    assert "At most two messages about this drop" in reminder.consent
    assert "You will be told" in text_of(client.get(yes))
    assert "You will be told: e-mail." in text_of(client.get(page_of(drop)))


def test_a_mail_program_that_opens_links_changes_nothing(client: Client, drop):
    client.post(page_of(drop), {"email": "lena@example.org"})
    ask_mailboxes()

    for what in ("yes", "stop"):
        assert client.get(path_in_mail(what)).status_code == 200
        assert client.head(path_in_mail(what)).status_code == 200

    reminder = Reminder.objects.get()
    assert (reminder.confirmed_at, reminder.stopped_at) == (None, None)


def test_one_tap_in_a_mail_program_stops_without_a_page_or_a_cookie(drop):
    reminder = by_mail(drop)
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post(
        f"/reminders/stop/{links.stop_token(reminder)}/",
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 200
    assert "You hear no more of Batch 07." in text_of(answer)
    reminder.refresh_from_db()
    assert reminder.stopped_at == NOW


def test_the_stop_page_asks_and_stops_and_says_so_again(client: Client, drop):
    reminder = by_push(drop)
    page = f"/reminders/stop/{links.stop_token(reminder)}/"

    assert "We send no further message about this drop to this device." in text_of(client.get(page))
    assert "Stopped You hear no more of Batch 07." in text_of(client.post(page))
    assert "Stopped You hear no more of Batch 07." in text_of(client.get(page))


def test_to_say_yes_when_it_is_open_leads_to_the_drop(client: Client, drop):
    client.post(page_of(drop), {"email": "lena@example.org"})
    ask_mailboxes()
    Drop.objects.filter(pk=drop.pk).update(state=DropState.OPEN, opens_at=NOW - timedelta(hours=1))

    answer = client.post(path_in_mail("yes"))

    assert answer.status_code == 409
    assert "Batch 07 has no opening to come." in text_of(answer)
    assert Reminder.objects.live().count() == 0


def test_a_question_is_not_sent_once_the_drop_is_open(client: Client, drop):
    client.post(page_of(drop), {"email": "lena@example.org"})
    Drop.objects.filter(pk=drop.pk).update(state=DropState.OPEN, opens_at=NOW - timedelta(hours=1))

    assert ask_mailboxes() == 0
    assert (len(mail.outbox), Reminder.objects.get().question_due_at) == (0, None)


def test_a_question_waits_for_a_mail_server_that_is_away(client: Client, drop, settings):
    client.post(page_of(drop), {"email": "lena@example.org"})
    settings.EMAIL_BACKEND = "tests.nudges.test_sending.ClosedMailServer"
    assert ask_mailboxes() == 0

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert ask_mailboxes() == 1
    assert len(mail.outbox) == 1


def test_a_night_opening_is_said_when_it_is_too_late_for_the_evening_before(client: Client, drop):
    with stopped_clock(OPENS - timedelta(hours=2)):
        answer = client.post(page_of(drop), {"email": "lena@example.org", "zone": "Asia/Tokyo"})
        pushed = push(client, drop)

    words = "It opens in your night, and we write to nobody between 20:00 and 9:00. Your calendar can ring for it."
    assert (answer.status_code, pushed.status_code) == (409, 409)
    assert words in text_of(answer)
    assert pushed.json() == {"code": "reminder_at_night", "message": words}
    assert Reminder.objects.count() == 0


@pytest.mark.parametrize(
    ("email", "status", "words"),
    [
        ("lena", 422, "Please write an e-mail address, like name@example.org."),
        ("lena@mailinator.com", 422, "Mailboxes of this service are thrown away."),
    ],
)
def test_what_is_no_mailbox_is_said_and_kept_in_the_form(client: Client, drop, email, status, words):
    answer = client.post(page_of(drop), {"email": email})

    assert answer.status_code == status
    assert words in text_of(answer)
    assert ("input", email) in [(tag, given.get("value")) for tag, given in tags_of(answer)]
    assert Reminder.objects.count() == 0


def test_a_fourth_question_in_a_day_is_refused_in_words(client: Client, drop):
    for _ in range(3):
        client.post(page_of(drop), {"email": "lena@example.org"})

    answer = client.post(page_of(drop), {"email": "lena@example.org"})

    assert answer.status_code == 409
    assert "This mailbox had several mails from us today." in text_of(answer)
    assert Reminder.objects.get().asked_times == 3


def test_a_browser_subscribes_and_its_page_says_so(client: Client, drop):
    client.get(page_of(drop))

    answer = push(client, drop)

    assert (answer.status_code, answer.json()) == (201, {"told": True})
    reminder = Reminder.objects.get()
    assert (reminder.channel, reminder.address, reminder.push_keys) == (Channel.PUSH, ENDPOINT, KEYS)
    assert (reminder.time_zone, reminder.is_live) == ("Asia/Tokyo", True)
    assert "You will be told: push." in text_of(client.get(page_of(drop)))

    assert "Stopped. You hear no more of Batch 07." in text_of(client.post(page_of(drop), {"do": "stop"}))
    assert Reminder.objects.live().count() == 0


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"endpoint": "https://169.254.169.254/latest/meta-data"}, "push_unusable"),
        ({"endpoint": "http://fcm.googleapis.com/x"}, "push_unusable"),
        ({"endpoint": ["https://fcm.googleapis.com/x"]}, "push_unusable"),
        ({"keys": "none"}, "push_unusable"),
        ({"pad": "x" * 5000}, "invalid"),
    ],
)
def test_what_is_no_subscription_is_refused(client: Client, drop, given, code):
    answer = push(client, drop, **given)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert Reminder.objects.count() == 0


@pytest.mark.parametrize("body", ["", "no", "[1]", "[" * 3000, '"\x00"'])
def test_what_cannot_be_read_is_refused(client: Client, drop, body):
    answer = client.post(f"{page_of(drop)}push/", body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_only_our_own_pages_ask(drop):
    strict = Client(enforce_csrf_checks=True)

    assert push(strict, drop).status_code == 403
    assert strict.post(page_of(drop), {"email": "lena@example.org"}).status_code == 403
    assert Reminder.objects.count() == 0


def test_the_page_that_a_thread_led_to_belongs_to_its_shopper(client: Client, drop):
    shopper = make_shopper(creator=drop.creator)
    token = links.page_token(shopper)

    shown = client.get(page_of(drop), {"for": token})
    client.post(page_of(drop), {"email": "lena@example.org", "for": token})
    push(client, drop, **{"for": token})

    assert ("input", token) in [(tag, given.get("value")) for tag, given in tags_of(shown)]
    assert set(Reminder.objects.values_list("shopper", flat=True)) == {shopper.pk}


@pytest.mark.parametrize("forged", ["x", "x.y.z", "\x00"])
def test_a_forged_thread_is_nobodys_and_the_page_works(client: Client, drop, forged):
    stranger = make_shopper()

    for token in (forged, links.page_token(stranger)):
        assert client.get(page_of(drop), {"for": token}).status_code == 200
        push(client, drop, endpoint=f"{ENDPOINT}-{len(token)}", **{"for": token})

    assert Reminder.objects.count() == 2
    assert not Reminder.objects.filter(shopper=stranger).exists()


def test_nobody_elses_reminders_are_stopped_or_shown(client: Client, drop):
    by_mail(drop)

    assert "You will be told" not in text_of(client.get(page_of(drop)))
    client.post(page_of(drop), {"do": "stop"})
    assert Reminder.objects.live().count() == 1


@pytest.mark.parametrize("path", ["/kiln-and-tide/p/ring-mug/", "/kiln-and-tide/c/batch-07/"])
def test_a_drop_to_come_offers_it_and_an_open_one_does_not(client: Client, drop, path):
    def buttons():
        return [given for _, given in tags_of(client.get(path)) if "data-remind" in given]

    [button] = buttons()
    assert button["href"] == page_of(drop)
    assert button["data-push"] == f"{page_of(drop)}push/"
    assert button["data-key"] == PushInMemory().public_key()

    Drop.objects.filter(pk=drop.pk).update(state=DropState.OPEN, opens_at=NOW - timedelta(hours=1))
    assert buttons() == []
    assert "There is no opening to be told of any more." in text_of(client.get(page_of(drop)))


def test_without_a_push_service_the_page_offers_a_mail_and_the_calendar(client: Client, drop, settings):
    settings.PUSH_SENDERS = []

    tags = tags_of(client.get(page_of(drop)))

    assert [given for _, given in tags if "data-remind" in given] == []
    assert ("a", {"href": f"/openings/{drop.ref}.ics"}) in tags


@pytest.mark.parametrize("state", [DropState.DRAFT])
def test_what_is_not_public_has_no_page(client: Client, drop, state):
    Drop.objects.filter(pk=drop.pk).update(state=state)

    assert client.get(page_of(drop)).status_code == 404
    assert push(client, drop).status_code == 404
    assert client.get("/openings/none/remind/").status_code == 404


def test_the_pages_are_kept_out_of_frames_caches_and_search_engines(client: Client, drop):
    reminder = by_mail(drop)
    for path in (page_of(drop), *(f"/reminders/{what}/{made(reminder)}/" for what, made in LINKS)):
        answer = client.get(path)
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Robots-Tag"] == "noindex"
    for what, _ in LINKS:
        assert client.get(f"/reminders/{what}/forged/").status_code == 404


LINKS = (("yes", links.confirm_token), ("stop", links.stop_token))


def test_the_worker_lies_at_the_top_and_keeps_no_page(client: Client):
    answer = client.get("/push.js")

    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert "no-cache" in answer["Cache-Control"]
    script = answer.content.decode()
    assert "showNotification" in script
    assert 'addEventListener("fetch"' not in script
