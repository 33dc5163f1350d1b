"""
Sending the link of an order to whoever lost it: to the mailbox that the order was made with, and to no other.

The page takes the wish and a worker looks it up: so the page knows nothing that it could give away, neither in words nor
by how long it takes.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.urls import reverse

from creatorshop.doors import Knocks
from creatorshop.storefront.references import absolute
from drops.errors import Invalid, Refused, Unreachable
from drops.refs import ORDER_REF_LETTERS, normalise_code
from drops.risk.emails import canonical_email
from drops.sales.access import order_access
from drops.sales.orders import OrderNotFound, order_of

_by_network, _to_mailbox = Knocks("order_links"), Knocks("order_links_to_mailbox")


class NumberUnreadable(Invalid):
    """What was typed cannot be the number of any order."""

    code = "order_number_unreadable"


class AddressUnreadable(Invalid):
    """What was typed is no e-mail address."""

    code = "order_address_unreadable"


class TooManyLookups(Refused):
    """A network asked, or a mailbox was written to, often enough; the facts say in how many seconds to come back."""

    status = 429
    code = "too_many_lookups"


class PostUnreachable(Unreachable):
    """Nobody is there to take the wish: the broker does not answer."""

    code = "post_unreachable"


def checked_wish(*, number: str, email: str) -> tuple[str, str]:
    """
    Return an order's ref and an e-mail address as they were meant, whether or not there is such an order.

    :raises NumberUnreadable: if no order can have that number.
    :raises AddressUnreadable: if that is no e-mail address.
    """
    ref, email = normalise_code(number), email.strip()
    if len(ref) != ORDER_REF_LETTERS or not ref.isascii():
        raise NumberUnreadable(f"An order's number has {ORDER_REF_LETTERS} letters and digits, like 4KD2M9XQ7A.")
    try:
        validate_email(email)
    except ValidationError:
        raise AddressUnreadable("Please write an e-mail address, like name@example.org.") from None
    return ref, email


def refuse_too_many(*, network: str, email: str) -> None:
    """
    Count a wish for its network and for its mailbox.

    :raises TooManyLookups: if either had enough; counted by what was typed, so it says nothing about orders.
    """
    wait = _by_network.wait_of(f"network {network}")
    if not wait:
        wait = _to_mailbox.wait_of(f"mailbox {canonical_email(email)}")
    if wait:
        minutes = -(-wait // 60)
        when = f"in {minutes} minutes" if minutes > 1 else "in a minute"
        raise TooManyLookups(f"That was asked often enough for now. Please try again {when}.", wait_s=wait)


def mail_order_link(*, ref: str, email: str) -> bool:
    """Send an order's link to its own mailbox if that is the one that was named; True if there was something to send."""
    try:
        order = order_of(ref=ref)
    except OrderNotFound:
        return False
    # An order keeps the address of its payment; one without any has nobody to be sent to.
    if not order.email or canonical_email(order.email) != canonical_email(email):
        return False
    capability = [order.ref, order_access(order.ref)]
    urls = {
        "url": absolute(reverse("order", args=capability)),
        "receipt_url": absolute(reverse("order-receipt", args=capability)),
        "withdraw_url": absolute(reverse("withdraw")),
    }
    send_mail(
        subject=f"Your order {order.ref} from {order.creator.name}",
        message=render_to_string("storefront/order_link_mail.txt", {"order": order, **urls}),
        from_email=None,
        recipient_list=[order.email],
    )
    return True
