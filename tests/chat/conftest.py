from collections.abc import Iterator

import pytest

from tests.doubles import CounterDelivery, InMemoryProvider, PaidPost


@pytest.fixture(autouse=True)
def outside_world(settings) -> Iterator[None]:
    """Replace delivery and payment at their ports, and leave nothing behind for the next test."""
    settings.DELIVERY_METHODS = ["tests.doubles.CounterDelivery", "tests.doubles.PaidPost"]
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    for double in (CounterDelivery, PaidPost, InMemoryProvider):
        double.reset()
    yield
    for double in (CounterDelivery, PaidPost, InMemoryProvider):
        double.reset()
