"""Asking in the chat to be told, with everything below it real."""

import re
from datetime import timedelta

import pytest

from creatorshop.chat import threads
from creatorshop.chat.engine import events
from drops.clock import database_now
from drops.reminders import links
from drops.reminders.models import Channel, Reminder
from drops.schedule.models import Drop, DropState
from tests.chat.client import Client
from tests.drops.reminders.makers import by_mail, make_drop_to_come
from tests.factories import make_shopper

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def drop():
    return make_drop_to_come()


@pytest.fixture
def client(drop):
    client = Client(make_shopper(creator=drop.creator, time_zone="Asia/Tokyo"))
    client.open()
    return client


def codes(messages):
    return [message["body"].get("code", message["type"]) for message in messages]


def links_in(messages):
    return {action["label"]: action.get("url") for message in messages for action in message["body"]["actions"]}


def test_a_tap_is_a_reminder_in_the_thread_with_the_way_to_be_reached_elsewhere(drop, client, settings):
    settings.SHOP_URL = "https://shop.example"

    [said] = client.tap("Remind me")

    reminder = Reminder.objects.get()
    assert (reminder.channel, reminder.drop, reminder.shopper) == (Channel.THREAD, drop, client.thread.shopper)
    assert (reminder.time_zone, reminder.is_live, reminder.address) == ("Asia/Tokyo", True, "")
    assert reminder.consent == "Remind me: in this chat, before the drop opens and when it does."
    url = links_in([said])["If I am away"]
    token = re.fullmatch(rf"https://shop\.example/openings/{drop.ref}/remind/\?for=(\S+)", url)[1]
    assert links.shopper_of_page(token) == client.thread.shopper


def test_a_repeat_of_the_tap_is_one_reminder(drop, client):
    token = client.token("Remind me")
    for _ in range(2):
        client.send("action", event_id="00000000-0000-4000-8000-000000000009", token=token)
    client.send("action", token=token)

    assert Reminder.objects.count() == 1


def test_who_can_be_reached_already_is_not_sent_to_the_page(drop, client):
    by_mail(drop, shopper=client.thread.shopper)

    [said] = client.tap("Remind me")

    assert links_in([said]) == {"Never mind": None}


def test_never_mind_ends_it_on_every_channel(drop, client):
    by_mail(drop, shopper=client.thread.shopper)
    client.tap("Remind me")

    assert codes(client.tap("Never mind")) == ["reminder_stopped"]

    assert Reminder.objects.live().count() == 0


def test_stop_typed_ends_reminders_too(drop, client):
    client.tap("Remind me")

    client.send("text", text="stop")

    assert Reminder.objects.live().count() == 0


def test_an_old_button_of_an_open_drop_is_answered_by_what_is_true(drop, client):
    token = client.token("Remind me")
    Drop.objects.filter(pk=drop.pk).update(state=DropState.OPEN, opens_at=database_now() - timedelta(minutes=1))

    said = client.send("action", token=token)

    assert "reminder_refused" in codes(said)
    assert Reminder.objects.count() == 0


def test_a_drop_out_of_sight_is_refused(drop, client):
    token = client.token("Remind me")
    Drop.objects.filter(pk=drop.pk).update(state=DropState.DRAFT)

    assert codes(client.send("action", token=token))[-1:] == ["reminder_refused"]
    assert Reminder.objects.count() == 0


def test_another_drop_than_the_one_in_view_is_told_of_in_the_thread(drop, client):
    other = make_drop_to_come(capsule=drop.capsule, title="Batch 09", opens_at=database_now() + timedelta(minutes=20))

    threads.tell(
        thread_id=client.thread.pk, event_id="reminder:1", event=events.ReminderDue(drop=other.ref, moment="before")
    )
    threads.tell(
        thread_id=client.thread.pk, event_id="reminder:1", event=events.ReminderDue(drop=other.ref, moment="before")
    )

    [said] = client.news()
    assert codes([said]) == ["reminder_before"]
    assert said["fallback_text"].startswith("Batch 09 opens ")
