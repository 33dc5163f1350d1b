from django.urls import reverse

from creatorshop.storefront.references import absolute


def gift_link(token: str) -> str:
    """Return the full address that a giver passes on; whoever has it may accept the gift, once."""
    return absolute(reverse("gift", args=[token]))
