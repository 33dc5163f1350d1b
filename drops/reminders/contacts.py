"""
Where somebody can be reached, and whether that may be believed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.crypto import salted_hmac

from drops.errors import Invalid
from drops.reminders.models import Channel
from drops.risk.emails import canonical_email, is_disposable

LONGEST_ENDPOINT = 1000
_KEY_LENGTHS = {"p256dh": 65, "auth": 16}  # bytes: a point of P-256, uncompressed, and a secret (RFC 8291)


class MailAddressUnusable(Invalid):
    """That is no e-mail address, or one of a service that throws its mailboxes away."""

    code = "address_unusable"


class PushAddressUnusable(Invalid):
    """That is no subscription of a browser at a push service that this shop knows."""

    code = "push_unusable"


def usable_mail(address: str) -> str:
    """
    Return an e-mail address that may be written to.

    :raises MailAddressUnusable: if it is none, or a throw-away one.
    """
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise MailAddressUnusable("Please write an e-mail address, like name@example.org.") from None
    if is_disposable(address):
        raise MailAddressUnusable("Mailboxes of this service are thrown away. Please use one that you keep.")
    return address


def usable_push(*, endpoint: str, keys: Mapping[str, Any]) -> dict[str, str]:
    """
    Return the keys of a browser's subscription, if it and its address are what a push service hands out.

    :raises PushAddressUnusable: if the address is not of a known service, or the keys are none.
    """
    if not is_known_service(endpoint):
        raise PushAddressUnusable("This browser's push service is not one that this shop writes to.")
    found: dict[str, str] = {}
    for name, length in _KEY_LENGTHS.items():
        key = keys.get(name)
        if not isinstance(key, str) or len(key) > 200 or len(_decoded(key)) != length:
            raise PushAddressUnusable("The browser's keys cannot be read.")
        found[name] = key
    return found


def is_known_service(endpoint: str) -> bool:
    """
    Tell whether an address is of a push service that the settings name: it is we who will call it.

    A browser hands us the address, and anybody can say to be one. So no other host, no port, no account, only https.
    """
    if len(endpoint) > LONGEST_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        return False
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or port not in (None, 443) or "@" in parts.netloc or "\\" in endpoint:
        return False
    return any(
        host.endswith(known[1:]) if known.startswith("*.") else host == known for known in settings.PUSH_SERVICES
    )


def contact_hash(*, channel: Channel, contact: str) -> str:
    """Return a contact as it is compared: a keyed hash; all addresses of one mailbox are one."""
    meant = canonical_email(contact) if channel == Channel.MAIL else contact
    return salted_hmac("drops.reminders", f"{channel}:{meant}", algorithm="sha256").hexdigest()


def zone_or(name: str, other: str) -> str:
    """Return a zone that somebody's browser named, if there is such a one, or else another."""
    try:
        return ZoneInfo(name).key if name else other
    except (KeyError, ValueError, OSError):
        return other


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)
    except (ValueError, binascii.Error):
        return b""
