"""
The code on a pass: eight characters and a check character, which people read to each other and type with wet hands.

The code is in no table. It is derived from the pickup's ref with the shop's secret key, and found again by a hash
under the same key, so a copy of the database hands nothing over. After a change of SECRET_KEY the old passes keep
working for as long as the old key is in SECRET_KEY_FALLBACKS.

The check character is a sum over the field of 32 elements: every single wrong character and every two characters
that changed places are noticed, before anything is looked up.
"""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings

from drops.errors import Invalid
from drops.refs import CROCKFORD, normalise_code

LENGTH = 8
SHORT_LENGTH = 4
QR_PREFIX = "PK1."
_BITS = 5
_FIELD = 0b100101  # x^5 + x^2 + 1, primitive


class BadCode(Invalid):
    """What was typed or scanned cannot be a code of this shop."""

    code = "bad_code"


def derive_code(*, ref: str, version: int, key: str) -> str:
    """Return the nine characters of a pickup's code."""
    digest = hmac.new(key.encode(), f"pickup-code:{ref}:{version}".encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest[:LENGTH], "big")
    body = "".join(CROCKFORD[(number >> (_BITS * place)) & 31] for place in range(LENGTH))
    return body + check_character(body)


def hash_code(*, code: str, key: str) -> str:
    """Return what a code is found by."""
    return hmac.new(key.encode(), f"pickup-lookup:{code}".encode(), hashlib.sha256).hexdigest()


def signing_keys() -> list[str]:
    """Return the keys under which codes may have been made, the present one first."""
    return [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]


def check_character(body: str) -> str:
    """Return the ninth character for eight."""
    total = 0
    for character in body:
        total = _double(total ^ CROCKFORD.index(character))
    return CROCKFORD[total]


def read_code(scanned: str) -> str:
    """
    Return the nine characters meant by what was typed or scanned, whatever its case, blanks and dashes.

    :raises BadCode: if it is not a whole code, or its check character does not fit.
    """
    text = scanned.strip()
    if text.upper().startswith(QR_PREFIX):
        text = text[len(QR_PREFIX) :]
    code = normalise_code(text)
    if len(code) != LENGTH + 1 or any(character not in CROCKFORD for character in code):
        raise BadCode("A whole code has nine letters and digits, like 7F3K-9Q2A-C.")
    if check_character(code[:LENGTH]) != code[LENGTH]:
        raise BadCode("One character of this code is wrong, or two changed places. Please read it again.")
    return code


def is_short(typed: str) -> bool:
    """Tell whether a typed text is as long as a roster's short code, and so not a whole one."""
    return len(normalise_code(typed)) == SHORT_LENGTH


def grouped(code: str) -> str:
    """Return a code as it is printed: 7F3K-9Q2A-C."""
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def qr_payload(code: str) -> str:
    """
    Return what the QR code of a pass says: a version and the code.

    Not an address, so that a telephone's own camera can open, fetch or hand over nothing. Capitals, digits and a full
    stop alone keep the picture small, and a scanner that types like a keyboard can type it.
    """
    return f"{QR_PREFIX}{code}"


def _double(element: int) -> int:
    element <<= 1
    return element ^ _FIELD if element & 0b100000 else element
