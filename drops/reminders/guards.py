"""
What keeps a form with an address in it from being turned against the address's owner: counts, and locks around them.

Whatever asks a mailbox stands on this: reminders do, and so do letters.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum
from django.utils.crypto import salted_hmac

from drops.risk.networks import network_of

QUESTIONS_PER_MAILBOX = 3
# A telephone company lets thousands through one network; a mailbox that is not theirs is asked for by few of them.
MAILS_PER_NETWORK = 60
COUNTED_FOR = {"mailbox": timedelta(days=1), "network": timedelta(hours=1)}


def network_hash(address: str) -> str:
    """Return the network of an internet address as it is compared: a keyed hash; "" if there is none."""
    network = network_of(address)
    return salted_hmac("drops.reminders", f"network:{network}", algorithm="sha256").hexdigest() if network else ""


def lock_contacts(*names: str) -> None:
    """Let no two requests of one mailbox, or one network, get around the count together; always in the same order."""
    with connection.cursor() as cursor:
        for name in sorted(name for name in names if name):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reminder:{name}"])


def times_asked(rows: QuerySet[Any]) -> int:
    """Return how often something was asked for, given the rows that count it in `asked_times`."""
    return rows.aggregate(times=Sum("asked_times"))["times"] or 0
