"""
A creator, a drop and shoppers who have read their quotes: everything up to the moment before the hold.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from drops.audience.models import Shopper
from drops.audience.sessions import token_of
from drops.catalog.models import Capsule, Creator, Product, Sku
from drops.refs import new_ref
from drops.sales.delivery import Destination
from drops.sales.models import Quote
from drops.sales.quotes import delivery_choices, make_quote
from drops.schedule.models import Drop, DropState
from drops.stock import tokens
from drops.stock.models import DropSku
from fulfillment.models import Rate, Zone

AT_ONCE = 1000
_PORTO = Destination("PT", "1200-109")


@dataclass(frozen=True)
class Buyer:
    """One shopper, and what they send to hold."""

    shopper: Shopper
    quote: Quote

    @property
    def token(self) -> str:
        return token_of(shopper=self.shopper)


def make_drop(*, units: int) -> DropSku:
    """Make an open drop of one SKU, one unit per person, sent by post."""
    name = new_ref()[:8]
    creator = Creator.objects.create(
        slug=f"bench-{name}", name="Kiln & Tide", currency="EUR", country="PT", time_zone="Europe/Lisbon",
        tax_rate_bp=2300, service_fee_bp=300,
    )  # fmt: skip
    zone = Zone.objects.create(creator=creator, name="Portugal", countries=["PT"])
    Rate.objects.create(zone=zone, name="Standard post", price_minor=490, max_weight_g=5000)
    capsule = Capsule.objects.create(creator=creator, slug="batch", title="Batch 07")
    product = Product.objects.create(creator=creator, capsule=capsule, handle="ring-mug", title="Ring mug")
    sku = Sku.objects.create(
        creator=creator, product=product, code="RM", price_minor=3800, weight_g=420, on_hand=units
    )  # fmt: skip
    now = datetime.now(tz=UTC)
    drop = Drop.objects.create(
        ref=f"bench-{name}", creator=creator, capsule=capsule, title="Batch 07", state=DropState.OPEN,
        opens_at=now - timedelta(hours=1), closes_at=now + timedelta(hours=8), account_limit=1,
    )  # fmt: skip
    drop_sku = DropSku.objects.create(drop=drop, sku=sku, planned=units)
    tokens.mint(drop_sku=drop_sku, units=units)
    return drop_sku


def make_buyers(*, drop_sku: DropSku, count: int) -> list[Buyer]:
    """Make shoppers with a quote each: the first by the service, the others as copies of it."""
    creator = drop_sku.drop.creator
    shoppers = Shopper.objects.bulk_create((Shopper(creator=creator) for _ in range(count)), batch_size=AT_ONCE)
    drop, code = drop_sku.drop, drop_sku.sku.code
    [option] = delivery_choices(drop=drop, sku_code=code, quantity=1, destination=_PORTO).options
    model = make_quote(
        shopper=shoppers[0], drop=drop, sku_code=code, quantity=1, destination=_PORTO,
        method=option.method, option=option.key,
    )  # fmt: skip
    # Longer than the shop's two minutes, so that a slow machine measures holds and not old quotes.
    Quote.objects.filter(pk=model.pk).update(valid_until=model.valid_until + timedelta(hours=1))
    copies = [_copy(model, shopper) for shopper in shoppers[1:]]
    quotes = [model, *Quote.objects.bulk_create(copies, batch_size=AT_ONCE)]
    return [Buyer(shopper, quote) for shopper, quote in zip(shoppers, quotes, strict=True)]


def settle_down() -> None:
    """Let the planner know what was just written, as it would after a minute in a shop that runs."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _copy(model: Quote, shopper: Shopper) -> Quote:
    kept = (
        "drop_sku_id", "quantity", "pool_id", "delivery_method", "delivery_option", "terms", "total_minor", "currency", "hash",
        "created_at",
    )  # fmt: skip
    return Quote(
        shopper=shopper,
        valid_until=model.valid_until + timedelta(hours=1),
        **{name: getattr(model, name) for name in kept},
    )
