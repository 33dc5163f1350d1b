"""
Memberships: who belongs to a creator's circle, by which tier, and since when. Joining costs nothing.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from drops.audience.models import Membership, Shopper, Tier
from drops.catalog.models import Creator
from drops.errors import Refused


class NoTierOpen(Refused):
    """The creator has no tier that one can join now."""

    code = "no_tier_open"


def open_tier(*, creator: Creator) -> Tier | None:
    """Return the tier that can be joined now: the first that is open, or None."""
    return Tier.objects.filter(creator=creator, is_open=True).order_by("position", "pk").first()


def membership_of(*, shopper: Shopper) -> Membership | None:
    """Return a shopper's membership that lives, with its tier, or None."""
    return Membership.objects.select_related("tier").filter(shopper=shopper, ended_at=None).first()


def join(*, shopper: Shopper, source: str, now: datetime) -> Membership:
    """
    Make a shopper a member of the tier that is open; whoever is one already stays what they are.

    `source` is where they said so ("chat", "page", "order").

    :raises NoTierOpen: if there is no tier to join.
    """
    found = membership_of(shopper=shopper)
    if found is not None:
        return found
    tier = open_tier(creator=shopper.creator)
    if tier is None:
        raise NoTierOpen(f"{shopper.creator.name} has no membership to join right now.")
    try:
        with transaction.atomic():
            return Membership.objects.create(tier=tier, shopper=shopper, joined_at=now, source=source)
    except IntegrityError:
        # Two taps at once: the other one was quicker, and there is one membership.
        found = membership_of(shopper=shopper)
        if found is None:
            raise
        return found


def end(*, shopper: Shopper, now: datetime) -> bool:
    """End a shopper's membership from this moment on; True if there was one."""
    return Membership.objects.filter(shopper=shopper, ended_at=None).update(ended_at=now) == 1
