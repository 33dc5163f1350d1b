"""Asking to be told, and everything that keeps it from being done to somebody else."""

from datetime import UTC, datetime, timedelta

import pytest

from drops.clock import database_now
from drops.events import mailbox_to_ask
from drops.reminders import asking, links, stopping
from drops.reminders.contacts import MailAddressUnusable, PushAddressUnusable, is_known_service
from drops.reminders.models import Channel, Reminder
from drops.schedule.models import DropState
from tests.drops.reminders.makers import ENDPOINT, KEYS, asker, by_mail, by_push, in_thread, make_drop_to_come, noon_in
from tests.factories import make_shopper

pytestmark = pytest.mark.django_db


@pytest.fixture
def drop():
    return make_drop_to_come()


def ask(drop, email="lena@example.org", now=None, **given):
    return asking.ask_by_mail(drop=drop, asker=asker(drop, **given), email=email, now=now or database_now())


def test_a_mailbox_is_asked_first_and_counts_once_it_says_yes(drop, django_capture_on_commit_callbacks):
    heard = []

    def listen(**facts):
        heard.append(facts["ref"])

    mailbox_to_ask.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        reminder = ask(drop, time_zone="Asia/Tokyo", locale="ja")
    mailbox_to_ask.disconnect(listen)

    assert heard == [reminder.ref]
    assert (reminder.is_live, reminder.question_due_at) == (False, reminder.asked_at)
    assert (reminder.address, reminder.time_zone, reminder.locale) == ("lena@example.org", "Asia/Tokyo", "ja")
    assert reminder.consent == "Tell me when it opens."
    assert list(Reminder.objects.live()) == []

    now = database_now()
    asking.confirm(reminder=links.reminder_to_confirm(links.confirm_token(reminder)), now=now)
    assert Reminder.objects.live().get().confirmed_at == now
    asking.confirm(reminder=reminder, now=now + timedelta(minutes=1))
    assert Reminder.objects.live().get().confirmed_at == now


def test_a_mailbox_has_one_reminder_of_a_drop_however_it_is_written(drop):
    by_mail(drop, "lena@example.org")
    ask(drop, "Lena+mugs@Example.org")

    assert Reminder.objects.count() == 1
    assert Reminder.objects.get().is_live


def test_another_drop_is_another_reminder(drop):
    by_mail(drop)
    by_mail(make_drop_to_come(capsule=drop.capsule))

    assert Reminder.objects.live().count() == 2


@pytest.mark.parametrize(
    "email", ["lena", "", "lena@", "lena@mailinator.com", "a b@example.org", "x@example.org\nBcc: y@z.io"]
)
def test_what_is_no_lasting_mailbox_is_refused(drop, email):
    with pytest.raises(MailAddressUnusable):
        ask(drop, email)

    assert Reminder.objects.count() == 0


@pytest.mark.parametrize("state", [DropState.OPEN, DropState.CLOSED, DropState.PAUSED, DropState.DRAFT])
def test_nobody_is_reminded_of_what_does_not_open(state):
    drop = make_drop_to_come(state=state)
    now = database_now()

    for way in (
        lambda: ask(drop),
        lambda: in_thread(drop),
        lambda: asking.ask_by_push(drop=drop, asker=asker(drop), endpoint=ENDPOINT, keys=KEYS, now=now),
    ):
        with pytest.raises(asking.NothingToRemindOf):
            way()
    assert Reminder.objects.count() == 0


def test_a_drop_that_opened_by_the_clock_alone_is_open(drop):
    with pytest.raises(asking.NothingToRemindOf):
        ask(drop, now=drop.opens_at)
    reminder = ask(drop)
    with pytest.raises(asking.NothingToRemindOf):
        asking.confirm(reminder=reminder, now=drop.opens_at)

    assert list(Reminder.objects.live()) == []


@pytest.mark.parametrize(
    ("zone", "hours_before", "is_told"),
    [
        ("Europe/Lisbon", 0.2, True),  # it opens at 18:00 there
        ("Asia/Tokyo", 7, True),  # 3:00 there, and now it is 20:00 sharp: the last instant of the evening
        ("Asia/Tokyo", 6.9, False),
        ("Asia/Tokyo", 0.2, False),
    ],
)
def test_nobody_is_promised_what_the_night_forbids(zone, hours_before, is_told):
    drop = make_drop_to_come(opens_at=datetime(2026, 12, 4, 18, 0, tzinfo=UTC))
    now = drop.opens_at - timedelta(hours=hours_before)
    early = asking.ask_by_mail(
        drop=drop, asker=asker(drop, time_zone=zone), email="early@example.org", now=now - timedelta(days=1)
    )
    ways = (
        lambda: ask(drop, now=now, time_zone=zone),
        lambda: by_push(drop, now=now, time_zone=zone),
        lambda: asking.confirm(reminder=early, now=now),
    )

    for way in ways:
        if is_told:
            way()
        else:
            with pytest.raises(asking.OpensAtNight):
                way()

    assert Reminder.objects.count() == (3 if is_told else 1)
    assert Reminder.objects.live().count() == (2 if is_told else 0)
    assert in_thread(drop, now=now, time_zone=zone).is_live


def test_a_shopper_of_another_creator_asks_for_nothing_here(drop):
    with pytest.raises(asking.NothingToRemindOf):
        ask(drop, shopper=make_shopper())

    assert Reminder.objects.count() == 0


def test_a_mailbox_is_asked_three_times_in_a_day_over_all_drops(drop):
    now = database_now()
    others = [make_drop_to_come(opens_at=noon_in(4)) for _ in range(3)]
    for other in others:
        ask(other, "Lena@example.org", now)

    with pytest.raises(asking.TooManyReminders):
        ask(drop, "lena@example.org", now + timedelta(hours=23))
    assert Reminder.objects.filter(drop=drop).count() == 0

    late = make_drop_to_come(opens_at=noon_in(4))
    assert ask(late, "lena@example.org", now + timedelta(hours=25)).drop == late


def test_asking_the_same_mailbox_again_counts_too(drop):
    now = database_now()
    for _ in range(3):
        ask(drop, now=now)

    with pytest.raises(asking.TooManyReminders):
        ask(drop, now=now)
    assert Reminder.objects.get().asked_times == 3


def test_a_network_asks_sixty_mailboxes_in_an_hour_and_no_more(drop, monkeypatch):
    monkeypatch.setitem(asking.PER_NETWORK, Channel.MAIL, 2)
    now = database_now()
    ask(drop, "one@example.org", now, address="93.184.216.34")
    ask(drop, "two@example.org", now, address="93.184.216.99")

    with pytest.raises(asking.TooManyReminders):
        ask(drop, "three@example.org", now, address="93.184.216.1")
    assert Reminder.objects.count() == 2

    ask(drop, "three@example.org", now, address="93.184.217.1")
    ask(drop, "four@example.org", now + timedelta(minutes=61), address="93.184.216.1")
    assert Reminder.objects.count() == 4
    assert "93.184" not in str(list(Reminder.objects.values()))


def test_who_says_it_was_not_them_is_not_asked_again(drop):
    reminder = ask(drop)
    stopping.stop(reminder=links.reminder_to_stop(links.stop_token(reminder)), now=database_now())

    again = ask(drop)

    assert (again.pk, again.question_due_at) == (reminder.pk, None)
    assert again.stopped_at is not None
    asked = Reminder.objects.get()
    assert (asked.asked_times, asked.is_live) == (1, False)


def test_who_stopped_may_ask_anew_and_is_asked_anew(drop):
    reminder = by_mail(drop)
    stopping.stop(reminder=reminder, now=database_now())

    again = ask(drop)

    assert (again.pk, again.confirmed_at, again.stopped_at) == (reminder.pk, None, None)
    assert again.question_due_at is not None


def test_a_browser_speaks_for_itself(drop):
    first, second = by_push(drop), by_push(drop)

    assert first.pk == second.pk
    assert (first.is_live, first.address, first.push_keys) == (True, ENDPOINT, KEYS)


def test_the_same_browser_may_be_told_again_after_it_stopped(drop):
    stopping.stop(reminder=by_push(drop), now=database_now())

    by_push(drop)

    assert Reminder.objects.get().is_live


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com:8443/x",
        "https://me@fcm.googleapis.com/x",
        "https://fcm.googleapis.com\\@evil.example/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://push.apple.com.evil.example/x",
        "https://xpush.apple.com/x",
        "https://push.apple.com/x",
        "https://fcm.googleapis.com/ x",
        "https://fcm.googleapis.com/\u00e9",
        "https://fcm.googleapis.com/" + "x" * 1000,
        "https://[fcm.googleapis.com/x",
        "ftp://fcm.googleapis.com/x",
        "//fcm.googleapis.com/x",
        "",
    ],
)
def test_no_address_is_called_but_those_of_known_push_services(drop, endpoint):
    assert not is_known_service(endpoint)
    with pytest.raises(PushAddressUnusable):
        by_push(drop, endpoint)

    assert Reminder.objects.count() == 0


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/QAbc",
        "https://wns2-par02p.notify.windows.com/w/?token=abc",
        "https://FCM.googleapis.com:443/x",
    ],
)
def test_the_push_services_of_today_are_known(endpoint):
    assert is_known_service(endpoint)


@pytest.mark.parametrize(
    "keys", [{}, {"p256dh": KEYS["p256dh"]}, KEYS | {"auth": "short"}, KEYS | {"p256dh": 7}, KEYS | {"auth": "é" * 22}]
)
def test_keys_that_are_none_are_refused(drop, keys):
    with pytest.raises(PushAddressUnusable):
        asking.ask_by_push(drop=drop, asker=asker(drop), endpoint=ENDPOINT, keys=keys, now=database_now())

    assert Reminder.objects.count() == 0


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "x" * 60])
def test_a_zone_that_nobody_knows_is_the_drops(drop, zone):
    shopper = make_shopper(creator=drop.creator, time_zone="")

    assert in_thread(drop, shopper=shopper, time_zone=zone).time_zone == "Europe/Lisbon"


def test_stopping_everything_of_a_drop_leaves_other_drops_and_other_people(drop):
    shopper, other_drop = make_shopper(creator=drop.creator), make_drop_to_come(capsule=drop.capsule)
    mine = [by_mail(drop, shopper=shopper), by_push(drop, shopper=shopper), in_thread(drop, shopper=shopper)]
    kept = [by_push(other_drop, shopper=shopper), by_mail(drop, "mira@example.org")]

    assert stopping.stop_all_of(shopper=shopper, drop=drop, now=database_now()) == len(mine)

    assert set(Reminder.objects.live()) == set(kept)


@pytest.mark.parametrize("made", [links.confirm_token, links.stop_token])
def test_a_link_is_good_for_one_deed_and_cannot_be_guessed(drop, made):
    reminder = ask(drop)
    token = made(reminder)
    right, wrong = (
        (links.reminder_to_confirm, links.reminder_to_stop)
        if made is links.confirm_token
        else (links.reminder_to_stop, links.reminder_to_confirm)
    )

    assert right(token) == reminder
    for forged in (token[:-1] + ("A" if token[-1] != "A" else "B"), reminder.ref, "", "x.y"):
        with pytest.raises(links.ReminderLinkInvalid):
            right(forged)
    with pytest.raises(links.ReminderLinkInvalid):
        wrong(token)
