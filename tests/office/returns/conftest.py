"""A shop at noon, and everybody who has to do with its returns."""

import pytest

from drops.catalog.models import MemberRole
from tests.clock import stopped_clock
from tests.doubles import CounterDelivery, InMemoryProvider
from tests.factories import (
    NOON,
    make_creator,
)
from tests.office.people import client_of, make_person


@pytest.fixture(autouse=True)
def noon(settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    settings.DELIVERY_METHODS = ["tests.doubles.CounterDelivery", "tests.doubles.PaidPost"]
    CounterDelivery.reset()
    InMemoryProvider.reset()
    with stopped_clock(NOON):
        yield
    CounterDelivery.reset()
    InMemoryProvider.reset()


@pytest.fixture
def creator():
    return make_creator(name="Kiln & Tide")


@pytest.fixture
def owner(creator):
    return client_of(make_person("ines", creator=creator))


@pytest.fixture
def helper(creator):
    return client_of(make_person("rui", creator=creator, role=MemberRole.HELPER))


@pytest.fixture
def packer(creator):
    return client_of(make_person("tiago", creator=creator, role=MemberRole.PACKER))


@pytest.fixture
def stranger():
    return client_of(make_person("noor", creator=make_creator(name="Night Signal")))
