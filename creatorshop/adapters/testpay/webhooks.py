"""
Telling the shop what was decided: over real HTTP, signed, again and again until it says that it heard.
"""

import logging
from datetime import datetime, timedelta

import httpx
from django.conf import settings

from creatorshop.adapters.testpay.charges import event_of
from creatorshop.adapters.testpay.models import TestCharge
from creatorshop.adapters.testpay.provider import write_event
from creatorshop.adapters.testpay.signatures import HEADER, signature_of
from drops.clock import database_now

logger = logging.getLogger(__name__)

PATH = "/api/v1/webhooks/test"
TIMEOUT_S = 5.0
MOST_TRIES = 12
LONGEST_PAUSE = timedelta(minutes=5)
AT_ONCE = 100


def send_due_webhooks() -> int:
    """Tell the shop of every charge it should know about by now; return how many it heard of."""
    due = TestCharge.objects.filter(webhook_due_at__lte=database_now()).order_by("webhook_due_at", "pk")
    return sum(send_webhook(charge_id=charge_id) for charge_id in due.values_list("pk", flat=True)[:AT_ONCE])


def send_webhook(*, charge_id: int) -> bool:
    """Tell the shop of one charge if it is due, and note whether it heard."""
    now = database_now()
    charge = TestCharge.objects.filter(pk=charge_id, webhook_due_at__lte=now).first()
    if charge is None:
        return False
    # Taken before it is sent: a second worker finds it not due, and a crash means one more try, never none.
    tries = charge.webhook_tries + 1
    next_at = now + _pause(tries) if tries < MOST_TRIES else None
    taken = TestCharge.objects.filter(pk=charge.pk, webhook_due_at=charge.webhook_due_at).update(
        webhook_due_at=next_at, webhook_tries=tries
    )
    if taken != 1 or not _is_heard(charge, now):
        return False
    TestCharge.objects.filter(pk=charge.pk).update(webhook_due_at=None)
    return True


def _is_heard(charge: TestCharge, now: datetime) -> bool:
    body = write_event(event_of(charge=charge, now=now))
    headers = {HEADER: signature_of(body=body, at=now), "Content-Type": "application/json"}
    try:
        # trust_env off: a proxy meant for the world outside must not see what stays in the house.
        with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client:
            answer = client.post(f"{settings.SHOP_URL}{PATH}", content=body, headers=headers)
    except httpx.HTTPError as error:
        logger.info("Webhook of %s was not heard: %s", charge.ref, type(error).__name__)
        return False
    if not answer.is_success:
        logger.info("Webhook of %s was answered with %s", charge.ref, answer.status_code)
    return answer.is_success


def _pause(tries: int) -> timedelta:
    return min(timedelta(seconds=2**tries), LONGEST_PAUSE)
