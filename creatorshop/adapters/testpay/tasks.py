from celery import shared_task

from creatorshop.adapters.testpay import webhooks


@shared_task(ignore_result=True)
def send_webhook(*, charge_id: int, **_future: object) -> None:
    webhooks.send_webhooks_of(charge_id=charge_id)


@shared_task(ignore_result=True)
def send_due_webhooks(**_future: object) -> None:
    webhooks.send_due_webhooks()
