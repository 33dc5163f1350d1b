from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from drops.catalog.models import Sku
from drops.refs import new_ref
from drops.sales.gift_models import GiftClaim, GiftState
from drops.sales.models import Order, OrderLine, OrderUnit
from drops.sales.orders import mark_fulfilled
from drops.schedule.models import Drop, DropState
from drops.stock.models import NEVER, DropSku, Hold, HoldState, Token, TokenStatus
from drops.stock.pools import store_room_of
from fulfillment.delivery import ParcelDelivery
from fulfillment.models import Batch, BatchState, Parcel, ParcelState, Rate, Zone
from fulfillment.zones import make_rate, make_zone
from tests.factories import make_drop, make_product, make_shopper, make_sku

AFTER = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)  # a Saturday, the day after the drop below
INES = {"street": "Rua da Rosa 14, 2º", "city": "Lisboa", "postcode": "1200-109", "region": "", "country": "PT"}
_ordinals = count(1)


def make_closed_drop(**given: Any) -> Drop:
    defaults: dict[str, Any] = {
        "state": DropState.CLOSED,
        "opens_at": AFTER - timedelta(hours=20),
        "closes_at": AFTER - timedelta(hours=12),
    }
    return make_drop(**defaults | given)


def make_post(*, drop: Drop, **given: Any) -> Rate:
    """Make a rate of €4.50 to Portugal and Spain."""
    return make_rate(zone=make_iberia(drop=drop), price_minor=450, **given)


def make_iberia(*, drop: Drop) -> Zone:
    return make_zone(creator=drop.creator, name="Iberia", countries=["PT", "ES"])


def make_order(*, drop: Drop, sku: Sku | None = None, quantity: int = 1, method: str = "parcel", **given: Any) -> Order:
    """Make a paid order with its sold tokens; a parcel is begun through the delivery port, as a payment does."""
    sku = sku or make_sku(product=make_product(capsule=drop.capsule))
    drop_sku, _ = DropSku.objects.get_or_create(drop=drop, sku=sku)
    terms = {
        "title": str(sku),
        "destination": {"country": "PT", "postcode": "1200-109"},
        "delivery": {"method": method, "earliest_date": "2026-12-02", "latest_date": "2026-12-07"},
    }
    hold = make_hold(drop=drop, drop_sku=drop_sku, quantity=quantity, terms=terms, delivery_method=method)
    defaults: dict[str, Any] = {"name": "Inês Duarte", "email": "ines@mail.example", "address": INES}
    order = Order.objects.create(
        creator=drop.creator,
        drop=drop,
        shopper=hold.shopper,
        hold=hold,
        total_minor=4250,
        currency="EUR",
        delivery_method=method,
        paid_at=drop.closes_at - timedelta(hours=1),
        **{"terms": terms, **defaults, **given},
    )
    line = OrderLine.objects.create(order=order, sku=sku, title=str(sku), quantity=quantity, unit_price_minor=3800)
    for _ in range(quantity):
        token = Token.objects.create(
            drop_sku=drop_sku,
            pool=hold.pool,
            ordinal=next(_ordinals),
            free_at=NEVER,
            status=TokenStatus.SOLD,
            hold=hold,
            fence=1,
        )
        OrderUnit.objects.create(line=line, token=token)
    if method == "parcel":
        ParcelDelivery().start(order=order)
    return order


def make_hold(*, drop: Drop, drop_sku: DropSku, **given: Any) -> Hold:
    begun = drop.closes_at - timedelta(hours=1)
    defaults: dict[str, Any] = {
        "shopper": make_shopper(creator=drop.creator),
        "quantity": 1,
        "pool": store_room_of(creator_id=drop.creator_id),
        "state": HoldState.CONFIRMED,
        "quote_ref": new_ref(),
        "quote_hash": "0" * 64,
        "terms": {},
        "total_minor": 4250,
        "currency": "EUR",
        "delivery_method": "parcel",
        "created_at": begun,
        "base_expires_at": begun + timedelta(minutes=10),
        "expires_at": begun + timedelta(minutes=10),
        "hard_deadline": begun + timedelta(minutes=15),
    }
    return Hold.objects.create(drop_sku=drop_sku, **defaults | given)


def parcel_of(order: Order) -> Parcel:
    return Parcel.objects.get(order=order)


def make_sent(order: Order, *, at: datetime) -> None:
    """Let an order's parcel leave at an instant, whatever the drop is doing."""
    batch = Batch.objects.create(
        drop=order.drop, creator=order.creator, state=BatchState.RUNNING, created_at=at, frozen_at=at
    )
    left = {"state": ParcelState.SHIPPED, "batch": batch, "content_hash": "0" * 64, "packed_at": at, "shipped_at": at}
    assert Parcel.objects.filter(order=order).update(**left) == 1
    assert mark_fulfilled(order_id=order.pk, at=at)


def make_accepted_gift(order: Order, *, message: str, at: datetime = AFTER) -> GiftClaim:
    """Let an order be a gift that somebody accepted."""
    return GiftClaim.objects.create(
        order=order,
        message=message,
        token_hash=f"t{order.pk}",
        own_hash=f"o{order.pk}",
        state=GiftState.CLAIMED,
        recipient_name="Mira",
        created_at=at,
        claimed_at=at,
        expires_at=at,
    )
