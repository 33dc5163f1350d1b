"""
Who a host page says that its visitor is: a JSON Web Token that the host's own server signed (RFC 7519, HS256).

Read here and nowhere else: one algorithm, one secret for each creator, three claims. What the token's head says of an
algorithm is compared, never followed.
"""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from drops.catalog.models import Creator
from drops.errors import Invalid

LONGEST = timedelta(days=1)
CLOCKS_DIFFER_BY = timedelta(minutes=1)
CHANNEL = "host"
_LONGEST_TOKEN, _LONGEST_SUB = 4096, 190


class IdentityRefused(Invalid):
    """The token is forged, or was not made as it should be."""

    code = "identity_invalid"
    status = 401


class IdentityExpired(IdentityRefused):
    code = "identity_expired"


def make_identity_secret(*, creator: Creator) -> str:
    """Give a creator a new secret to sign with, and return it; whatever the old one signed is refused from now on."""
    creator.identity_secret = f"is_{secrets.token_urlsafe(32)}"
    creator.save(update_fields=["identity_secret"])
    return creator.identity_secret


def identity_of_host(*, creator: Creator, token: str, now: datetime) -> str:
    """
    Return whom a host's token names, as a chat identity: host:<sub>.

    :raises IdentityRefused: if it is forged, malformed, good for more than a day, or the creator has no secret.
    :raises IdentityExpired: if it was good once.
    """
    claims = _claims(token, secret=creator.identity_secret)
    until, name = claims.get("exp"), claims.get("sub")
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_SUB or not name.isprintable():
        raise IdentityRefused("The identity token has no `sub`: a text that names the visitor.")
    if isinstance(until, bool) or not isinstance(until, int | float):
        raise IdentityRefused("The identity token has no `exp`: the second at which it ends.")
    left = until - now.timestamp()
    if left <= 0:
        raise IdentityExpired("The identity token has expired.")
    if left > (LONGEST + CLOCKS_DIFFER_BY).total_seconds():
        raise IdentityRefused("The identity token is good for more than a day.")
    return f"{CHANNEL}:{name.strip()}"


def _claims(token: str, *, secret: str) -> dict[str, Any]:
    forged = IdentityRefused("The identity token is not signed by this shop's secret.")
    if not secret:
        raise IdentityRefused("This shop takes no identity tokens: no secret was made for it yet.")
    parts = token.split(".")
    if len(token) > _LONGEST_TOKEN or len(parts) != 3:
        raise forged
    try:
        head, claims, signature = (_decoded(part) for part in parts)
        signed = ".".join(parts[:2]).encode("ascii")
        wanted = hmac.digest(secret.encode(), signed, hashlib.sha256)
        # The signature first: nobody's JSON is read who could not sign it.
        if not hmac.compare_digest(wanted, signature) or json.loads(head).get("alg") != "HS256":
            raise forged
        said = json.loads(claims)
    except (ValueError, AttributeError, RecursionError):
        raise forged from None
    if not isinstance(said, dict):
        raise forged
    return said


def _decoded(part: str) -> bytes:
    # Without padding, as RFC 7515 has it; anything that is not of the alphabet is refused and not skipped.
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars="-_", validate=True)
