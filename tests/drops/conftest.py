from collections.abc import Iterator

import pytest

from tests.doubles import CounterDelivery, InMemoryProvider, MemoryAccounts, PaidPost


@pytest.fixture(autouse=True)
def outside_world(settings) -> Iterator[None]:
    """Replace delivery and payment at their ports, and leave nothing behind for the next test."""
    settings.DELIVERY_METHODS = ["tests.doubles.CounterDelivery", "tests.doubles.PaidPost"]
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    settings.PAYOUT_ACCOUNTS = ["tests.doubles.MemoryAccounts"]
    for double in (CounterDelivery, PaidPost, InMemoryProvider, MemoryAccounts):
        double.reset()
    yield
    for double in (CounterDelivery, PaidPost, InMemoryProvider, MemoryAccounts):
        double.reset()
