"""
Telling the shop what happened: over real HTTP, signed, again and again until it says that it heard.
"""

import logging
from datetime import datetime, timedelta

import httpx
from django.conf import settings
from django.db.models import QuerySet

from creatorshop.adapters.testpay.events import as_told
from creatorshop.adapters.testpay.models import TestEvent
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
    """Tell the shop of everything it should know by now; return how much it heard."""
    return _send(TestEvent.objects.filter(due_at__lte=database_now()).order_by("due_at", "pk").values_list("pk"))


def send_webhooks_of(*, charge_id: int) -> int:
    """Tell the shop what it should know by now of one charge; return how much it heard."""
    due = TestEvent.objects.filter(charge=charge_id, due_at__lte=database_now()).order_by("due_at", "pk")
    return _send(due.values_list("pk"))


def _send(due: QuerySet[TestEvent, tuple[int]]) -> int:
    return sum(_send_one(event_id) for (event_id,) in list(due[:AT_ONCE]))


def _send_one(event_id: int) -> bool:
    now = database_now()
    event = TestEvent.objects.select_related("charge").filter(pk=event_id, due_at__lte=now).first()
    if event is None:
        return False
    # Taken before it is sent: a second worker finds it not due, and a crash means one more try, never none.
    tries = event.tries + 1
    next_at = now + _pause(tries) if tries < MOST_TRIES else None
    taken = TestEvent.objects.filter(pk=event.pk, due_at=event.due_at).update(due_at=next_at, tries=tries)
    if taken != 1 or not _is_heard(event, now):
        return False
    left = event.copies - 1
    TestEvent.objects.filter(pk=event.pk).update(copies=left, due_at=now if left > 0 else None)
    return True


def _is_heard(event: TestEvent, now: datetime) -> bool:
    body = write_event(as_told(event))
    headers = {HEADER: signature_of(body=body, at=now), "Content-Type": "application/json"}
    try:
        # trust_env off: a proxy meant for the world outside must not see what stays in the house.
        with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client:
            answer = client.post(f"{settings.SHOP_URL}{PATH}", content=body, headers=headers)
    except httpx.HTTPError as error:
        logger.info("Webhook %s was not heard: %s", event.event_id, type(error).__name__)
        return False
    if not answer.is_success:
        logger.info("Webhook %s was answered with %s", event.event_id, answer.status_code)
    return answer.is_success


def _pause(tries: int) -> timedelta:
    return min(timedelta(seconds=2**tries), LONGEST_PAUSE)
