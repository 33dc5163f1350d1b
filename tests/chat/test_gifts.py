"""
What a thread may say of an order that its buyer gave away: nothing of where and when somebody else has it.
"""

import pytest
from django.db import connection
from django.db.models import prefetch_related_objects
from django.test.utils import CaptureQueriesContext

from creatorshop.chat.progress import order_facts
from drops.sales import gifts
from drops.sales.delivery import Recipient
from pickups.slots import bookable_slots
from tests.clock import stopped_clock
from tests.doubles import InMemoryProvider
from tests.factories import NOON, make_creator
from tests.pickups.factories import make_cafe, make_mugs, make_pickup

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(settings):
    settings.DELIVERY_METHODS = ["pickups.delivery.PickupDelivery"]
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    InMemoryProvider.reset()
    with stopped_clock(NOON):
        yield
    InMemoryProvider.reset()


def test_the_thread_of_the_giver_keeps_the_pass_until_somebody_accepts_and_loses_it_then():
    creator = make_creator()
    slot = bookable_slots(location=make_cafe(creator=creator), now=NOON)[0]
    order = make_pickup(slot=slot, drop_sku=make_mugs(creator=creator)).order
    _, token = gifts.give(order=order, message="", now=NOON)
    before = order_facts(order, now=NOON)

    gifts.claim(token=token, to=Recipient(name="Mira"), now=NOON)

    after = order_facts(order, now=NOON)
    assert len(before.pass_code) == len("7F3K-9Q2A-C")
    assert before.qr_url != ""
    assert (after.pass_code, after.qr_url, after.track_url, after.progress) == ("", "", "", "")


def test_the_gifts_of_several_orders_are_asked_for_once():
    creator = make_creator()
    slot, mugs = bookable_slots(location=make_cafe(creator=creator), now=NOON)[0], make_mugs(creator=creator)
    orders = [make_pickup(slot=slot, drop_sku=mugs).order for _ in range(2)]
    prefetch_related_objects(orders, "gifts")

    with CaptureQueriesContext(connection) as asked:
        for order in orders:
            order_facts(order, now=NOON)

    assert [query["sql"] for query in asked if "drops_giftclaim" in query["sql"]] == []
