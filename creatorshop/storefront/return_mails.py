"""
Mails about returns: the acknowledgement of a withdrawal on a durable medium (Directive (EU) 2023/2673), the shop's answer, and
the money. Plain text, each once, to the mailbox of the order and to no other.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC
from email.utils import formataddr, parseaddr
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse

from creatorshop.storefront import wording
from creatorshop.storefront.references import absolute
from creatorshop.storefront.return_cards import is_there, send_by
from creatorshop.storefront.return_places import return_address
from drops.clock import database_now
from drops.money import format_minor
from drops.returns.models import Return, ReturnReason
from drops.returns.notices import NoticeKind, ReturnNotice, claim_notices, give_back
from drops.sales.access import order_access
from drops.sales.models import Order

logger = logging.getLogger(__name__)

AT_ONCE = 50
_BLANKS = re.compile(r"\n{3,}")  # which the template's branches leave


def mail_returns() -> int:
    """Send what is due about returns; return how many mails went out."""
    sent = 0
    while claimed := claim_notices(most=AT_ONCE, now=database_now()):
        try:
            with get_connection() as connection:
                sent += sum(_mail(notice, connection) for notice in claimed)
        except OSError as error:
            # No way in, so nothing went out. The next turn tries again.
            logger.warning("Unable to reach the mail server: %s", type(error).__name__)
            give_back(notices=claimed)
            break
    return sent


def mail_nothing_left(*, order: Order) -> None:
    """Tell whoever withdrew from an order that nothing of it is left to withdraw from."""
    with get_connection() as connection:
        _send(order, "nothing", {}, connection)


def _mail(notice: ReturnNotice, connection: BaseEmailBackend) -> bool:
    """Send one; what the server did not take is let be, since it may have gone out all the same."""
    returned = Return.objects.select_related("order__creator", "order__drop", "refund").get(pk=notice.of_id)
    order = returned.order
    if not order.email:
        return False
    try:
        _send(order, notice.kind, _facts(order, returned), connection)
    except OSError as error:
        logger.warning("A mail about %s did not leave: %s", returned.ref, type(error).__name__)
        return False
    return True


def _facts(order: Order, returned: Return) -> dict[str, object]:
    zone = ZoneInfo(order.creator.time_zone)
    at, refund = returned.created_at, returned.refund
    return {
        "returned": returned,
        "what": returned.what,
        "declared_utc": f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "declared_there": f"{wording.day_and_clock(at, zone)} {wording.zone_name(zone)}",
        "reason": "" if returned.reason == ReturnReason.CHANGED_MIND else returned.get_reason_display(),
        "last_day": wording.day(returned.last_day) if returned.last_day else "",
        "is_there": is_there(order),
        "send_by": wording.day(send_by(order=order, begun=returned.begun_at)),
        "where": return_address(creator_id=order.creator_id),
        "amount": format_minor(refund.amount_minor, order.currency) if refund else "",
    }


def _send(order: Order, kind: str, facts: dict[str, object], connection: BaseEmailBackend) -> None:
    shop = " ".join(order.creator.name.split())
    page = absolute(reverse("order", args=[order.ref, order_access(order.ref)]))
    words = {"order": order, "shop": shop, "url": page, "kind": kind} | facts
    returned = facts.get("returned")
    is_asked = isinstance(returned, Return) and not returned.is_withdrawal
    EmailMessage(
        subject=_SUBJECTS[f"{kind} of the shop" if kind == NoticeKind.DECLARED and is_asked else kind].format(
            order=order.ref, shop=shop
        ),
        body=_BLANKS.sub("\n\n", render_to_string("storefront/return_mail.txt", words)).strip() + "\n",
        from_email=formataddr((shop, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[order.email],
        headers={"Auto-Submitted": "auto-generated"},
        connection=connection,
    ).send()


_SUBJECTS: dict[str, str] = {
    NoticeKind.DECLARED: "Your withdrawal from order {order}",
    "declared of the shop": "Your return of order {order} was passed on",
    NoticeKind.APPROVED: "{shop} agreed to your return of order {order}",
    NoticeKind.REJECTED: "{shop} answered about your return of order {order}",
    NoticeKind.REFUNDED: "Your money for the return of order {order}",
    NoticeKind.ENDED: "Your return of order {order} has ended",
    "nothing": "Your withdrawal from order {order}",
}
