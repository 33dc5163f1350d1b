from celery import shared_task

from creatorshop.storefront import posters
from drops.clock import database_now


@shared_task(ignore_result=True)
def draw_missing_posters(**_future: object) -> None:
    posters.draw_missing_posters(now=database_now())
