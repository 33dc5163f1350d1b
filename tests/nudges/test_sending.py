"""What is sent when, where, and how often: once."""

import smtplib
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from creatorshop.chat import threads
from creatorshop.chat.inbound import OpenedEvent
from creatorshop.chat.models import Message, Thread
from creatorshop.nudges.sending import send_nudges
from drops.reminders import asking, links, stopping
from drops.reminders.models import Channel, Nudge, NudgeState, Reminder
from drops.reminders.nudging import AGAIN_IN, CLAIM_LASTS, claim_nudges, plan_nudges
from drops.reminders.push import Carried
from drops.schedule import early
from drops.schedule.models import Drop, DropState
from tests.clock import advance, set_clock, stopped_clock
from tests.drops.reminders.makers import ENDPOINT, asker, by_mail, by_push, in_thread, make_drop_to_come
from tests.factories import make_shopper

pytestmark = pytest.mark.django_db(transaction=True)

OPENS = datetime(2026, 12, 4, 18, 0, tzinfo=UTC)  # 18:00 in Lisbon too
ASKED = OPENS - timedelta(days=2)
SOON = timedelta(minutes=30)
ENOUGH = timedelta(seconds=30)


class ClosedMailServer(EmailBackend):
    def open(self):
        raise ConnectionRefusedError("gone")


class SulkyMailServer(EmailBackend):
    def send_messages(self, messages):
        raise smtplib.SMTPServerDisconnected("in the middle of it")


@pytest.fixture(autouse=True)
def clock():
    with stopped_clock(ASKED):
        yield


@pytest.fixture
def drop(clock):
    return make_drop_to_come(opens_at=OPENS)


def run_at(moment):
    set_clock(moment)
    return send_nudges(within=ENOUGH)


def states():
    return list(Nudge.objects.order_by("pk").values_list("kind", "state", "channel"))


def test_a_mail_before_the_opening_and_one_at_it_and_never_another(drop):
    by_mail(drop)

    assert run_at(OPENS - SOON - timedelta(seconds=1)) == 0
    assert run_at(OPENS - SOON) == 1
    assert run_at(OPENS - timedelta(minutes=10)) == 0
    assert run_at(OPENS) == 1
    assert run_at(OPENS + timedelta(minutes=10)) == 0

    before, opening = mail.outbox
    assert (before.to, before.subject) == (["lena@example.org"], "Batch 07 opens today at 18:00 Lisbon time")
    assert "Kiln & Tide · in 30 minutes. Nothing is charged before you pay." in before.body
    assert opening.subject == "Batch 07 is open"
    assert "Kiln & Tide · until 21:00 Lisbon time." in opening.body
    assert states() == [("before", "sent", "mail"), ("opening", "sent", "mail")]


def test_every_mail_can_be_stopped_with_one_tap(drop):
    reminder = by_mail(drop)
    run_at(OPENS - SOON)
    [message] = mail.outbox
    stop = f"https://shop.example/reminders/stop/{links.stop_token(reminder)}/"

    [(html, kind)] = message.alternatives
    assert message.extra_headers["List-Unsubscribe"] == f"<{stop}>"
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"Stop: {stop}" in message.body
    assert f'href="{stop}"' in html
    assert kind == "text/html"
    assert "Kiln &amp; Tide" in html
    assert "You asked on Wed 2 Dec to be told when Batch 07 opens." in message.body


def test_a_mail_comes_from_the_shop_by_name_and_odd_titles_do_not_stop_it(drop):
    Drop.objects.filter(pk=drop.pk).update(title="Batch\r\nBcc: all@example.org")
    drop.creator.name = 'Ann "Clay", São Paulo\n'
    drop.creator.save()
    by_mail(drop)

    assert run_at(OPENS - SOON) == 1

    [message] = mail.outbox
    assert message.subject == "Batch Bcc: all@example.org opens today at 18:00 Lisbon time"
    name, address = parseaddr(message.message()["From"])
    assert (str(make_header(decode_header(name))), address) == ('Ann "Clay", São Paulo', "shop@localhost")
    assert message.recipients() == ["lena@example.org"]


def test_a_push_message_has_the_declarative_form(drop, push_service):
    reminder = by_push(drop)
    run_at(OPENS - SOON)

    [(endpoint, message)] = push_service.sent
    assert endpoint == ENDPOINT
    assert message == {
        "web_push": 8030,
        "notification": {
            "title": "Batch 07 opens today at 18:00 Lisbon time",
            "lang": "en",
            "dir": "auto",
            "body": "Kiln & Tide · in 30 minutes. Nothing is charged before you pay.",
            "navigate": f"https://shop.example/{drop.creator.slug}/c/{drop.capsule.slug}/",
            "tag": f"drop-{drop.ref}",
            "actions": [
                {
                    "action": "stop",
                    "title": "Stop",
                    "navigate": f"https://shop.example/reminders/stop/{links.stop_token(reminder)}/",
                }
            ],
        },
    }
    assert len(str(message)) < 4000


def test_who_can_be_reached_both_ways_is_pushed_and_not_mailed(drop, push_service):
    shopper = make_shopper(creator=drop.creator)
    by_mail(drop, shopper=shopper)
    by_push(drop, shopper=shopper)

    assert run_at(OPENS - SOON) == 1

    assert (len(push_service.sent), len(mail.outbox)) == (1, 0)
    assert states() == [("before", "sent", "push")]


@pytest.mark.parametrize("answer", [Carried.GONE, Carried.LATER, Carried.REFUSED])
def test_what_a_push_service_does_not_take_goes_by_mail(drop, push_service, answer):
    shopper = make_shopper(creator=drop.creator)
    by_mail(drop, shopper=shopper)
    by_push(drop, shopper=shopper)
    push_service.answers[ENDPOINT] = answer

    assert run_at(OPENS - SOON) == 1

    assert (len(push_service.sent), len(mail.outbox)) == (0, 1)
    assert states() == [("before", "sent", "mail")]


def test_what_may_have_gone_out_goes_out_by_no_other_way(drop, push_service):
    shopper = make_shopper(creator=drop.creator)
    by_mail(drop, shopper=shopper)
    by_push(drop, shopper=shopper)
    push_service.answers[ENDPOINT] = Carried.UNKNOWN

    assert run_at(OPENS - SOON) == 0
    assert run_at(OPENS - SOON + AGAIN_IN) == 0

    assert len(mail.outbox) == 0
    assert states() == [("before", "unsent", "")]


def test_a_browser_that_is_gone_is_forgotten_for_every_drop(drop, push_service):
    later = make_drop_to_come(opens_at=OPENS + timedelta(days=7))
    by_push(drop)
    by_push(later)
    kept = by_push(later, f"{ENDPOINT}-other")
    push_service.answers[ENDPOINT] = Carried.GONE

    assert run_at(OPENS - SOON) == 0

    assert list(Reminder.objects.all()) == [kept]
    assert states() == [("before", "unsent", "")]


def test_a_push_service_that_is_busy_is_asked_again_three_times_in_all(drop, push_service):
    by_push(drop)
    push_service.answers[ENDPOINT] = Carried.LATER

    sent = [run_at(OPENS - SOON)]
    sent += [send_nudges(within=ENOUGH) for _ in range(3) if advance(AGAIN_IN)]

    assert sent == [0, 0, 0, 0]
    assert states() == [("before", "unsent", "")]
    assert Nudge.objects.get().tries == 3

    push_service.answers.clear()
    assert run_at(OPENS) == 1
    assert [message["notification"]["title"] for _, message in push_service.sent] == ["Batch 07 is open"]


def test_a_mail_server_that_is_away_is_asked_again(drop, settings):
    by_mail(drop)
    settings.EMAIL_BACKEND = "tests.nudges.test_sending.ClosedMailServer"
    assert run_at(OPENS - SOON) == 0
    assert states() == [("before", "due", "")]

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert run_at(OPENS - SOON + timedelta(seconds=30)) == 0
    assert run_at(OPENS - SOON + AGAIN_IN) == 1
    assert len(mail.outbox) == 1


def test_a_mail_that_may_have_left_is_not_sent_again(drop, settings):
    by_mail(drop)
    settings.EMAIL_BACKEND = "tests.nudges.test_sending.SulkyMailServer"
    assert run_at(OPENS - SOON) == 0

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert run_at(OPENS - SOON + AGAIN_IN) == 0
    assert len(mail.outbox) == 0
    assert states() == [("before", "unsent", "")]


def test_a_message_that_a_dead_worker_had_taken_is_given_up(drop):
    by_mail(drop)
    set_clock(OPENS - SOON)
    plan_nudges(now=OPENS - SOON)
    assert len(claim_nudges(most=10, now=OPENS - SOON)) == 1

    assert run_at(OPENS - SOON + CLAIM_LASTS) == 0

    assert len(mail.outbox) == 0
    assert states() == [("before", "unsent", "")]


def test_nobody_is_written_to_at_night_of_their_own_zone(drop):
    by_mail(drop, "tokyo@example.org", time_zone="Asia/Tokyo")  # 3:00 on Saturday there
    by_mail(drop, "berlin@example.org", time_zone="Europe/Berlin")  # 19:00

    tokyo_evening = datetime(2026, 12, 4, 10, 0, tzinfo=UTC)  # 19:00 on Friday in Tokyo
    assert run_at(tokyo_evening - timedelta(minutes=1)) == 0
    assert run_at(tokyo_evening) == 1
    assert run_at(OPENS - SOON) == 1
    assert run_at(OPENS) == 1

    assert [(message.to, message.subject) for message in mail.outbox] == [
        (["tokyo@example.org"], "Batch 07 opens tomorrow at 03:00 Tokyo time"),
        (["berlin@example.org"], "Batch 07 opens today at 19:00 Berlin time"),
        (["berlin@example.org"], "Batch 07 is open"),
    ]


def test_the_evening_before_is_the_last_hour_of_it_and_not_the_night(drop):
    by_mail(drop, time_zone="Asia/Tokyo")

    assert run_at(datetime(2026, 12, 4, 11, 0, tzinfo=UTC)) == 0  # 20:00 in Tokyo: no worker ran in time
    assert run_at(OPENS) == 0

    assert (len(mail.outbox), states()) == (0, [])


def test_a_message_that_was_claimed_too_late_is_given_up_before_the_night(drop):
    by_mail(drop, time_zone="Asia/Tokyo")
    evening = datetime(2026, 12, 4, 10, 59, tzinfo=UTC)
    set_clock(evening)
    plan_nudges(now=evening)

    assert run_at(evening + timedelta(minutes=1)) == 0

    assert (len(mail.outbox), states()) == (0, [("before", "unsent", "")])


def test_who_asks_when_it_is_about_to_open_is_only_told_that_it_is_open(drop):
    set_clock(OPENS - timedelta(minutes=20))
    by_mail(drop)

    assert run_at(OPENS - timedelta(minutes=19)) == 0
    assert run_at(OPENS) == 1
    assert [message.subject for message in mail.outbox] == ["Batch 07 is open"]


def test_who_did_not_say_yes_or_stopped_gets_nothing(drop):
    asking.ask_by_mail(drop=drop, asker=asker(drop), email="mira@example.org", now=ASKED)
    stopping.stop(reminder=by_mail(drop), now=ASKED)

    assert [run_at(OPENS - SOON), run_at(OPENS)] == [0, 0]
    assert len(mail.outbox) == 0


def test_who_stops_between_the_two_gets_only_the_first(drop):
    reminder = by_mail(drop)
    run_at(OPENS - SOON)
    stopping.stop(reminder=reminder, now=OPENS - timedelta(minutes=5))

    assert run_at(OPENS) == 0
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("state", [DropState.PAUSED, DropState.CLOSED])
def test_a_drop_that_does_not_open_is_not_said_to(drop, state):
    by_mail(drop)
    run_at(OPENS - SOON)
    Drop.objects.filter(pk=drop.pk).update(state=state)

    assert run_at(OPENS) == 0
    assert len(mail.outbox) == 1


def test_a_drop_that_opens_early_is_told_of_then(drop):
    by_mail(drop)
    early = OPENS - timedelta(hours=3)
    Drop.objects.filter(pk=drop.pk).update(state=DropState.OPEN, opens_at=early, opened_at=early)

    assert run_at(early) == 1
    assert run_at(OPENS - SOON) == 0
    assert [message.subject for message in mail.outbox] == ["Batch 07 is open"]


def test_what_is_planned_and_no_longer_true_is_not_sent(drop):
    by_mail(drop)
    set_clock(OPENS - SOON)
    plan_nudges(now=OPENS - SOON)
    Drop.objects.filter(pk=drop.pk).update(state=DropState.CLOSED, closed_at=OPENS - SOON)

    assert run_at(OPENS - timedelta(minutes=29)) == 0
    assert (len(mail.outbox), states()) == (0, [("before", "unsent", "")])


def open_thread(drop, shopper, moment):
    """Let a shopper open the chat at an instant."""
    set_clock(moment)
    thread = threads.thread_of(shopper)
    event = OpenedEvent(id="00000000-0000-4000-8000-000000000001", kind="opened", context={"drop": drop.ref})
    threads.receive(thread_id=thread.pk, event=event)
    return thread


def notices(thread):
    rows = Message.objects.filter(thread=thread, type="notice").order_by("seq")
    return [row.body["code"] for row in rows]


def test_who_is_in_the_thread_sees_it_there_and_gets_nothing_else(drop, push_service):
    shopper = make_shopper(creator=drop.creator)
    by_push(drop, shopper=shopper)
    by_mail(drop, shopper=shopper)
    thread = open_thread(drop, shopper, OPENS - SOON - timedelta(minutes=1))

    assert run_at(OPENS - SOON) == 1

    assert notices(thread) == ["not_yet_open", "reminder_before"]
    assert (len(push_service.sent), len(mail.outbox)) == (0, 0)
    assert states() == [("before", "sent", "thread")]


def test_who_left_an_open_tab_is_away(drop, push_service):
    shopper = make_shopper(creator=drop.creator)
    by_push(drop, shopper=shopper)
    thread = open_thread(drop, shopper, OPENS - SOON - timedelta(minutes=3))

    assert run_at(OPENS - SOON) == 1

    assert notices(thread) == ["not_yet_open"]
    assert (len(push_service.sent), states()) == (1, [("before", "sent", "push")])


def test_who_left_no_address_finds_it_in_the_thread_when_they_come_back(drop):
    shopper = make_shopper(creator=drop.creator)
    thread = open_thread(drop, shopper, ASKED)
    in_thread(drop, shopper=shopper)

    assert run_at(OPENS - SOON) == 1
    assert run_at(OPENS) == 1

    assert notices(thread) == ["not_yet_open", "reminder_before", "drop_opened"]
    assert states() == [("before", "sent", "thread"), ("opening", "sent", "thread")]


def test_a_broken_thread_keeps_nobody_else_from_being_told(drop, push_service):
    shopper = make_shopper(creator=drop.creator)
    thread = open_thread(drop, shopper, OPENS - SOON - timedelta(minutes=1))
    Thread.objects.filter(pk=thread.pk).update(state={"version": 99})
    by_mail(drop, shopper=shopper, now=ASKED)
    by_push(drop, now=ASKED)

    assert run_at(OPENS - SOON) == 2

    assert (len(push_service.sent), [message.to for message in mail.outbox]) == (1, [["lena@example.org"]])


def test_a_reminder_of_the_thread_of_somebody_without_one_is_given_up(drop):
    in_thread(drop)

    assert run_at(OPENS - SOON) == 0
    assert (Thread.objects.count(), states()) == (0, [("before", "unsent", "")])


def test_a_crowd_is_told_in_one_go(drop, push_service):
    for number in range(150):
        by_push(drop, f"{ENDPOINT}-{number}")

    assert run_at(OPENS - SOON) == 150

    assert len({endpoint for endpoint, _ in push_service.sent}) == 150
    assert Nudge.objects.filter(state=NudgeState.SENT, channel=Channel.PUSH).count() == 150


def test_where_members_are_first_everybody_else_hears_of_it_when_it_is_for_them(drop):
    Drop.objects.filter(pk=drop.pk).update(members_first_minutes=45)
    invited, other = make_shopper(creator=drop.creator), make_shopper(creator=drop.creator)
    early.grant(shopper=invited, drop=drop, source="link", now=ASKED)
    by_mail(drop, "invited@example.org", shopper=invited)
    by_mail(drop, "other@example.org", shopper=other)
    run_at(OPENS - SOON)
    mail.outbox.clear()

    run_at(OPENS)
    assert [sent.to for sent in mail.outbox] == [["invited@example.org"]]
    run_at(OPENS + timedelta(minutes=45))
    run_at(OPENS + timedelta(minutes=46))
    assert [sent.to for sent in mail.outbox] == [["invited@example.org"], ["other@example.org"]]
