from celery import shared_task

from creatorshop.insights import alerts
from drops.clock import database_now


@shared_task(ignore_result=True)
def prove_stock(**_future: object) -> None:
    now = database_now()
    alerts.raise_alerts(now=now)
    alerts.mail_alerts(now=now)
