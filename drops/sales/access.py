"""
Who may see an order without an account: whoever holds its link.
"""

from django.core.signing import Signer
from django.utils.crypto import constant_time_compare

_SALT = "drops.sales.access"


def order_access(ref: str) -> str:
    """Return the secret part of an order's address."""
    return Signer(salt=_SALT).signature(ref)


def is_order_access(ref: str, access: str) -> bool:
    """Tell whether that is the secret part of that order's address."""
    return constant_time_compare(order_access(ref), access)
