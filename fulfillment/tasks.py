from celery import shared_task

from drops.clock import database_now
from fulfillment import batches


@shared_task(ignore_result=True, acks_late=True)
def run_batch(*, batch_id: int, **_future: object) -> None:
    batches.run_batch(batch_id=batch_id, now=database_now())


@shared_task(ignore_result=True)
def resume_batches(**_future: object) -> None:
    """Carry on what a worker that died has left. One batch that fails is logged and does not stop the others."""
    for batch_id in batches.unfinished_batches():
        run_batch.delay(batch_id=batch_id)
