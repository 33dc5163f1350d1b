from collections.abc import Iterator

import pytest

from drops.sales.models import Payment
from tests.doubles import CounterDelivery, PaidPost
from tests.factories import make_drop_sku, make_hold, make_payment
from tests.stripe.wiring import wire_stripe


@pytest.fixture(autouse=True)
def outside_world(settings) -> Iterator[None]:
    settings.DELIVERY_METHODS = ["tests.doubles.CounterDelivery", "tests.doubles.PaidPost"]
    wire_stripe(settings)
    for double in (CounterDelivery, PaidPost):
        double.reset()
    yield
    for double in (CounterDelivery, PaidPost):
        double.reset()


@pytest.fixture
def payment(db) -> Payment:
    return make_payment(hold=make_hold(drop_sku=make_drop_sku()), provider="stripe")
