"""
The end of an order whose money never came: it was made when the bank promised it, and the bank took that back.
"""

import logging
from datetime import datetime

from drops.ledger.entries import Posting, post
from drops.ledger.models import Account, Entry
from drops.sales.delivery import delivery_method
from drops.sales.gift_ends import revoke_gifts_of
from drops.sales.models import Order, OrderState, OrderUnit, Payment
from drops.sales.refunds import lock_order
from drops.stock import holds, limits
from drops.stock.models import Hold

logger = logging.getLogger(__name__)


def undo_order(*, payment: Payment, hold: Hold, reason: str, now: datetime) -> bool:
    """
    Take an order back, as a refund would, but that no money has to go anywhere; False if somebody has the goods already.

    A step of a transaction in which the hold is locked. What was handed over stays an order: its total stays on the
    clearing account, where the books show what never came in, and a person has to see to it.
    """
    order, gone = lock_order(hold)
    if order.state != OrderState.PAID or gone:
        logger.warning("Payment %s failed after its order %s was handed over", payment.ref, order.ref)
        return False
    tokens = list(OrderUnit.objects.filter(line__order=order).values_list("token_id", flat=True))
    holds.retire_units(hold=hold, token_ids=tokens, now=now, actor="provider", reason=reason)
    limits.give_some_places_back(hold=hold, units=len(tokens))
    delivery_method(hold.delivery_method).release(hold=hold)
    order.state = OrderState.REFUNDED
    order.save(update_fields=["state"])
    revoke_gifts_of(order_ids=[order.pk], now=now)
    _post_undone(order, now)
    return True


def _post_undone(order: Order, at: datetime) -> None:
    """Post the sale once more with every sign turned round: nobody earned anything, and nothing is on its way."""
    sold = Entry.objects.filter(transaction__cause=f"sale:{order.ref}").select_related("payee").order_by("pk")
    post(
        cause=f"undone:{order.ref}",
        kind="undone",
        currency=order.currency,
        order_ref=order.ref,
        at=at,
        postings=[
            Posting(Account(entry.account), -entry.amount_minor, entry.payee, "the money never came", entry.country)
            for entry in sold
        ],
    )
