from collections.abc import Iterator

import pytest

from tests.doubles import InMemoryProvider


@pytest.fixture(autouse=True)
def counter(settings) -> Iterator[None]:
    """Let pickups be delivered for real, and only payments be a double."""
    settings.DELIVERY_METHODS = ["pickups.delivery.PickupDelivery"]
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    InMemoryProvider.reset()
    yield
    InMemoryProvider.reset()
