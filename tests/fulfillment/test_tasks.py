import pytest

from fulfillment.batches import ask_to_run, make_batch
from fulfillment.models import BatchState
from fulfillment.tasks import resume_batches, run_batch
from tests.fulfillment.makers import AFTER, make_closed_drop, make_order

pytestmark = pytest.mark.django_db


def make_asked_batch():
    drop = make_closed_drop()
    make_order(drop=drop)
    batch = make_batch(drop_id=drop.pk, by_user_id=None, now=AFTER)
    ask_to_run(batch_id=batch.pk, now=AFTER)
    return batch


def test_a_worker_carries_a_batch_to_where_people_pack():
    batch = make_asked_batch()

    run_batch.apply(kwargs={"batch_id": batch.pk}, throw=True)

    batch.refresh_from_db()
    assert batch.state == BatchState.RUNNING


def test_what_a_dead_worker_left_is_taken_up():
    batch = make_asked_batch()
    run_batch.app.conf.task_always_eager = True
    try:
        resume_batches.apply(throw=True)
    finally:
        run_batch.app.conf.task_always_eager = False

    batch.refresh_from_db()
    assert batch.state == BatchState.RUNNING
