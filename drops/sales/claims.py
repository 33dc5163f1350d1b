"""
What may be said of how many have bought: a count of rows, in a window that is named, with the evidence kept.

Only what was paid, was not sent back and is not the team's own counts, and only once five different shoppers are in it: fewer
would tell on one of them. Nobody can type such a number. Each count that was shown leaves a row that says what it was made
from, for the two years in which somebody may ask (Directive 2005/29/EC, art. 6 and 12: who claims has to prove it).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from drops.sales.models import ClaimEvidence, ClaimKind, OrderState
from drops.sales.payment import payment_providers
from drops.schedule.models import Drop

LEAST_SHOPPERS = 5
KEPT_FOR = timedelta(days=2 * 365)
# One row at one instant. The hash names every order that was counted, so that the same count can be made again.
BOUGHT = """
SELECT coalesce(sum(bought.units), 0), count(DISTINCT bought.shopper_id),
       encode(sha256(coalesce(string_agg(bought.ref, ' ' ORDER BY bought.ref), '')::bytea), 'hex')
  FROM (
    SELECT o.ref, o.shopper_id, (SELECT sum(line.quantity) FROM drops_orderline AS line WHERE line.order_id = o.id) AS units
      FROM drops_order AS o
     WHERE o.drop_id = %(drop)s AND o.state = ANY (%(counted)s) AND o.paid_at >= %(since)s AND o.paid_at <= %(until)s
       AND NOT EXISTS (
           SELECT FROM drops_creatormember AS member JOIN auth_user AS person ON person.id = member.user_id
            WHERE member.creator_id = o.creator_id AND o.email <> '' AND lower(person.email) = lower(o.email))
       AND NOT EXISTS (
           SELECT FROM drops_payment AS payment
            WHERE payment.hold_id = o.hold_id AND payment.state IN ('authorised', 'captured') AND payment.provider = ANY (%(tests)s))
  ) AS bought
"""


@dataclass(frozen=True)
class Bought:
    """So many units of a drop were bought since an instant, as of another."""

    units: int
    since: datetime
    as_of: datetime


def bought_in(*, drop: Drop, now: datetime) -> Bought | None:
    """Return how many units of a drop were bought since it opened, and keep the evidence; None while that is nothing to tell."""
    since = drop.opened_at or drop.opens_at
    units, shoppers, orders_hash = _counted(drop, since, now)
    if shoppers < LEAST_SHOPPERS:
        return None
    ClaimEvidence.objects.get_or_create(
        drop=drop,
        kind=ClaimKind.BOUGHT,
        orders_hash=orders_hash,
        defaults={"count": units, "shoppers": shoppers, "since": since, "shown_at": now},
    )
    return Bought(units=units, since=since, as_of=now)


def forget_old_evidence(*, now: datetime) -> int:
    """Delete the evidence of claims of more than two years ago; return how many rows there were."""
    deleted, _ = ClaimEvidence.objects.filter(shown_at__lt=now - KEPT_FOR).delete()
    return deleted


def _counted(drop: Drop, since: datetime, until: datetime) -> tuple[int, int, str]:
    providers = {} if settings.CLAIMS_COUNT_TEST_ORDERS else payment_providers()
    tests = [name for name, provider in providers.items() if provider.is_test]
    values: dict[str, Any] = {
        "drop": drop.pk,
        "counted": [OrderState.PAID.value, OrderState.FULFILLED.value],
        "since": since,
        "until": until,
        "tests": tests,
    }
    with connection.cursor() as cursor:
        cursor.execute(BOUGHT, values)
        units, shoppers, orders_hash = cursor.fetchone()
    return int(units), shoppers, orders_hash
