"""
Whether a paid parcel may go to another address than its buyer's: only where the same postage and the same taxes reach.
"""

from __future__ import annotations

from collections.abc import Mapping

from drops.catalog.postcodes import region_of
from drops.sales.delivery import CannotDeliver
from drops.sales.models import Order
from fulfillment.addresses import address_problems, country_name
from fulfillment.borders import crosses_border
from fulfillment.contents import ADDRESS_PARTS
from fulfillment.documents import unprintable_in
from fulfillment.models import Rate
from fulfillment.rates import zones_reaching


def refuse_unless_paid_to(*, order: Order, name: str, address: Mapping[str, str]) -> None:
    """
    Let pass only an address that the order's postage was paid to, and that can be printed.

    :raises CannotDeliver: with every reason against it, in words.
    """
    paid_to = order.terms.get("destination", {})
    country = str(paid_to.get("country", ""))
    problems = address_problems(name=name, address=address, quoted_country=country)
    if unprintable := unprintable_in(" ".join([name, *(str(address.get(part, "")) for part in ADDRESS_PARTS)])):
        problems.append(f"No font here can print “{unprintable}”: please write the address in Latin letters.")
    if problems:
        raise CannotDeliver(" ".join(problems), why="address", problems=problems)
    postcode, paid_postcode = str(address.get("postcode", "")), _paid_postcode(order)
    if not _is_paid(order, country, postcode) or _is_taxed_otherwise(order, country, postcode, paid_postcode):
        raise CannotDeliver(
            f"The postage was paid to another part of {country_name(country)}, and does not reach {postcode}.",
            why="postage",
            country=country,
            postcode=postcode,
        )


def _paid_postcode(order: Order) -> str:
    return str(order.terms.get("destination", {}).get("postcode") or (order.address or {}).get("postcode") or "")


def _is_paid(order: Order, country: str, postcode: str) -> bool:
    """Tell whether the rate that was paid leads there, by the zones as they are now and the rate's own."""
    paid = Rate.objects.select_related("zone").filter(key=order.delivery_option).first()
    if paid is None:
        return False
    offered = Rate.objects.offered().filter(zone__creator=order.creator_id).select_related("zone")
    zones = {rate.zone_id: rate.zone for rate in [*offered, paid]}
    return paid.zone in zones_reaching(zones=zones.values(), country=country, postcode=postcode)


def _is_taxed_otherwise(order: Order, country: str, postcode: str, paid_postcode: str) -> bool:
    """Tell whether a border or a tax lies between the two: neither was reckoned with in what was paid."""
    home = order.creator.country
    crosses = [crosses_border(home=home, country=country, postcode=code) for code in (postcode, paid_postcode)]
    regions = {region_of(country=country, postcode=code) for code in (postcode, paid_postcode)}
    return crosses[0] != crosses[1] or len(regions) > 1
