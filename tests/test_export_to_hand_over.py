"""
The whole life of a drop through the services: from a shop's export to the post and the counter.
"""

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from PIL import Image

from creatorshop.adapters.testpay import charges
from creatorshop.insights.proof import whole_proof_of
from drops.catalog.capsules import put_in_capsule
from drops.catalog.imports.photo_sources import photos_in_folder
from drops.catalog.imports.running import run_import
from drops.catalog.models import Photo, Product
from drops.catalog.renditions import render_photo
from drops.clock import database_now
from drops.sales import checkout, holding, quotes, settling
from drops.sales.delivery import Destination
from drops.sales.draining import drain_closed_drops
from drops.sales.models import Order, OrderState
from drops.schedule import windows
from drops.schedule.models import Drop, DropState
from drops.stock.planning import plan_all_on_hand
from fulfillment.batches import make_batch, run_batch
from fulfillment.models import BatchState
from fulfillment.parcels import hand_to_carrier, pack_parcel
from fulfillment.zones import make_rate, make_zone
from tests.clock import advance, stopped_clock
from tests.factories import NOON, make_capsule, make_creator, make_shopper

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
OWN_EXPORT = """Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Image Src,Image Alt Text
tin-cup,Tin cup,"<p>A cup.
Of tin.</p>",Shed,Cups,camp,true,Colour,Red,CUP-RED,120,2,18.00,https://cdn.example/cup_red.jpg?v=1,A red tin cup.
tin-cup,,,,,,,,Blue,,120,1,18.00,,
oil-lamp,Oil lamp,<p>A lamp.</p>,Shed,Lamps,,true,Title,Default Title,LAMP,800,1,42.50,https://cdn.example/lamp.jpg,A brass oil lamp.
"""


def exports():
    """Yield the name of each export to try: our own, and the published samples where they lie beside the project."""
    samples = Path(os.environ.get("CREATORSHOP_SAMPLES", Path(__file__).parents[2] / "shared" / "samples"))
    return ["own", *(["bklyn"] if (samples / "bklyn").is_dir() else [])], samples / "bklyn"


NAMES, BKLYN = exports()


@pytest.fixture(params=NAMES)
def export(request, tmp_path):
    if request.param == "bklyn":
        return BKLYN / "products.csv", BKLYN / "photos", 25
    (tmp_path / "products.csv").write_text(OWN_EXPORT)
    for name in ("cup_red.jpg", "lamp.jpg"):
        Image.new("RGB", (400, 500), "#335544").save(tmp_path / name)
    return tmp_path / "products.csv", tmp_path, 2


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


def take_in(creator, sheet, photos):
    with io.BytesIO(sheet.read_bytes()) as file:
        return run_import(creator=creator, file=file, name=sheet.name, photos=photos_in_folder(photos))


def buy(shopper, drop, sku_code):
    quote = quotes.make_quote(
        shopper=shopper,
        drop=drop,
        sku_code=sku_code,
        quantity=1,
        destination=Destination("PT", "1200-109"),
        method="parcel",
        option=quotes.delivery_choices(
            drop=drop, sku_code=sku_code, quantity=1, destination=Destination("PT", "1200-109")
        )
        .options[0]
        .key,
    )
    hold = holding.place_hold(shopper=shopper, quote_ref=quote.ref, quote_hash=quote.hash, idempotency_key=quote.ref)
    payment, _ = checkout.start_payment(
        hold_ref=hold.ref,
        provider="test",
        contact=checkout.Contact(
            name="Lena Vogt",
            email="lena@example.org",
            address={"street": "Rua do Poço 4", "city": "Lisboa", "postcode": "1200-109", "country": "PT"},
        ),
        return_url="https://shop.example/back",
    )
    charges.approve(charge=charges.charge_of(payment_ref=payment.ref))
    return settling.refresh_payment(payment_ref=payment.ref).order


def test_a_drop_of_an_export_is_opened_sold_and_sent(export, settings):
    sheet, photos, products = export
    creator = make_creator(sku_limit=500)
    first = take_in(creator, sheet, photos)
    assert Product.objects.filter(creator=creator).count() == products
    assert first.has_changes
    assert not take_in(creator, sheet, photos).has_changes

    capsule = make_capsule(creator=creator)
    sellable = Product.objects.filter(creator=creator, photos__isnull=False, skus__on_hand__gt=0).distinct()
    for product in sellable.order_by("pk")[:3]:
        product.benefits = ["Made to last", "Mended for free"]
        product.save(update_fields=["benefits"])
        put_in_capsule(product=product, capsule=capsule)
    for photo in Photo.objects.filter(product__capsule=capsule):
        render_photo(photo_id=photo.pk)
        Photo.objects.filter(pk=photo.pk, alt_text="").update(alt_text=f"A photo of {photo.product.title}.")
    make_rate(zone=make_zone(creator=creator, name="Home", countries=["PT"]), price_minor=450)
    drop = Drop.objects.create(
        ref="first", creator=creator, capsule=capsule, title="First", opens_at=NOON + HOUR, closes_at=NOON + 3 * HOUR
    )
    drop_skus = plan_all_on_hand(drop=drop)
    windows.schedule_drop(drop_id=drop.pk, now=database_now())
    windows.open_due_drops(now=advance(HOUR))
    drop.refresh_from_db()
    assert drop.state == DropState.OPEN

    orders = [buy(make_shopper(creator=creator), drop, drop_sku.sku.code) for drop_sku in drop_skus[:2]]
    assert {order.state for order in orders} == {OrderState.PAID}

    windows.close_due_drops(now=advance(2 * HOUR))
    assert drain_closed_drops() == 1
    batch = run_batch(batch_id=make_batch(drop_id=drop.pk, by_user_id=None, now=database_now()).pk, now=database_now())
    assert batch.state == BatchState.RUNNING
    assert sorted(batch.documents.values_list("kind", flat=True)) == ["csv", "packing_slips", "pick_list"]
    for parcel in batch.parcels.order_by("pk"):
        pack_parcel(parcel_id=parcel.pk, now=database_now())
        hand_to_carrier(parcel_id=parcel.pk, carrier="CTT", tracking_number=f"T{parcel.pk}", now=database_now())

    batch.refresh_from_db()
    assert batch.state == BatchState.DONE
    assert set(Order.objects.values_list("state", flat=True)) == {OrderState.FULFILLED}
    lines = whole_proof_of(drop=drop)
    assert sum(line.in_parcels for line in lines) == len(orders)
    assert [line.problems for line in lines] == [[]] * len(lines)
    call_command("prove_stock")
