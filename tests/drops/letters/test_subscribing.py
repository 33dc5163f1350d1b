"""Asking for a creator's letter, and everything that keeps it from being done to somebody else."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from drops.clock import database_now
from drops.letters import links, stopping, subscribing
from drops.letters.forgetting import EVIDENCE_KEPT_FOR, forget_old_subscribers
from drops.letters.models import Source, Subscriber
from drops.letters.subscribing import SubscriptionOver, TooManyQuestions
from drops.reminders import asking as reminding
from drops.reminders.contacts import MailAddressUnusable
from tests.drops.letters.makers import ask, make_subscriber
from tests.drops.reminders.makers import asker, make_drop_to_come
from tests.factories import make_creator, make_shopper

pytestmark = pytest.mark.django_db


@pytest.fixture
def creator():
    return make_creator()


def test_a_mailbox_is_asked_first_and_gets_letters_once_it_says_yes(creator):
    now = database_now()
    subscriber = ask(creator, source=Source.ORDER, time_zone="Asia/Tokyo", now=now)

    assert (subscriber.is_live, subscriber.question_due_at) == (False, now)
    assert (subscriber.address, subscriber.time_zone, subscriber.source) == ("lena@example.org", "Asia/Tokyo", "order")
    assert list(Subscriber.objects.live()) == []

    asked = links.subscriber_to_confirm(links.confirm_token(subscriber))
    subscribing.confirm(subscriber=asked, time_zone="Europe/Berlin", now=now)

    live = Subscriber.objects.live().get()
    assert (live.confirmed_at, live.question_due_at, live.time_zone) == (now, None, "Europe/Berlin")
    subscribing.confirm(subscriber=live, now=now + timedelta(minutes=1))
    assert Subscriber.objects.live().get().confirmed_at == now


def test_the_words_that_were_agreed_to_are_kept(creator):
    assert ask(creator).consent == (
        f"The letter of {creator.name}, by e-mail: what is being made, and when it can be had. "
        "At most four in 30 days, none between 20:00 and 9:00 where you are. One tap stops it."
    )


def test_a_mailbox_is_one_subscriber_however_it_is_written(creator):
    make_subscriber(creator, "lena@example.org")
    ask(creator, "Lena+mugs@Example.org")

    assert Subscriber.objects.get().is_live


def test_two_creators_letters_are_two_wishes(creator):
    make_subscriber(creator)
    make_subscriber(make_creator())

    assert Subscriber.objects.live().count() == 2


@pytest.mark.parametrize("email", ["lena", "", "lena@mailinator.com", "x@example.org\nBcc: y@z.io"])
def test_what_is_no_lasting_mailbox_is_refused(creator, email):
    with pytest.raises(MailAddressUnusable):
        ask(creator, email)

    assert Subscriber.objects.count() == 0


def test_who_says_that_it_was_not_them_is_never_asked_again(creator):
    subscriber = ask(creator)
    stopping.stop(subscriber=subscriber, now=database_now())

    again = ask(creator)

    assert (again.pk, again.question_due_at, again.address) == (subscriber.pk, None, "")


def test_who_stopped_may_ask_again_and_is_asked_again(creator):
    subscriber = make_subscriber(creator)
    stopping.stop(subscriber=subscriber, now=database_now())

    again = ask(creator)

    assert (again.pk, again.address, again.is_live) == (subscriber.pk, "lena@example.org", False)
    assert again.question_due_at is not None


def test_stopping_deletes_the_address_and_keeps_what_was_agreed_to(creator):
    now = database_now()
    subscriber = make_subscriber(creator, network="93.184.216.34", now=now)

    stopping.stop(subscriber=subscriber, now=now)
    stopping.stop(subscriber=subscriber, now=now + timedelta(days=1))

    subscriber.refresh_from_db()
    assert (subscriber.address, subscriber.network_hash, subscriber.stopped_at) == ("", "", now)
    assert (subscriber.confirmed_at, subscriber.consent[:10]) == (now, "The letter")


def test_a_link_that_was_stopped_since_confirms_nothing(creator):
    subscriber = ask(creator)
    stopping.stop(subscriber=subscriber, now=database_now())

    with pytest.raises(SubscriptionOver):
        subscribing.confirm(subscriber=subscriber, now=database_now())

    assert list(Subscriber.objects.live()) == []


def test_a_shopper_stops_what_they_asked_for_and_nothing_of_others(creator):
    lena = make_shopper(creator=creator)
    make_subscriber(creator, shopper=lena)
    other = make_subscriber(creator, "tom@example.org")

    assert stopping.stop_all_of(shopper=lena, now=database_now()) == 1
    assert stopping.stop_all_of(shopper=lena, now=database_now()) == 0

    assert Subscriber.objects.live().get() == other


def test_a_mailbox_is_asked_three_times_a_day_whatever_it_is_asked_for(creator):
    now = database_now()
    for _ in range(2):
        drop = make_drop_to_come()
        reminding.ask_by_mail(drop=drop, asker=asker(drop), email="lena@example.org", now=now)
    ask(creator, now=now)

    with pytest.raises(TooManyQuestions):
        ask(make_creator(), now=now)

    assert Subscriber.objects.count() == 1
    ask(make_creator(), now=now + timedelta(days=1, seconds=1))
    assert Subscriber.objects.count() == 2


def test_a_network_asks_for_sixty_an_hour(creator):
    now = database_now()
    shopper = make_shopper(creator=creator)
    for number in range(60):
        ask(creator, f"reader-{number}@example.org", shopper=shopper, network="93.184.216.34", now=now)

    with pytest.raises(TooManyQuestions):
        ask(creator, shopper=shopper, network="93.184.216.34", now=now)

    assert Subscriber.objects.count() == 60


@pytest.mark.parametrize("change", [{"address": ""}, {"stopped_at": "2026-11-01T12:00:00Z"}])
def test_an_address_is_there_for_as_long_as_it_is_needed_and_no_longer(creator, change):
    subscriber = make_subscriber(creator)

    with pytest.raises(IntegrityError, match="subscriber_has_an_address_until_stopped"), transaction.atomic():
        Subscriber.objects.filter(pk=subscriber.pk).update(**change)


def test_unanswered_questions_are_forgotten_after_a_week_and_evidence_after_three_years(creator):
    now = database_now()
    ask(creator, "never@example.org", now=now - timedelta(days=8))
    fresh = ask(creator, "fresh@example.org", now=now - timedelta(days=6))
    reader = make_subscriber(creator, "reader@example.org", network="93.184.216.34", now=now - timedelta(days=400))
    old = make_subscriber(creator, "old@example.org", now=now - timedelta(days=2000))
    stopping.stop(subscriber=old, now=now - EVIDENCE_KEPT_FOR - timedelta(days=1))
    gone = make_subscriber(creator, "gone@example.org", now=now - timedelta(days=400))
    stopping.stop(subscriber=gone, now=now - timedelta(days=300))

    assert forget_old_subscribers(now=now) == 2

    assert set(Subscriber.objects.all()) == {fresh, reader, gone}
    reader.refresh_from_db()
    assert (reader.address, reader.network_hash) == ("reader@example.org", "")


@pytest.mark.parametrize("find", [links.subscriber_to_confirm, links.subscriber_to_stop])
def test_a_forged_link_leads_nowhere(creator, find):
    subscriber = ask(creator)
    wrong = links.stop_token if find is links.subscriber_to_confirm else links.confirm_token

    for token in (subscriber.ref, f"{subscriber.ref}.x", wrong(subscriber)):
        with pytest.raises(links.LetterLinkInvalid):
            find(token)
