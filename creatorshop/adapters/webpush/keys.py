"""
The key that push services know the shop by (VAPID, RFC 8292): given by the environment, or made once at a desk and kept.
"""

from __future__ import annotations

import base64
import os
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from py_vapid import Vapid02

_BYTES = 32


def new_private_key() -> str:
    """Return a fresh private key: 32 bytes in base64url."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _text(number.to_bytes(_BYTES, "big"))


def private_key() -> str:
    """Return the shop's own private key, or "" where none was given and none may be made."""
    if settings.PUSH_PRIVATE_KEY:
        return str(settings.PUSH_PRIVATE_KEY)
    return _kept(Path(settings.PUSH_KEY_FILE)) if settings.PUSH_KEY_FILE else ""


@cache
def signer_of(private: str) -> Vapid02:
    """
    Return what signs with a private key.

    :raises ImproperlyConfigured: if it is none. The key itself is not repeated.
    """
    try:
        if len(base64.urlsafe_b64decode(private + "=" * (-len(private) % 4))) != _BYTES:
            raise ValueError
        return Vapid02.from_raw(private.encode())
    except (ValueError, TypeError):
        raise ImproperlyConfigured(
            "PUSH_PRIVATE_KEY has to be 32 bytes in base64url; make_push_key makes one."
        ) from None


def public_key_of(private: str) -> str:
    """Return the key that browsers subscribe with: a point of the curve, uncompressed, in base64url."""
    return _text(signer_of(private).public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _kept(file: Path) -> str:
    """Return the key in a file, made by whichever process comes first: the others find its file complete, or not at all."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = file.with_name(f"{file.name}.{os.getpid()}")
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as new:
            new.write(new_private_key())
        try:
            os.link(made, file)
        except FileExistsError:
            pass  # another process was faster
        finally:
            made.unlink()
    return file.read_text().strip()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
