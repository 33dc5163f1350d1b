"""
Absolute addresses of the shop's own pages: a message is read on other people's sites.
"""

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from drops.sales.access import order_access


def absolute(path: str) -> str:
    """Return an address of the shop with its origin, whatever the storage already gave one to."""
    return path if path.startswith(("https://", "http://")) else f"{settings.SHOP_URL}{path}"


def shop_url(creator: str) -> str:
    return absolute(reverse("shop", args=[creator]))


def capsule_url(creator: str, capsule: str) -> str:
    return absolute(reverse("capsule", args=[creator, capsule]))


def product_url(creator: str, handle: str) -> str:
    return absolute(reverse("product", args=[creator, handle]))


def checkout_url(hold: str) -> str:
    return absolute(reverse("checkout", args=[hold]))


def check_url(token: str) -> str:
    return absolute(reverse("check", args=[token]))


def remind_url(drop: str, token: str) -> str:
    """Return the page on which somebody may say how to reach them; the token says whose thread led there."""
    return absolute(f"{reverse('remind', args=[drop])}?{urlencode({'for': token})}")


def order_url(order: str) -> str:
    return absolute(reverse("order", args=[order, order_access(order)]))


def return_url(order: str) -> str:
    """Return the page on which something of an order is sent back."""
    return absolute(reverse("order-return", args=[order, order_access(order)]))


def pass_qr_url(order: str) -> str:
    return absolute(reverse("order-qr", args=[order, order_access(order)]))


def gift_url(token: str) -> str:
    """Return what a giver passes on; whoever has it may accept the gift, once."""
    return absolute(reverse("gift", args=[token]))
