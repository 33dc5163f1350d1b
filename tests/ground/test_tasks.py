"""What a worker does while the database does not answer."""

from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from creatorshop.celery import PatientTask
from drops.idempotency import IdempotencyKey
from drops.tasks import forget_old_idempotency_keys

pytestmark = pytest.mark.django_db(transaction=True)


class Outage:
    """Fails so many statements, and then lets every one pass."""

    def __init__(self, *, failures: int) -> None:
        self.left = failures

    def __call__(self, execute, sql, params, many, context):
        if self.left:
            self.left -= 1
            raise (OperationalError, InterfaceError)[self.left % 2]("the server went away")
        return execute(sql, params, many, context)


@pytest.fixture
def old_key():
    return IdempotencyKey.objects.create(
        scope="hold:lena", key="tap", request_hash="0", answer={}, created_at=timezone.now() - timedelta(days=4)
    )


def test_a_task_that_cannot_reach_the_database_comes_again(old_key):
    with connection.execute_wrapper(Outage(failures=PatientTask.max_retries)):
        done = forget_old_idempotency_keys.apply()

    assert done.successful()
    assert IdempotencyKey.objects.count() == 0


def test_and_gives_up_in_the_end(old_key):
    with connection.execute_wrapper(Outage(failures=PatientTask.max_retries + 1)):
        done = forget_old_idempotency_keys.apply()

    assert isinstance(done.result, OperationalError)
    assert IdempotencyKey.objects.get() == old_key
