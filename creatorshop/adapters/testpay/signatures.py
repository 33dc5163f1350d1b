"""
How the test provider signs what it says, in the way that real ones do: HMAC-SHA256 over time and body.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings

from drops.sales.payment import BadSignature

HEADER = "Testpay-Signature"
TOLERANCE = timedelta(minutes=5)


def signature_of(*, body: bytes, at: datetime) -> str:
    """Return the header that goes with a body sent at an instant: t=<unix seconds>,v1=<hex>."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_digest(seconds, body)}"


def insist_on_signature(*, header: str, body: bytes, now: datetime) -> None:
    """
    Do nothing if the provider signed this body within the last five minutes.

    :raises BadSignature: if the signature is missing, wrong, too old or from the future.
    """
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    stamp, signature = parts.get("t", ""), parts.get("v1", "")
    # isdecimal alone would take digits of other scripts, and a number too long for a date.
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12 and signature):
        raise BadSignature("The webhook is not signed.")
    if not hmac.compare_digest(_digest(int(stamp), body).encode(), signature.encode()):
        raise BadSignature("The webhook's signature is wrong.")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise BadSignature("The webhook was signed too long ago.")


def _digest(seconds: int, body: bytes) -> str:
    # Derived, so that a desk needs no second secret; the name keeps it apart from every other use of SECRET_KEY.
    key = hashlib.sha256(f"creatorshop.testpay.webhook:{settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
