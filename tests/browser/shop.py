"""
One small shop that is open right now, for browsers to buy from.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from django.test import override_settings
from PIL import Image

from drops.catalog.models import Creator, Product, Sku
from drops.catalog.photos import add_photo
from drops.catalog.renditions import render_photo
from fulfillment.zones import make_rate, make_zone
from pickups.models import Location
from pickups.partners import make_location, make_partner
from tests.factories import make_capsule, make_creator, make_drop, make_drop_sku, make_product, make_sku
from tests.pickups.factories import agree_on_fee

ALWAYS = {weekday: [("00:00", "23:59")] for weekday in range(7)}
GLAZES = {"Sage": "#8fa37f", "Midnight": "#2b3a5c"}


@dataclass(frozen=True)
class Shop:
    slug: str
    embed_key: str
    drop_ref: str
    product_handle: str
    creator_id: int
    drop_id: int
    location_id: int


def open_shop(*, origin: str, media: Path, units: int = 3) -> Shop:
    """Open a drop of ring mugs in two glazes, sent by post within Portugal or collected at a café that never closes."""
    creator = make_creator(
        allowed_origins=[origin], greeting="Batch 07 is open. Pick a glaze, I will show you the full price first."
    )
    product = make_product(capsule=make_capsule(creator=creator))
    now = datetime.now(tz=UTC)
    drop = make_drop(capsule=product.capsule, opens_at=now - timedelta(hours=1), closes_at=now + timedelta(hours=8))
    for number, (glaze, swatch) in enumerate(GLAZES.items()):
        sku = make_sku(
            product=product, code=f"RM-{glaze.upper()}", option_values=[glaze], swatch=swatch, position=number
        )
        make_drop_sku(drop=drop, sku=sku, units=units)
        with override_settings(MEDIA_ROOT=media):
            _photograph(product, sku, swatch)
    make_rate(zone=make_zone(creator=creator, name="Home", countries=["PT"]), price_minor=450)
    location = _cafe(creator)
    return Shop(
        slug=creator.slug,
        embed_key=creator.embed_key,
        drop_ref=drop.ref,
        product_handle=product.handle,
        creator_id=creator.pk,
        drop_id=drop.pk,
        location_id=location.pk,
    )


def _photograph(product: Product, sku: Sku, colour: str) -> None:
    picture = BytesIO()
    Image.new("RGB", (800, 1000), colour).save(picture, "JPEG")
    photo = add_photo(product=product, data=picture.getvalue(), alt_text=f"{sku.label} mug.", sku=sku)
    render_photo(photo_id=photo.pk)


def _cafe(creator: Creator) -> Location:
    partner = make_partner(name="Café Mira")
    agree_on_fee(creator=creator, partner=partner, fixed_minor=100)
    return make_location(
        partner=partner,
        creators=[creator],
        name="Café Mira",
        address="Rua do Poço 12",
        postcode="1200-109",
        city="Lisbon",
        country="PT",
        time_zone="Europe/Lisbon",
        hours=ALWAYS,
        slot_minutes=120,
        capacity=6,
        lead_minutes=0,
    )
