"""
Who may stand at a counter: links that a creator sends, and the telephones that they let in.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from drops.errors import NotFound, Refused
from pickups.models import Location, Pickup, RosterAct, RosterActKind, RosterDevice, RosterLink, RosterRole

SHORTEST, LONGEST = timedelta(hours=12), timedelta(days=30)
TRIES, TRIES_WITHIN = 5, timedelta(minutes=1)


class LinkEnded(NotFound):
    """A link that expired, was revoked or never was: all the same answer."""

    code = "link_ended"


class DeviceUnknown(NotFound):
    """A telephone that nobody let in, or not any more."""

    code = "device_unknown"


class TooManyTries(Refused):
    code = "too_many_tries"
    status = 429


@dataclass(frozen=True)
class NewLink:
    """A link at the only moment its address is known."""

    link: RosterLink
    url: str


def new_link(*, location: Location, role: RosterRole, expires_at: datetime, now: datetime, label: str = "") -> NewLink:
    """Make a link for the creator to send to whoever hands over at a location."""
    token = secrets.token_urlsafe(32)
    link = RosterLink.objects.create(
        location=location, role=role, label=label, token_hash=_hash(token), created_at=now, expires_at=expires_at
    )
    return NewLink(link=link, url=settings.SHOP_URL.rstrip("/") + reverse("roster-link", args=[token]))


def link_of(*, token: str, now: datetime) -> RosterLink:
    """
    Return a link that still lets in. Looking changes nothing, so a mail scanner that fetches it burns nothing.

    :raises LinkEnded: if it does not.
    """
    link = RosterLink.objects.select_related("location__partner").filter(token_hash=_hash(token)).first()
    if link is None or not link.is_live(now):
        raise LinkEnded("This link has ended. Please ask the creator for a new one.")
    return link


def let_in(*, token: str, label: str, now: datetime) -> tuple[RosterDevice, str]:
    """
    Let a telephone in by a link and return it with its secret, which is known only now.

    It stays in as long as the link, at least 12 hours and at most 30 days.

    :raises LinkEnded: if the link does not let in any more.
    """
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        link = link_of(token=token, now=now)
        device = RosterDevice.objects.create(
            link=link,
            location=link.location,
            role=link.role,
            label=" ".join(label.split())[:80] or link.label,
            token_hash=_hash(secret),
            created_at=now,
            expires_at=min(max(link.expires_at, now + SHORTEST), now + LONGEST),
        )
        note_act(device=device, kind=RosterActKind.ENTERED, now=now)
    return device, secret


def device_of(*, secret: str, now: datetime) -> RosterDevice:
    """
    Return the telephone of a session.

    :raises DeviceUnknown: if it, or the link that let it in, was revoked or its time is over.
    """
    device = (
        RosterDevice.objects.select_related("location__partner", "link")
        .filter(token_hash=_hash(secret), revoked_at=None, link__revoked_at=None, expires_at__gt=now)
        .first()
    )
    if device is None:
        raise DeviceUnknown("This phone is not signed in. Please open the link again.")
    return device


def revoke_link(*, link_id: int, now: datetime) -> None:
    """End a link and every telephone that it let in, at once."""
    RosterLink.objects.filter(pk=link_id, revoked_at=None).update(revoked_at=now)


def revoke_device(*, device_id: int, now: datetime) -> None:
    """End one telephone's session."""
    RosterDevice.objects.filter(pk=device_id, revoked_at=None).update(revoked_at=now)


def leave(*, device: RosterDevice, now: datetime) -> None:
    """Sign a telephone out at its own wish."""
    note_act(device=device, kind=RosterActKind.LEFT, now=now)
    revoke_device(device_id=device.pk, now=now)


def note_act(
    *, device: RosterDevice, kind: RosterActKind, now: datetime, pickup: Pickup | None = None, rows: int = 0
) -> None:
    """Write down what a telephone was shown or tried."""
    RosterAct.objects.create(device=device, kind=kind, pickup=pickup, rows=rows, at=now)


def refuse_if_guessing(*, device: RosterDevice, now: datetime) -> None:
    """
    Stop a telephone that tries codes.

    :raises TooManyTries: after five unknown codes within a minute.
    """
    misses = RosterAct.objects.filter(device=device, kind=RosterActKind.MISSED, at__gt=now - TRIES_WITHIN)
    if misses.count() >= TRIES:
        raise TooManyTries("Five unknown codes in a minute. Please wait a moment, or use the list.", retry_after=60)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
