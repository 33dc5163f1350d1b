from collections.abc import Iterator

import pytest

from tests.doubles import CounterDelivery, InMemoryProvider, PaidPost


@pytest.fixture(autouse=True)
def outside_world(settings) -> Iterator[None]:
    """Replace delivery at its port; payments are the test provider's, which is real enough to be tested with."""
    settings.DELIVERY_METHODS = ["tests.doubles.CounterDelivery", "tests.doubles.PaidPost"]
    settings.SHOP_URL = "https://shop.example"
    for double in (CounterDelivery, PaidPost, InMemoryProvider):
        double.reset()
    yield
    for double in (CounterDelivery, PaidPost, InMemoryProvider):
        double.reset()
