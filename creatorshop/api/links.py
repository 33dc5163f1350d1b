"""
Addresses of the shop's own pages, absolute, because the API's callers live on other origins.
"""

from functools import cache
from urllib.parse import quote, urljoin

from django.conf import settings
from django.urls import reverse

from drops.sales.access import order_access

_ANY_HOLD = "any-hold"


def absolute(path: str) -> str:
    """Return a path of ours as a full address."""
    return urljoin(settings.SHOP_URL, path)


def checkout_link(*, hold_ref: str) -> str:
    return absolute(_checkout_path().replace(_ANY_HOLD, quote(hold_ref, safe="")))


def check_link(*, token: str) -> str:
    return absolute(reverse("check", kwargs={"token": token}))


def order_link(*, order_ref: str) -> str:
    return absolute(reverse("order", kwargs={"ref": order_ref, "access": order_access(order_ref)}))


def receipt_link(*, order_ref: str) -> str:
    return absolute(reverse("order-receipt", kwargs={"ref": order_ref, "access": order_access(order_ref)}))


@cache
def _checkout_path() -> str:
    """Looked up once: it is written into the answer to every hold."""
    return reverse("checkout", kwargs={"hold_ref": _ANY_HOLD})
