"""
Small makers of rows with believable defaults. They go through services where a service exists.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from drops.audience.models import Shopper
from drops.catalog.extras import Extra
from drops.catalog.models import Capsule, Creator, Photo, Product, Sku
from drops.sales import checkout, holding, quotes
from drops.sales.delivery import Destination
from drops.sales.models import Payment, Quote
from drops.schedule.models import Drop, DropState
from drops.stock import tokens
from drops.stock.models import DropSku, Hold

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
_numbers = count(1)


def make_creator(**given: Any) -> Creator:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "slug": f"kiln-and-tide-{number}",
        "name": "Kiln & Tide",
        "currency": "EUR",
        "country": "PT",
        "time_zone": "Europe/Lisbon",
        "tax_rate_bp": 2300,
        "service_fee_bp": 300,
        "allowed_origins": ["https://kilnandtide.example"],
    }
    return Creator.objects.create(**defaults | given)


def make_capsule(*, creator: Creator | None = None, **given: Any) -> Capsule:
    number = next(_numbers)
    defaults: dict[str, Any] = {"slug": f"batch-{number}", "title": f"Batch {number}"}
    return Capsule.objects.create(creator=creator or make_creator(), **defaults | given)


def make_product(*, capsule: Capsule | None = None, **given: Any) -> Product:
    capsule = capsule or make_capsule()
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "handle": f"ring-mug-{number}",
        "title": "Ring mug",
        "option_names": ["Glaze"],
        "benefits": ["Thrown by hand", "Safe in the dishwasher"],
    }
    return Product.objects.create(creator=capsule.creator, capsule=capsule, **defaults | given)


def make_sku(*, product: Product | None = None, **given: Any) -> Sku:
    product = product or make_product()
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "code": f"RM-{number}",
        "option_values": [f"Sage {number}"],
        "price_minor": 3800,
        "weight_g": 420,
        "on_hand": 24,
    }
    return Sku.objects.create(product=product, creator=product.creator, **defaults | given)


def make_extra(*, creator: Creator | None = None, **given: Any) -> Extra:
    """Make a gift wrap of €4.00 for the order, unless told otherwise."""
    defaults: dict[str, Any] = {"kind": "packaging", "title": "Gift wrap", "price_minor": 400}
    return Extra.objects.create(creator=creator or make_creator(), **defaults | given)


def make_drop(*, capsule: Capsule | None = None, **given: Any) -> Drop:
    """Make an open drop whose window surrounds the real now, unless told otherwise."""
    capsule = capsule or make_capsule()
    now = datetime.now(tz=UTC)
    defaults: dict[str, Any] = {
        "ref": f"ring-mug-batch-{next(_numbers)}",
        "title": "Batch 07",
        "state": DropState.OPEN,
        "opens_at": now - timedelta(hours=1),
        "closes_at": now + timedelta(hours=8),
        "time_zone": "Europe/Lisbon",
        "hold_minutes": 10,
        "account_limit": 2,
    }
    return Drop.objects.create(creator=capsule.creator, capsule=capsule, **defaults | given)


def make_shopper(*, creator: Creator | None = None, since: datetime | None = None, **given: Any) -> Shopper:
    """Make a shopper who came just now, or at another instant."""
    defaults: dict[str, Any] = {"locale": "en", "time_zone": "Europe/Lisbon"}
    shopper = Shopper.objects.create(creator=creator or make_creator(), **defaults | given)
    if since is not None:
        Shopper.objects.filter(pk=shopper.pk).update(created_at=since)
        shopper.refresh_from_db()
    return shopper


def make_drop_sku(*, drop: Drop | None = None, sku: Sku | None = None, units: int = 3, **given: Any) -> DropSku:
    """Put a SKU into a drop with minted tokens, whatever state the drop is in."""
    drop = drop or make_drop(**given)
    sku = sku or make_sku(product=make_product(capsule=drop.capsule))
    drop_sku = DropSku.objects.create(drop=drop, sku=sku, planned=units)
    tokens.mint(drop_sku=drop_sku, units=units)
    return drop_sku


def make_quote(
    *,
    drop_sku: DropSku,
    shopper: Shopper | None = None,
    quantity: int = 1,
    method: str = "pickup",
    option: str = "counter",
    extras: Sequence[str] = (),
) -> Quote:
    return quotes.make_quote(
        shopper=shopper or make_shopper(creator=drop_sku.drop.creator),
        drop=drop_sku.drop,
        sku_code=drop_sku.sku.code,
        quantity=quantity,
        destination=Destination("PT", "1200-109"),
        method=method,
        option=option,
        extras=extras,
    )


def make_hold(*, drop_sku: DropSku, shopper: Shopper | None = None, key: str = "", **given: Any) -> Hold:
    """Quote and hold, as a shopper would."""
    quote = make_quote(drop_sku=drop_sku, shopper=shopper, **given)
    return holding.place_hold(
        shopper=quote.shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=key or quote.ref
    )


def make_payment(*, hold: Hold, provider: str = "memory", **given: Any) -> Payment:
    """Begin to pay for a hold."""
    contact = checkout.Contact(
        name=given.get("name", "Lena Vogt"),
        email=given.get("email", "lena@example.org"),
        phone=given.get("phone", ""),
        address=given.get(
            "address", {"street": "Rua do Poço 4", "city": "Lisboa", "postcode": "1200-109", "country": "PT"}
        ),
    )
    payment, _ = checkout.start_payment(
        hold_ref=hold.ref, provider=provider, contact=contact, return_url="https://shop.example/back"
    )
    return payment


def make_photo(*, product: Product, **given: Any) -> Photo:
    """Make a photo's row as it stands once its renditions are done; there is no file behind it."""
    defaults: dict[str, Any] = {
        "original": f"photos/{next(_numbers)}/original.jpg",
        "width": 1280,
        "height": 1600,
        "alt_text": "Sage green stoneware mug with carved rings.",
        "rendition_widths": [320, 640, 1280],
        "content_hash": f"{next(_numbers):064x}",
    }
    values = defaults | given
    # bulk_create leaves the size alone, which the field would otherwise read from the file.
    [photo] = Photo.objects.bulk_create([Photo(product=product, **values)])
    return photo


def make_ready_drop(**given: Any) -> Drop:
    """Make a draft whose checklist is green."""
    drop = make_drop(**{"state": DropState.DRAFT} | given)
    drop_sku = make_drop_sku(drop=drop, units=3)
    make_photo(product=drop_sku.sku.product)
    return drop
