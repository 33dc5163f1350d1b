"""
What each thing in a parcel is worth to customs: all that its buyer paid for it, with the packing, without the postage. Pure.

Regulation (EU) No 952/2013 (Union Customs Code): the value is the price paid for the goods, which is the whole payment made for
them (art. 70 (1) and (2)); added to it is what the buyer bears for containers that are one with the goods and for packing, labour
or materials (art. 71 (1) (a) (ii) and (iii)). Articles 1 and 8.1 (a) of the WTO's Customs Valuation Agreement say the same, so it
holds behind other borders too. Of how packing is spread over several goods they say nothing: here by value, as the postage is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from drops.ledger.splits import split
from drops.sales.delivery import Beside
from fulfillment.customs import CustomsItem


def declared_items(*, goods: CustomsItem, beside: Sequence[Beside]) -> tuple[CustomsItem, ...]:
    """
    Return the goods and what is beside them as customs is told, each with its part of what was paid for the packing.

    Something of which its creator said no code is counted as the goods are, since it was paid for with them and travels with
    them; an estimate is then no more than that.
    """
    packing_minor = sum(each.value_minor for each in beside if each.is_packaging)
    items = [goods, *(_item(each, goods) for each in beside if not each.is_packaging)]
    weights = [item.value_minor for item in items]
    parts = split(packing_minor, weights if any(weights) else [1] * len(items))
    return tuple(
        replace(item, value_minor=item.value_minor + part, packing_minor=part)
        for item, part in zip(items, parts, strict=True)
    )


def _item(each: Beside, goods: CustomsItem) -> CustomsItem:
    is_told = bool(each.hs_code and each.origin_country and each.description)
    return CustomsItem(
        sku_code="",
        hs_code=each.hs_code if is_told else goods.hs_code,
        origin_country=each.origin_country if is_told else goods.origin_country,
        description=each.description if is_told else goods.description,
        value_minor=each.value_minor,
        quantity=each.quantity,
        extra_ref=each.ref,
        title=each.title,
        is_classed_as_goods=not is_told,
    )
