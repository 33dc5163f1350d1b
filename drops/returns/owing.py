"""
Until when the money of a withdrawal has to be on its way back, and which withdrawals wait for theirs.
"""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from drops.returns.models import Return
from drops.sales.models import OrderState

# From the day on which it was declared (Directive 2011/83/EU, art. 13(1)); before the goods, or a proof that they were sent,
# are there it may still wait (art. 13(3)).
TIME_TO_PAY_BACK = timedelta(days=14)


def owed_withdrawals() -> QuerySet[Return]:
    """Return the withdrawals whose money did not go back yet, in no order."""
    owed = Return.objects.before_money().filter(is_withdrawal=True)
    return owed.exclude(order__state=OrderState.REFUNDED)


def money_due_on(*, returned: Return) -> date | None:
    """Return the last day for the money of a withdrawal where its creator lives; None where no money has to go back by then."""
    is_paid_back = returned.refund_id is not None or returned.order.state == OrderState.REFUNDED
    if not returned.is_withdrawal or not returned.is_open or is_paid_back:
        return None
    declared = returned.created_at.astimezone(ZoneInfo(returned.order.creator.time_zone)).date()
    return declared + TIME_TO_PAY_BACK
