"""
Web Push by HTTP (RFC 8030): encrypted for one browser (RFC 8291), signed for one service (RFC 8292).

pywebpush encrypts and py_vapid signs; the call itself is ours, so that it follows no redirect and waits for nobody.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from pywebpush import WebPusher, WebPushException

from creatorshop.adapters.webpush import keys as own
from drops.reminders.contacts import is_known_service
from drops.reminders.push import Carried, PushSender

logger = logging.getLogger(__name__)

TIMEOUT_S = 10.0
SIGNED_FOR_S = 12 * 3600
_GONE = (404, 410)
_BUSY = (408, 425, 429)


class WebPush(PushSender):
    """The push services that browsers bring along, like Mozilla's, Google's, Apple's and Microsoft's."""

    name = "webpush"

    def public_key(self) -> str:
        private = own.private_key()
        return own.public_key_of(private) if private else ""

    def send(self, *, endpoint: str, keys: Mapping[str, str], payload: bytes, lasts_s: int, topic: str) -> Carried:
        private = own.private_key()
        if not private or not self.may_call(endpoint):
            # A service may have been taken off the list since somebody subscribed.
            return Carried.REFUSED
        try:
            body = WebPusher({"endpoint": endpoint, "keys": dict(keys)}).encode(payload)["body"]
        except (WebPushException, ValueError):
            return Carried.GONE  # keys that nobody can write to
        headers = {
            **own.signer_of(private).sign({"aud": _origin(endpoint), "sub": _contact(), "exp": _exp()}),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(0, lasts_s)),
            "Topic": topic,
            "Urgency": "high",
        }
        try:
            answer = httpx.post(endpoint, content=body, headers=headers, timeout=TIMEOUT_S, follow_redirects=False)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return Carried.LATER
        except httpx.HTTPError as error:
            logger.warning("Unable to tell what became of a push message: %s", type(error).__name__)
            return Carried.UNKNOWN
        return _meaning(answer.status_code)

    def may_call(self, endpoint: str) -> bool:
        """Tell whether an address is one that we call."""
        return is_known_service(endpoint)


def _meaning(status: int) -> Carried:
    if status in _GONE:
        return Carried.GONE
    if 200 <= status < 300:
        return Carried.TAKEN
    if status in _BUSY or status >= 500:
        return Carried.LATER
    logger.warning("A push service refused a message with status %s", status)
    return Carried.REFUSED


def _origin(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


def _contact() -> str:
    """Return where a push service finds us when we do it harm."""
    shop = str(settings.SHOP_URL)
    return shop if shop.startswith("https://") else f"mailto:{settings.DEFAULT_FROM_EMAIL}"


def _exp() -> int:
    return int(time.time()) + SIGNED_FOR_S
