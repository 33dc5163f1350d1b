import pytest

from tests.clock import stopped_clock
from tests.factories import NOON


@pytest.fixture
def outside_world(db, settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    with stopped_clock(NOON):
        yield
