"""
What a host's server does: three lines of any JWT library, here without one.
"""

import base64
import hashlib
import hmac
import json
from typing import Any


def signed(claims: Any, *, secret: str, head: Any = None) -> str:
    """Return a JSON Web Token over claims, or over the bytes that somebody made instead."""
    parts = [encoded(head if head is not None else {"alg": "HS256", "typ": "JWT"}), encoded(claims)]
    signature = hmac.digest(secret.encode(), ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, encoded(signature)])


def encoded(what: Any) -> str:
    data = what if isinstance(what, bytes) else json.dumps(what).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
