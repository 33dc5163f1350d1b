from django.conf import settings
from django.http import HttpRequest


def addresses(request: HttpRequest) -> dict[str, str]:
    """Give every page the public origins of the shop and of its sockets."""
    return {"shop_url": settings.SHOP_URL, "sockets_url": settings.SOCKETS_URL}
