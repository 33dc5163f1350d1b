from collections.abc import Iterator

import pytest
from django.db import connection

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


@pytest.fixture
def short_connections() -> Iterator[None]:
    """Let the sockets' database threads close their connections after each question: the test database is dropped."""
    # All threads' connections share this one dictionary of settings.
    kept = connection.settings_dict["CONN_MAX_AGE"]
    connection.settings_dict["CONN_MAX_AGE"] = 0
    yield
    connection.settings_dict["CONN_MAX_AGE"] = kept
