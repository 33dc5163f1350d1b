from datetime import timedelta

from celery import shared_task

from creatorshop.nudges import asking, letters, sending

SENDING_LASTS = timedelta(seconds=30)  # then the next run goes on; several may run at once


@shared_task(ignore_result=True)
def send_nudges(**_future: object) -> None:
    sending.send_nudges(within=SENDING_LASTS)


@shared_task(ignore_result=True)
def ask_mailboxes(**_future: object) -> None:
    asking.ask_mailboxes()


@shared_task(ignore_result=True)
def send_letters(**_future: object) -> None:
    letters.send_letters(within=SENDING_LASTS)
