"""
Small makers of rows with believable defaults. They go through services where a service exists.
"""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from drops.audience.models import Shopper
from drops.catalog.models import Capsule, Creator, Product, Sku
from drops.schedule.models import Drop, DropState

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


def make_shopper(*, creator: Creator | None = None, **given: Any) -> Shopper:
    defaults: dict[str, Any] = {"locale": "en", "time_zone": "Europe/Lisbon"}
    return Shopper.objects.create(creator=creator or make_creator(), **defaults | given)
