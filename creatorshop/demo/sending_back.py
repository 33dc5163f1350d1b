"""
One of the demo's buyers changed their mind about one of two mugs, while the parcel is on its way.
"""

from __future__ import annotations

from drops.returns.requesting import request_return
from drops.sales.models import Order, OrderState
from drops.schedule.models import Drop

WORDS = "I took two, and there is room on the shelf for one. The second one goes back as soon as the parcel is here."
GOODS = 0  # the first line of every price


def send_one_back(*, drop: Drop) -> None:
    """Let the buyer of the first order of two units that was sent withdraw from one of them."""
    for order in Order.objects.filter(drop=drop, delivery_method="parcel", state=OrderState.FULFILLED).order_by("pk"):
        if order.terms["quantity"] == 2:
            request_return(
                order_ref=order.ref,
                quantities={GOODS: 1},
                reason="changed_mind",
                note=WORDS,
                actor=f"shopper:{order.shopper_id}",
            )
            return
