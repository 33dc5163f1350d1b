"""Sales that have documents: somebody who sells, and orders that are paid for."""

from typing import Any

from drops.catalog.models import Creator
from drops.documents.models import Seller
from drops.sales.models import Order
from drops.sales.payment import Outcome
from drops.sales.settling import settle
from drops.stock.models import DropSku
from tests.doubles import InMemoryProvider, event_of
from tests.factories import (
    make_capsule,
    make_drop,
    make_drop_sku,
    make_hold,
    make_payment,
    make_product,
    make_shopper,
    make_sku,
)


def make_seller(creator: Creator, **given: Any) -> Seller:
    defaults: dict[str, Any] = {
        "legal_name": "Ines Duarte, Lda.",
        "street": "Rua da Rosa 14",
        "postcode": "1200-387",
        "city": "Lisboa",
        "country": "PT",
        "email": "contas@kilnandtide.example",
        "vat_id": "PT501442600",
        "prefix": "KT",
    }
    return Seller.objects.create(creator=creator, **defaults | given)


def make_ware(creator: Creator, *, units: int = 4, **given: Any) -> DropSku:
    """Put a mug for 38.00 into an open drop of a creator."""
    capsule = make_capsule(creator=creator)
    sku = make_sku(product=make_product(capsule=capsule), **{"option_values": ["Sage"]} | given)
    return make_drop_sku(drop=make_drop(capsule=capsule), sku=sku, units=units)


def make_sale(drop_sku: DropSku, *, locale: str = "en", quantity: int = 1, **given: Any) -> Order:
    """Sell, as a shopper would buy."""
    shopper = make_shopper(creator=drop_sku.drop.creator, locale=locale)
    wish = {name: given.pop(name) for name in ("method", "option") if name in given}
    hold = make_hold(drop_sku=drop_sku, shopper=shopper, quantity=quantity, **wish)
    payment = make_payment(hold=hold, **given)
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    order = settle(provider="memory", event=event_of(payment, Outcome.CAPTURED)).order
    assert order is not None
    return order
