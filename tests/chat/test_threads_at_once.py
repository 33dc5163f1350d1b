"""Two taps at the same instant are answered one after the other, on real connections."""

import threading
import time
import uuid
from contextlib import ExitStack

import pytest
from django.db import IntegrityError, connection

from creatorshop.chat import threads
from creatorshop.chat.inbound import read_event
from creatorshop.chat.models import Message, ThreadEvent
from drops.stock.models import Hold
from tests.chat.client import Client
from tests.factories import make_capsule, make_drop, make_drop_sku, make_product, make_shopper, make_sku

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

LOCK = "FOR NO KEY UPDATE"


def make_quoted():
    """Walk the main road up to a price."""
    drop = make_drop(capsule=make_capsule())
    product = make_product(capsule=drop.capsule)
    for label in ("Sage", "Terracotta"):
        make_drop_sku(drop=drop, sku=make_sku(product=product, option_values=[label]))
    client = Client(make_shopper(creator=drop.creator))
    client.open()
    client.tap("Sage")
    client.tap("At the counter")
    return client


def dawdle_with_the_thread(execute, sql, params, many, context):
    """Widen the gap between reading a thread and writing it."""
    result = execute(sql, params, many, context)
    if sql.startswith("SELECT") and 'FROM "chat_thread"' in sql and "INNER JOIN" in sql:
        time.sleep(0.3)
    return result


def without_the_lock(execute, sql, params, many, context):
    """Take the guard away: read the thread without locking it."""
    if 'FROM "chat_thread"' in sql and LOCK in sql:
        sql = sql[: sql.index(LOCK)]
    return execute(sql, params, many, context)


def at_once(jobs, *wrappers):
    """Run jobs at the same instant, each on its own connection; return what they came to, errors included."""
    barrier, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def work(number):
        try:
            with ExitStack() as stack:
                for wrapper in wrappers:
                    stack.enter_context(connection.execute_wrapper(wrapper))
                barrier.wait()
                results[number] = jobs[number]()
        except IntegrityError as error:
            results[number] = error
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(len(jobs))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return results


def tap(client, token, event_id=""):
    event = read_event({"id": event_id or str(uuid.uuid4()), "kind": "action", "token": token})
    return lambda: threads.receive(thread_id=client.thread.pk, event=event)


def test_two_taps_at_once_are_answered_one_after_the_other():
    client = make_quoted()
    jobs = [tap(client, client.token("Change quantity")), tap(client, client.token("Change quantity"))]

    results = at_once(jobs, dawdle_with_the_thread)

    assert results == [threads.Receipt(acked=True)] * 2
    numbers = list(Message.objects.order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    ids = [message["id"] for message in threads.messages_since(thread_id=client.thread.pk, seq=0)]
    assert len(ids) == len(set(ids)) == len(numbers)


def test_without_the_lock_two_taps_at_once_trip_over_each_other():
    """The negative control: the test above proves something only if this one can fail it."""
    client = make_quoted()
    jobs = [tap(client, client.token("Change quantity")), tap(client, client.token("Change quantity"))]

    results = at_once(jobs, dawdle_with_the_thread, without_the_lock)

    assert [type(result) for result in results].count(IntegrityError) == 1


def test_the_same_tap_sent_twice_at_once_holds_once():
    client = make_quoted()
    token, event_id = client.token("Hold for 10 minutes"), str(uuid.uuid4())

    results = at_once([tap(client, token, event_id), tap(client, token, event_id)], dawdle_with_the_thread)

    assert results == [threads.Receipt(acked=True)] * 2
    assert Hold.objects.count() == 1
    assert ThreadEvent.objects.filter(event_id=event_id).count() == 1
    threads.heal()
    assert [m["type"] for m in threads.messages_since(thread_id=client.thread.pk, seq=0)].count("hold") == 1
