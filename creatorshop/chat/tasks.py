from celery import shared_task

from creatorshop.chat import threads


@shared_task(ignore_result=True)
def heal_threads(**_future: object) -> None:
    threads.heal()
