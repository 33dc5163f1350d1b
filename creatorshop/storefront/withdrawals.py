"""
Withdrawing from a contract without the link of its order (Directive (EU) 2023/2673): the page takes the statement, and a
worker finds out whether number and mailbox belong together. So the page knows nothing that it could give away.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from creatorshop.doors import Knocks
from creatorshop.storefront.return_mails import mail_nothing_left, mail_returns
from drops.errors import Refused
from drops.refs import normalise_code
from drops.returns.models import Return, ReturnReason
from drops.returns.notices import say_again
from drops.returns.requesting import NothingToReturn, request_return, returnable
from drops.risk.emails import canonical_email
from drops.sales.models import Order
from drops.sales.orders import OrderNotFound, order_of
from drops.sales.refunds import OrderNotRefundable

ACTOR = "shopper:withdrawal page"
_by_network, _again = Knocks("withdrawals"), Knocks("withdrawals_again")


class TooManyWithdrawals(Refused):
    """A network declared enough of them; the facts say in how many seconds to come back."""

    status = 429
    code = "too_many_withdrawals"


def refuse_too_many(*, network: str) -> None:
    """
    Count a statement for its network. Not for its mailbox: a stranger could use that up, and the right with it.

    :raises TooManyWithdrawals: if the network had enough.
    """
    wait = _by_network.wait_of(f"network {network}")
    if wait:
        minutes = -(-wait // 60)
        when = f"in {minutes} minutes" if minutes > 1 else "in a minute"
        raise TooManyWithdrawals(f"That was asked often enough for now. Please try again {when}.", wait_s=wait)


def withdraw(*, ref: str, email: str, name: str, declared_at: datetime) -> Return | None:
    """
    Withdraw from all that is left of an order, if the mailbox is its own, and have it acknowledged. Twice is once.

    :raises PaymentMissing: while its money is not captured yet; to be tried again in a moment.
    """
    order = _order_of(ref, email)
    if order is None:
        return None
    try:
        returned = _withdraw_all(order, name, declared_at)
    except (NothingToReturn, OrderNotRefundable):
        _acknowledge_again(order)
        return None
    mail_returns()
    return returned


def _order_of(ref: str, email: str) -> Order | None:
    try:
        order = order_of(ref=normalise_code(ref))
    except OrderNotFound:
        return None
    return order if order.email and canonical_email(order.email) == canonical_email(email) else None


def _withdraw_all(order: Order, name: str, declared_at: datetime) -> Return:
    # One transaction, so that nothing comes between the look and the word.
    with transaction.atomic():
        there = returnable(order_ref=order.ref, declared_at=declared_at)
        return request_return(
            order_ref=order.ref,
            # What nobody has to be asked for; if there is nothing of that, the shop is asked for the rest.
            quantities=there.without_asking or {line.row: line.quantity for line in there.lines},
            reason=ReturnReason.CHANGED_MIND,
            note=f"Declared by {name}." if name else "",
            actor=ACTOR,
            declared_at=declared_at,
        )


def _acknowledge_again(order: Order) -> None:
    """Mail what stands already, a few times a day and not without end."""
    if _again.wait_of(f"order {order.ref}"):
        return
    if say_again(order_id=order.pk):
        mail_returns()
    else:
        mail_nothing_left(order=order)
