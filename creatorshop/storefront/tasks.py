import logging
from datetime import datetime

from celery import Task, shared_task
from django.db import OperationalError

from creatorshop.storefront import lookups, posters, return_mails, withdrawals
from drops.clock import database_now
from drops.sales.refunds import PaymentMissing

logger = logging.getLogger(__name__)

MAIL_TRIES = 6  # after the first, with 1, 2, 4 ... 32 minutes between them: about an hour


@shared_task(ignore_result=True)
def draw_missing_posters(**_future: object) -> None:
    now = database_now()
    posters.draw_missing_posters(now=now)
    posters.forget_retired_posters(now=now)


@shared_task(bind=True, ignore_result=True)
def mail_order_link(self: Task, *, ref: str, email: str, **_future: object) -> None:
    """Send a link, and try again for about an hour while the mail server takes nothing."""
    try:
        lookups.mail_order_link(ref=ref, email=email)
    except OSError as error:
        # smtplib's errors and a dead network alike. Neither address nor number goes to the log.
        if self.request.retries >= MAIL_TRIES:
            logger.warning("Unable to send an order's link: %s", type(error).__name__)
            return
        raise self.retry(countdown=60 * 2**self.request.retries, max_retries=None) from error


@shared_task(ignore_result=True)
def mail_returns(**_future: object) -> None:
    return_mails.mail_returns()


@shared_task(bind=True, ignore_result=True)
def withdraw_order(self: Task, *, ref: str, email: str, name: str, declared_at: str, **_future: object) -> None:
    """Carry a withdrawal out; try again for about an hour while database, provider or mail server are away: twice is once."""
    try:
        withdrawals.withdraw(ref=ref, email=email, name=name, declared_at=datetime.fromisoformat(declared_at))
    except (OSError, OperationalError, PaymentMissing) as error:
        if self.request.retries >= MAIL_TRIES:
            logger.exception("Unable to carry out a withdrawal")
            return
        raise self.retry(countdown=60 * 2**self.request.retries, max_retries=None) from error
