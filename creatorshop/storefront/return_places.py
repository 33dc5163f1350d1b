"""
Where returned goods go to: the address that a creator sells under, as their documents name it.
"""

from __future__ import annotations

from creatorshop.storefront import wording
from drops.documents.models import Seller
from fulfillment.addresses import country_name


def return_address(*, creator_id: int) -> list[str]:
    """Return the lines of an address that a parcel reaches, or nothing while its creator has filled in none."""
    seller = Seller.objects.filter(creator=creator_id).first()
    if seller is None or not (seller.legal_name and seller.street and seller.city):
        return []
    town = " ".join(part for part in (seller.postcode, seller.city) if part)
    country = country_name(seller.country, wording.LOCALE) if seller.country else ""
    return [line for line in (seller.legal_name, seller.street, town, country) if line]
