"""
Public handles: random, so that nobody learns from one how many there are or what the next one is.
"""

import secrets

# Crockford's base 32: no I, L, O or U, so a code survives being read out loud (https://www.crockford.com/base32.html).
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ORDER_REF_LETTERS = 10


def new_ref() -> str:
    """Return 128 random bits as 32 hexadecimal digits."""
    return secrets.token_hex(16)


def new_code(length: int = 10) -> str:
    """Return a random code that people can read to each other, 5 bits a character."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(length))


def new_order_ref() -> str:
    """Return an order's handle: 50 random bits, short enough for a receipt."""
    return new_code(ORDER_REF_LETTERS)


def normalise_code(typed: str) -> str:
    """Return what was meant by a typed code: upper case, no blanks or dashes, O as 0, I and L as 1."""
    kept = "".join(letter for letter in typed.upper() if letter.isalnum())
    return kept.translate(str.maketrans("OIL", "011"))
