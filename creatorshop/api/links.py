"""
Addresses of the shop's own pages, absolute, because the API's callers live on other origins.
"""

from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse

from drops.sales.access import order_access


def absolute(path: str) -> str:
    """Return a path of ours as a full address."""
    return urljoin(settings.SHOP_URL, path)


def checkout_link(*, hold_ref: str) -> str:
    return absolute(reverse("checkout", kwargs={"hold_ref": hold_ref}))


def order_link(*, order_ref: str) -> str:
    return absolute(reverse("order", kwargs={"ref": order_ref, "access": order_access(order_ref)}))
