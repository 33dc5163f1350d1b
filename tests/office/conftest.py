from types import SimpleNamespace

import pytest

from drops.catalog.models import MemberRole
from drops.schedule.models import DropState
from drops.stock.planning import plan_units
from fulfillment.batches import make_batch, run_batch
from fulfillment.models import Document, DocumentKind
from tests.factories import make_capsule, make_creator, make_drop, make_product, make_sku
from tests.fulfillment.makers import AFTER, make_closed_drop, make_order, make_post, parcel_of
from tests.office.people import client_of, make_person


def make_shop(name):
    """Make a shop with one row of nearly everything."""
    creator = make_creator(name=name)
    capsule = make_capsule(creator=creator, title=f"{name} capsule")
    product = make_product(capsule=capsule, title=f"{name} mug")
    sku = make_sku(product=product, code=f"{name.upper()}-1")
    draft = make_drop(capsule=capsule, title=f"{name} draft", state=DropState.DRAFT)
    plan_units(drop=draft, sku=sku, units=6)
    over = make_closed_drop(capsule=capsule, title=f"{name} over")
    rate = make_post(drop=over)
    order = make_order(drop=over, sku=sku, name=f"{name} buyer")
    batch = make_batch(drop_id=over.pk, by_user_id=None, now=AFTER)
    document = Document.objects.create(
        batch=batch,
        kind=DocumentKind.PACKING_SLIPS,
        name="packing-slips.pdf",
        media_type="application/pdf",
        content=b"%PDF-1.7",
        created_at=AFTER,
    )
    return SimpleNamespace(
        creator=creator,
        capsule=capsule,
        product=product,
        sku=sku,
        draft=draft,
        over=over,
        rate=rate,
        zone=rate.zone,
        order=order,
        hold=order.hold,
        shopper=order.shopper,
        line=order.lines.get(),
        batch=batch,
        parcel=parcel_of(order),
        document=document,
    )


@pytest.fixture
def shop(db):
    return make_shop("Ours")


@pytest.fixture
def printed(shop):
    """Our shop, with its batch frozen and printed."""
    Document.objects.all().delete()
    shop.batch = run_batch(batch_id=shop.batch.pk, now=AFTER)
    shop.parcel.refresh_from_db()
    return shop


@pytest.fixture
def strangers(db):
    return make_shop("Theirs")


@pytest.fixture
def owner(shop):
    return client_of(make_person("owner", creator=shop.creator))


@pytest.fixture
def helper(shop):
    return client_of(make_person("helper", creator=shop.creator, role=MemberRole.HELPER))


@pytest.fixture
def packer(shop):
    return client_of(make_person("packer", creator=shop.creator, role=MemberRole.PACKER))


@pytest.fixture
def superuser(db):
    return client_of(make_person("operator", is_superuser=True))
