"""
The roof's ears: what is done when the shop below announces something.
"""

import logging
from typing import Any

from kombu.exceptions import OperationalError

from creatorshop.nudges.tasks import ask_mailboxes
from creatorshop.storefront.tasks import mail_returns
from drops import events
from drops.sales import offering
from drops.stock import waitlist
from drops.stock.models import Hold
from drops.tasks import make_renditions

logger = logging.getLogger(__name__)

# Ends that give units back at once. Holds that merely lapse are many, and the sweep looks for all of them together.
_GIVES_BACK = ("released", "revoked", "late_refund")


def connect() -> None:
    """Begin to listen; each listener is known by name, so that this may be called twice."""
    for signal, listener in (
        (events.photo_added, send_renditions_task),
        (events.mailbox_to_ask, send_question_task),
        (events.return_changed, send_return_mails_task),
        (events.hold_changed, serve_the_line_of_hold),
        (events.units_awaited, serve_the_line),
    ):
        signal.connect(listener, dispatch_uid=f"creatorshop.{listener.__name__}")


def send_renditions_task(*, photo_id: int, **_facts: object) -> None:
    """Have a new photo's renditions made by a worker; when none can be reached, the sweep makes them later."""
    try:
        make_renditions.delay(photo_id=photo_id)
    except OperationalError:
        logger.info("No broker; the renditions of photo %s wait for the sweep", photo_id)


def send_question_task(*, ref: str, **_facts: object) -> None:
    """Have a mailbox asked by a worker, at once; when none can be reached, the sweep asks it later."""
    try:
        ask_mailboxes.delay()
    except OperationalError:
        logger.info("No broker; the question of %s waits for the sweep", ref)


def send_return_mails_task(*, return_id: int, **_facts: object) -> None:
    """Have the buyer written by a worker, at once; when none can be reached, the sweep does it later."""
    try:
        mail_returns.delay()
    except OperationalError:
        logger.info("No broker; the mail about return %s waits for the sweep", return_id)


def serve_the_line_of_hold(*, hold_id: int, state: str, **_facts: Any) -> None:
    """Offer what a hold gave back to those who wait, here and now: no worker is needed for it."""
    if state in _GIVES_BACK:
        drop_sku_id = Hold.objects.filter(pk=hold_id).values_list("drop_sku_id", flat=True).first()
        if drop_sku_id is not None:
            serve_the_line(drop_sku_id=drop_sku_id)


def serve_the_line(*, drop_sku_id: int, **_facts: Any) -> None:
    if waitlist.is_awaited(drop_sku_id=drop_sku_id):
        offering.promote(drop_sku_id=drop_sku_id)
