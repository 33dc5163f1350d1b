"""A human and a shopper, or two humans, at the same instant, on real connections."""

import uuid

import pytest
from django.db import IntegrityError

from creatorshop.chat import humans, threads
from creatorshop.chat.inbound import read_event
from creatorshop.chat.models import Message, Thread, ThreadEvent
from drops.errors import ShopError
from tests.chat.test_threads import make_client
from tests.chat.test_threads_at_once import at_once, dawdle_with_the_thread, without_the_lock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

ANA, BEN = "1", "2"


def make_open(*, speaker=""):
    client = make_client()
    client.open()
    if speaker:
        humans.take_over(thread_id=client.thread.pk, form=uuid.uuid4(), who=speaker, seen="")
    return client


def types_something(client):
    event = read_event({"id": str(uuid.uuid4()), "kind": "text", "text": "is it food safe?"})
    return lambda: threads.receive(thread_id=client.thread.pk, event=event)


def does(deed, client, who, form=None, **given):
    def job():
        try:
            return deed(thread_id=client.thread.pk, form=form or uuid.uuid4(), who=who, **given)
        except ShopError as refusal:
            return refusal.code

    return job


def numbers_of(client):
    return list(Message.objects.filter(thread=client.thread).order_by("seq").values_list("seq", flat=True))


def test_a_human_and_a_shopper_who_write_at_once_are_numbered_one_after_the_other():
    client = make_open(speaker=ANA)

    results = at_once([does(humans.say, client, ANA, text="Hello!"), types_something(client)], dawdle_with_the_thread)

    assert results == [None, threads.Receipt(acked=True)]
    numbers = numbers_of(client)
    assert numbers == list(range(1, len(numbers) + 1))
    assert threads.current_seq(client.thread.pk) == numbers[-1]
    said = [(m["from"], m["body"]["text"]) for m in threads.messages_since(thread_id=client.thread.pk, seq=3)]
    assert sorted(said) == [("human", "Hello!"), ("shopper", "is it food safe?")]


def test_without_the_lock_they_take_the_same_number():
    """The negative control: the test above proves something only if this one can fail it."""
    client = make_open(speaker=ANA)
    jobs = [does(humans.say, client, ANA, text="Hello!"), types_something(client)]

    results = at_once(jobs, dawdle_with_the_thread, without_the_lock)

    assert [type(result) for result in results].count(IntegrityError) == 1


def test_of_two_who_take_over_at_once_one_does_and_the_other_is_told():
    client = make_open()
    jobs = [does(humans.take_over, client, who, seen="") for who in (ANA, BEN)]

    results = at_once(jobs, dawdle_with_the_thread)

    assert sorted(results, key=str) == [None, "taken_over"]
    assert Thread.objects.get(pk=client.thread.pk).helper == (ANA, BEN)[results.index(None)]
    assert numbers_of(client) == [1, 2, 3]


def test_a_double_click_sends_once():
    client = make_open(speaker=ANA)
    form = uuid.uuid4()

    results = at_once([does(humans.say, client, ANA, form, text="Hello!")] * 2, dawdle_with_the_thread)

    assert results == [None, None]
    assert ThreadEvent.objects.filter(event_id=f"office:{form}").count() == 1
    assert numbers_of(client) == [1, 2, 3, 4]
