"""Several workers at once: nobody is written to twice, and no mailbox is asked more than it may be; each with its control."""

import time
from collections import Counter
from datetime import timedelta

import pytest
from django.core import mail

from creatorshop.nudges import asking as questions
from creatorshop.nudges.sending import send_nudges
from drops.clock import database_now
from drops.reminders import asking, nudging
from drops.reminders.models import Nudge, NudgeState, Reminder
from tests.doubles import PushInMemory
from tests.drops.reminders.makers import ENDPOINT, asker, by_push, make_drop_to_come
from tests.races.crowd import at_once, swapped

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

PEOPLE = 12


@pytest.fixture(autouse=True)
def push_service(settings):
    settings.PUSH_SENDERS = ["tests.doubles.PushInMemory"]
    PushInMemory.reset()
    yield
    PushInMemory.reset()


def a_drop_that_opens(within):
    """Make a drop that opens so soon, for people in whose zone it is day now, whatever the hour is here."""
    now = database_now()
    zone = f"Etc/GMT{now.hour - 12:+d}"  # where it is noon; the sign is as POSIX has it
    return make_drop_to_come(opens_at=now + within), zone


def messages_of_two_workers():
    """Let two workers send what is due at the same time; return how often each browser got one."""
    drop, zone = a_drop_that_opens(timedelta(minutes=10))
    for number in range(PEOPLE):
        by_push(drop, f"{ENDPOINT}-{number}", now=database_now() - timedelta(hours=2), time_zone=zone)
    at_once(*[lambda: send_nudges(within=timedelta(seconds=5))] * 2)
    return Counter(Counter(endpoint for endpoint, _ in PushInMemory.sent).values())


def dawdling(free):
    """Widen the gap between looking for what is due and taking it."""

    def look_and_dawdle(now):
        found = list(free(now)[: nudging.ROWS_AT_ONCE])
        time.sleep(0.3)
        return found

    return look_and_dawdle


def free_by_mere_looking(now):
    return (
        Nudge.objects.filter(state=NudgeState.DUE, due_at__lte=now)
        .order_by("due_at", "pk")
        .values_list("pk", flat=True)
    )


def test_two_workers_send_each_message_once():
    with swapped(nudging, "_free", dawdling(nudging._free)):
        assert messages_of_two_workers() == {1: PEOPLE}
    assert Nudge.objects.filter(state=NudgeState.SENT).count() == PEOPLE


def test_without_the_claim_two_workers_send_each_message_twice():
    with swapped(nudging, "_free", dawdling(free_by_mere_looking)):
        assert messages_of_two_workers() == {2: PEOPLE}


def test_two_workers_that_plan_at_once_plan_each_message_once():
    drop, zone = a_drop_that_opens(timedelta(minutes=10))
    for number in range(PEOPLE):
        by_push(drop, f"{ENDPOINT}-{number}", now=database_now() - timedelta(hours=2), time_zone=zone)

    at_once(*[lambda: nudging.plan_nudges(now=database_now())] * 4)

    assert Nudge.objects.count() == PEOPLE


def questions_of_two_workers():
    drop = make_drop_to_come()
    asking.ask_by_mail(drop=drop, asker=asker(drop), email="lena@example.org", now=database_now())
    at_once(*[questions.ask_mailboxes] * 2)
    return len(mail.outbox)


def test_two_workers_ask_a_mailbox_once():
    assert questions_of_two_workers() == 1


def test_without_the_lock_two_workers_ask_it_twice():
    def look_and_dawdle(_kind):
        found = list(Reminder.objects.filter(question_due_at__isnull=False).values_list("pk", flat=True))
        time.sleep(0.3)
        return found

    with swapped(questions, "_waiting", look_and_dawdle):
        assert questions_of_two_workers() == 2


def questions_asked_for(hands=asking.QUESTIONS_PER_MAILBOX + 2):
    """Ask one mailbox from many pages at once, with a pause where the count could be got around."""
    drops = [make_drop_to_come() for _ in range(hands)]
    people = [asker(drop) for drop in drops]
    count = asking._refuse_if_asked_often

    def count_and_dawdle(*facts):
        count(*facts)
        time.sleep(0.2)

    def ask(drop, person):
        return lambda: asking.ask_by_mail(drop=drop, asker=person, email="lena@example.org", now=database_now())

    with swapped(asking, "_refuse_if_asked_often", count_and_dawdle):
        at_once(*[ask(drop, person) for drop, person in zip(drops, people, strict=True)])
    return Reminder.objects.count()


def test_a_crowd_cannot_have_a_mailbox_asked_more_often():
    assert questions_asked_for() == asking.QUESTIONS_PER_MAILBOX


def test_without_the_lock_a_crowd_has_a_mailbox_asked_as_often_as_it_likes():
    with swapped(asking, "lock_contacts", lambda *_names: None):
        assert questions_asked_for() == asking.QUESTIONS_PER_MAILBOX + 2
