"""
Which of Stripe's two worlds a key belongs to: the live one, or the one in which no money moves.
"""

from django.conf import settings

_SECRET = ("sk_live_", "sk_test_", "rk_live_", "rk_test_")
_PUBLISHABLE = ("pk_live_", "pk_test_")


def is_live(key: str) -> bool:
    """Tell whether money moves under this key."""
    return key.startswith(("sk_live_", "rk_live_", "pk_live_"))


def shop_is_live() -> bool:
    """Tell whether the shop takes money by Stripe, and not only plays with it."""
    return is_live(settings.STRIPE_SECRET_KEY)


def is_secret(key: str) -> bool:
    return key.startswith(_SECRET)


def is_publishable(key: str) -> bool:
    return key.startswith(_PUBLISHABLE)


def is_restricted(key: str) -> bool:
    return key.startswith("rk_")
