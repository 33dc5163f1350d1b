"""
What a shopper chose beside the goods, and by how much the total rises with each thing that they may choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drops.catalog.extras import Extra, ExtraKind
from drops.errors import Invalid, Refused
from drops.sales.delivery import DeliveryGone
from drops.sales.pricing import ExtraItem
from drops.sales.reckoning import Reckoning
from drops.sales.taxes import TaxUnknown

MOST_BESIDE = 20


class ExtraGone(Refused):
    """It is not offered beside these goods: not any more, never, or by somebody else."""

    code = "extra_gone"


class WrongExtras(Invalid):
    code = "wrong_extras"


@dataclass(frozen=True)
class ExtraOffer:
    """Something that may be chosen beside the goods. `rise_minor` is what the total rises by, tax and fees included."""

    extra: Extra
    quantity: int
    rise_minor: int
    is_chosen: bool


def chosen_extras(*, offered: Sequence[Extra], refs: Sequence[str]) -> list[Extra]:
    """
    Return what was chosen of what is offered, in the creator's order.

    :raises WrongExtras: if one is chosen twice, too many are, or the goods would be packed in two ways.
    :raises ExtraGone: if one is not offered.
    """
    if len(refs) > MOST_BESIDE or len(set(refs)) < len(refs):
        raise WrongExtras("Choose each extra once.", extras=list(refs)[:MOST_BESIDE])
    gone = set(refs) - {extra.ref for extra in offered}
    if gone:
        raise ExtraGone("Something you chose beside it is not offered any more.", extra=min(gone))
    chosen = [extra for extra in offered if extra.ref in refs]
    packaging = [extra.ref for extra in chosen if extra.kind == ExtraKind.PACKAGING]
    if len(packaging) > 1:
        raise WrongExtras("It can be packed in one way only.", extras=packaging)
    return chosen


def still_offered(*, reckoning: Reckoning, offered: Sequence[Extra], refs: Sequence[str]) -> list[Extra]:
    """Return what of a choice may still be had there that way, for a page that then shows the price of just that."""
    chosen: list[Extra] = []
    for extra in offered:
        is_packed = extra.kind == ExtraKind.PACKAGING and any(one.kind == ExtraKind.PACKAGING for one in chosen)
        if extra.ref not in refs or is_packed:
            continue
        try:
            reckoning.terms(items_of(extras=[*chosen, extra], quantity=reckoning.quantity))
        except (TaxUnknown, DeliveryGone):
            continue
        chosen.append(extra)
    return chosen


def items_of(*, extras: Sequence[Extra], quantity: int) -> list[ExtraItem]:
    """Return extras as they are priced beside so many units."""
    return [
        ExtraItem(
            ref=extra.ref,
            kind=extra.kind,
            title=extra.title,
            unit_price_minor=extra.price_minor,
            quantity=quantity if extra.is_per_unit else 1,
            tax_class=extra.tax_class,
            hs_code=extra.hs_code,
            origin_country=extra.origin_country,
            description=extra.customs_description,
        )
        for extra in extras
    ]


def offers_of(*, reckoning: Reckoning, offered: Sequence[Extra], chosen: Sequence[Extra]) -> list[ExtraOffer]:
    """
    Return everything that is offered, with what the total rises by beside what is chosen already.

    Of two ways to pack, each is compared with neither. What nobody knows the tax of is not offered, nor what would keep the
    parcel from its way.
    """
    quantity, refs, found = reckoning.quantity, {extra.ref for extra in chosen}, []

    def total(extras: Sequence[Extra]) -> int:
        return int(reckoning.terms(items_of(extras=extras, quantity=quantity))["total_minor"])

    for extra in offered:
        others = [one for one in chosen if one.ref != extra.ref and not one.kind == extra.kind == ExtraKind.PACKAGING]
        with_it = [one for one in offered if one in others or one.ref == extra.ref]
        try:
            rise_minor = total(with_it) - total(others)
        except (TaxUnknown, DeliveryGone):
            continue
        found.append(ExtraOffer(extra, quantity if extra.is_per_unit else 1, rise_minor, extra.ref in refs))
    return found
