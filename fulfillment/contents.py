"""
What is in a parcel and where it goes, read from its order: the facts that a batch checks and then freezes.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from drops.idempotency import hash_of
from drops.returns.models import Return
from drops.stock.models import TokenStatus
from fulfillment.addresses import address_problems
from fulfillment.documents import unprintable_in
from fulfillment.models import Parcel

ADDRESS_PARTS = ["name", "street", "city", "postcode", "region", "country"]


def problems_of(parcel: Parcel) -> list[str]:
    """Return why a parcel cannot be sent as it stands, in words; an empty list is fine."""
    address = printed_address_of(parcel)
    destination = parcel.order.terms.get("destination", {})
    problems = address_problems(
        name=address["name"], address=address, quoted_country=str(destination.get("country", ""))
    )
    if unprintable := unprintable_in(" ".join(address.values())):
        problems.append(f"No font here can print “{unprintable}”: write the address in Latin letters.")
    units = [packed.unit for packed in parcel.units.all() if packed.unit.refund_id is None]
    if not units:
        problems.append("No unit belongs into it.")
    if any(unit.token.status != TokenStatus.SOLD for unit in units):
        problems.append("A unit in it is not confirmed as sold.")
    return problems + unwanted([parcel])[parcel.order_id]


def unwanted(parcels: Collection[Parcel]) -> Mapping[int, list[str]]:
    """
    Return in words, by order, which returns wait for their money or an answer: until then these parcels stay in the house.
    """
    words: dict[int, list[str]] = defaultdict(list)
    orders = [parcel.order_id for parcel in parcels]
    for returned in Return.objects.before_money().filter(order__in=orders).order_by("pk"):
        words[returned.order_id].append(
            f"Its buyer wants to give it back, or a part of it ({returned}): send the money back, or end the return."
        )
    return words


def printed_address_of(parcel: Parcel) -> dict[str, str]:
    """Return the address that a parcel goes to: one that was corrected here, else the one of its order."""
    source = parcel.address or {**(parcel.order.address or {}), "name": parcel.order.name}
    return {part: str(source.get(part) or "").strip() for part in ADDRESS_PARTS}


def contents_of(parcel: Parcel) -> list[dict[str, Any]]:
    """Return what is packed, one entry a SKU, in the order of the SKUs' codes."""
    goods: dict[str, tuple[str, int]] = {}
    quantities: Counter[str] = Counter()
    for packed in parcel.units.all():
        if packed.unit.refund_id is not None:
            continue  # It stays on record where it was to travel, and stays at home.
        line = packed.unit.line
        if line.sku is None:  # what goes beside the goods has no units
            continue
        goods[line.sku.code] = (line.title, line.sku.weight_g)
        quantities[line.sku.code] += 1
    return [
        {"sku": code, "title": title, "quantity": quantities[code], "weight_g": weight_g * quantities[code]}
        for code, (title, weight_g) in sorted(goods.items())
    ]


def content_hash_of(parcel: Parcel) -> str:
    """Return the fingerprint of what is frozen."""
    return hash_of({"order": parcel.order.ref, "address": parcel.address, "contents": parcel.contents})
