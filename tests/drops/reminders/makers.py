"""
Drops to come and people who want to be told of them.
"""

from datetime import datetime, timedelta
from typing import Any

from drops.clock import database_now
from drops.reminders import asking
from drops.reminders.asking import Asker
from drops.reminders.models import Reminder
from drops.schedule.models import Drop, DropState
from tests.factories import make_drop, make_shopper

ENDPOINT = "https://fcm.googleapis.com/fcm/send/lena"
# A browser's keys: the point is the base point of P-256, which nobody's real key is.
KEYS = {
    "p256dh": "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
    "auth": "AAECAwQFBgcICQoLDA0ODw",
}


def noon_in(days: int) -> datetime:
    """Return a noon to come: a test that runs at night must not find that a drop opens at night."""
    return (database_now() + timedelta(days=days)).replace(hour=12, minute=0, second=0, microsecond=0)


def make_drop_to_come(*, opens_at: datetime | None = None, **given: Any) -> Drop:
    opens_at = opens_at or noon_in(2)
    window = {"opens_at": opens_at, "closes_at": opens_at + timedelta(hours=3), "state": DropState.SCHEDULED}
    return make_drop(**window | given)


def asker(drop: Drop, **given: Any) -> Asker:
    shopper = given.pop("shopper", None) or make_shopper(creator=drop.creator)
    return Asker(**{"shopper": shopper, "consent": "Tell me when it opens."} | given)


def by_mail(drop: Drop, email: str = "lena@example.org", *, now: datetime | None = None, **given: Any) -> Reminder:
    """Let somebody ask by e-mail and say yes."""
    now = now or database_now()
    reminder = asking.ask_by_mail(drop=drop, asker=asker(drop, **given), email=email, now=now)
    return asking.confirm(reminder=reminder, now=now)


def by_push(drop: Drop, endpoint: str = ENDPOINT, *, now: datetime | None = None, **given: Any) -> Reminder:
    return asking.ask_by_push(
        drop=drop, asker=asker(drop, **given), endpoint=endpoint, keys=KEYS, now=now or database_now()
    )


def in_thread(drop: Drop, *, now: datetime | None = None, **given: Any) -> Reminder:
    return asking.ask_in_thread(drop=drop, asker=asker(drop, **given), now=now or database_now())
