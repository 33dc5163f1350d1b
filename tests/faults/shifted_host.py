"""
Buys a unit in a process whose host has the wrong time: `python -m tests.faults.shifted_host SECONDS QUOTE_REF`.

Prints as JSON what the host believed and what the shop wrote down.
"""

import datetime
import json
import sys
import time

SHIFT_S = int(sys.argv[1])
_true_time, _true_datetime = time.time, datetime.datetime


class _AnyDatetime(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _true_datetime)


class _ShiftedDatetime(_true_datetime, metaclass=_AnyDatetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
        return _true_datetime.fromtimestamp(time.time(), tz)


# Before anything of the shop, of Django or of the driver is imported, so that all of them are fooled.
time.time = lambda: _true_time() + SHIFT_S
datetime.datetime = _ShiftedDatetime  # type: ignore[misc]

import django

django.setup()

from django.utils import timezone

from drops.sales.holding import place_hold
from drops.sales.models import Quote
from drops.sales.settling import refresh_payment
from tests.factories import make_payment
from tests.paying import approve_payment

quote = Quote.objects.get(ref=sys.argv[2])
hold = place_hold(shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=quote.ref)
payment = make_payment(hold=hold, provider="test")
approve_payment(payment)
settled = refresh_payment(payment_ref=payment.ref)
assert settled.order is not None
print(
    json.dumps(
        {
            "host": timezone.now().isoformat(),
            "created_at": hold.created_at.isoformat(),
            "expires_at": hold.expires_at.isoformat(),
            "paid_at": settled.payment.closed_at.isoformat(),
            "order": settled.order.ref,
        }
    )
)
