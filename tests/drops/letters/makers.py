"""
Subscribers and letters.
"""

from datetime import datetime
from typing import Any

from drops.audience.models import Shopper
from drops.catalog.models import Creator
from drops.clock import database_now
from drops.letters import subscribing
from drops.letters.models import Letter, Source, Subscriber
from drops.letters.promises import consent_of
from drops.letters.subscribing import Wish
from tests.factories import make_creator, make_shopper


def wish_of(shopper: Shopper, **given: Any) -> Wish:
    return Wish(**{"shopper": shopper, "consent": consent_of(shopper.creator), "source": Source.SHOP} | given)


def ask(creator: Creator, email: str = "lena@example.org", *, now: datetime | None = None, **given: Any) -> Subscriber:
    shopper = given.pop("shopper", None) or make_shopper(creator=creator)
    return subscribing.subscribe(wish=wish_of(shopper, **given), email=email, now=now or database_now())


def make_subscriber(
    creator: Creator, email: str = "lena@example.org", *, now: datetime | None = None, **given: Any
) -> Subscriber:
    """Let somebody ask for the letter and say yes."""
    now = now or database_now()
    return subscribing.confirm(subscriber=ask(creator, email, now=now, **given), now=now)


def make_letter(creator: Creator | None = None, **given: Any) -> Letter:
    words = {"subject": "The kiln is warm", "body": "The first mugs are out.\n\nSee https://kiln.example/mugs."}
    return Letter.objects.create(creator=creator or make_creator(), **words | given)


def zone_where_it_is(hour: int, now: datetime) -> str:
    """Return a zone in which an instant has an hour, whatever it is here; the sign is as POSIX has it."""
    ahead = (hour - now.hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"
