"""
From a wish to its full price. Pure: the same inputs give the same terms to the cent and to the byte.
"""

from dataclasses import dataclass
from typing import Any

from drops.catalog.models import Creator
from drops.money import share_of, tax_included_in
from drops.sales.delivery import DeliveryOption, Destination
from drops.sales.taxes import tax_for
from drops.stock.stream import iso

RETURN_DAYS = 14  # the statutory withdrawal period (Directive 2011/83/EU, art. 9)


@dataclass(frozen=True)
class Goods:
    """What is wished for."""

    drop_ref: str
    sku_code: str
    title: str
    unit_price_minor: int  # tax included
    quantity: int


def service_fee(*, creator: Creator, goods_minor: int) -> int:
    """Return what the platform takes from the shopper on top of the goods, tax included, in minor units."""
    return share_of(goods_minor, creator.service_fee_bp) + creator.service_fee_fixed_minor


def unit_price_with_fees(*, creator: Creator, price_minor: int) -> int:
    """Return what one unit costs before delivery, with all fees that nobody can avoid, in minor units."""
    return price_minor + service_fee(creator=creator, goods_minor=price_minor)


def price(
    *, creator: Creator, goods: Goods, delivery: DeliveryOption, destination: Destination, hold_minutes: int
) -> dict[str, Any]:
    """
    Return the terms of a sale: every line, the total, who receives what of it, and when it arrives.

    Prices contain the tax; it is taken out of the total once, rounded half up. The platform and the post get theirs
    net of tax, the partner a fee out of the creator's part, and the creator all that remains, so that the shares
    always sum to the total.
    """
    goods_minor = goods.unit_price_minor * goods.quantity
    fee_minor = service_fee(creator=creator, goods_minor=goods_minor)
    total_minor = goods_minor + delivery.price_minor + fee_minor
    tax = tax_for(creator=creator, country=destination.country)
    tax_minor = tax_included_in(total_minor, tax.rate_bp)
    platform_minor = fee_minor - tax_included_in(fee_minor, tax.rate_bp)
    postage_minor = delivery.price_minor - tax_included_in(delivery.price_minor, tax.rate_bp)
    partner_minor = min(delivery.partner_fee_minor, goods_minor)
    creator_minor = total_minor - tax_minor - platform_minor - postage_minor - partner_minor
    label = goods.title if goods.quantity == 1 else f"{goods.quantity} × {goods.title}"
    return {
        "drop": goods.drop_ref,
        "sku": goods.sku_code,
        "title": goods.title,
        "unit_price_minor": goods.unit_price_minor,
        "quantity": goods.quantity,
        "lines": [
            {"kind": "goods", "label": label, "amount_minor": goods_minor},
            {"kind": "delivery", "label": delivery.label, "amount_minor": delivery.price_minor},
            {"kind": "service_fee", "label": "Service fee", "amount_minor": fee_minor},
        ],
        "of_which": [
            {
                "kind": "tax",
                "label": tax.label,
                "amount_minor": tax_minor,
                "name": tax.name,
                "rate_bp": tax.rate_bp,
                "is_export": tax.is_export,
            },
            {"kind": "creator", "label": f"{creator.name} receives", "amount_minor": creator_minor},
        ],
        "total_minor": total_minor,
        "currency": creator.currency,
        "delivery": {
            "method": delivery.method,
            "option": delivery.key,
            "label": delivery.label,
            "name": delivery.name,
            "earliest_date": delivery.earliest_date.isoformat(),
            "latest_date": delivery.latest_date.isoformat(),
            "starts_at": iso(delivery.starts_at),
            "ends_at": iso(delivery.ends_at),
            "time_zone": delivery.time_zone,
            "place": delivery.place,
            "detail": delivery.detail,
        },
        "destination": {"country": destination.country, "postcode": destination.postcode},
        "hold_minutes": hold_minutes,
        "return_days": RETURN_DAYS,
        "shares": {
            "tax_minor": tax_minor,
            "platform_minor": platform_minor,
            "postage_minor": postage_minor,
            "partner_minor": partner_minor,
            "creator_minor": creator_minor,
        },
    }
