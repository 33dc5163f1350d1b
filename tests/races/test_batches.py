"""Two runners, two packers: on the real PostgreSQL, with the gap between reading and writing widened."""

import threading
import time

import pytest
from django.db import connection

from drops.errors import ShopError
from drops.events import announce, unit_moved
from fulfillment.batches import make_batch, run_batch
from fulfillment.models import Batch, BatchState, Document, Parcel, ParcelState
from fulfillment.parcels import hand_to_carrier, pack_parcel
from tests.fulfillment.makers import AFTER, make_closed_drop, make_order, parcel_of

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def dawdle_after_reading(execute, sql, params, many, context):
    """Widen the gap in which a check-then-act mistake would let two people through."""
    result = execute(sql, params, many, context)
    if sql.startswith("SELECT") and "fulfillment_" in sql:
        time.sleep(0.03)
    return result


def at_once(*works):
    """Do several things in threads of their own, all from the same moment; return what each gave or raised."""
    barrier, results = threading.Barrier(len(works)), [None] * len(works)

    def run(index, work):
        try:
            with connection.execute_wrapper(dawdle_after_reading):
                barrier.wait()
                results[index] = work()
        except ShopError as refusal:
            results[index] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def heard():
    told = []

    def listen(sender, **facts):
        told.append(facts["state"])

    unit_moved.connect(listen)
    yield told
    unit_moved.disconnect(listen)


def make_packed_parcel():
    drop = make_closed_drop()
    order = make_order(drop=drop)
    run_batch(batch_id=make_batch(drop_id=drop.pk, by_user_id=None, now=AFTER).pk, now=AFTER)
    return pack_parcel(parcel_id=parcel_of(order).pk, now=AFTER)


def test_two_runners_of_one_batch_print_each_paper_once():
    drop = make_closed_drop()
    make_order(drop=drop)
    batch = make_batch(drop_id=drop.pk, by_user_id=None, now=AFTER)

    results = at_once(*[lambda: run_batch(batch_id=batch.pk, now=AFTER)] * 3)

    assert [result.state for result in results] == [BatchState.RUNNING] * 3
    assert Document.objects.filter(batch=batch).count() == 3


def test_two_people_who_make_a_batch_at_once_make_one():
    drop = make_closed_drop()
    make_order(drop=drop)

    results = at_once(*[lambda: make_batch(drop_id=drop.pk, by_user_id=None, now=AFTER)] * 2)

    assert sorted(type(result).__name__ for result in results) == ["Batch", "BatchBeingPrepared"]
    assert Batch.objects.count() == 1


def test_two_people_who_hand_over_the_same_parcel_send_it_once(heard):
    parcel = make_packed_parcel()
    heard.clear()

    results = at_once(
        lambda: hand_to_carrier(parcel_id=parcel.pk, carrier="CTT", tracking_number="A1", now=AFTER),
        lambda: hand_to_carrier(parcel_id=parcel.pk, carrier="CTT", tracking_number="B2", now=AFTER),
    )

    parcel.refresh_from_db()
    (winner,) = [result for result in results if isinstance(result, Parcel)]
    assert parcel.tracking_number == winner.tracking_number
    assert [result.code for result in results if isinstance(result, ShopError)] == ["parcel_left"]
    assert heard == ["shipped"]


def test_without_the_lock_the_same_two_people_would_send_it_twice(heard):
    """The negative control: reading without a lock and then writing lets both through, so the race above is real."""
    parcel = make_packed_parcel()
    heard.clear()

    def hand_over_unlocked(number):
        found = Parcel.objects.get(pk=parcel.pk)
        if found.state == ParcelState.PACKED:
            Parcel.objects.filter(pk=found.pk).update(
                state=ParcelState.SHIPPED, shipped_at=AFTER, tracking_number=number
            )
            announce(unit_moved, order_id=found.order_id, state="shipped")

    at_once(lambda: hand_over_unlocked("A1"), lambda: hand_over_unlocked("B2"))

    assert heard == ["shipped", "shipped"]
