from celery import shared_task

from creatorshop.storefront import posters
from drops.clock import database_now


@shared_task(ignore_result=True)
def draw_missing_posters(**_future: object) -> None:
    now = database_now()
    posters.draw_missing_posters(now=now)
    posters.forget_retired_posters(now=now)
