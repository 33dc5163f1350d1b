from collections.abc import Iterator

import pytest

from tests.doubles import PushInMemory


@pytest.fixture(autouse=True)
def push_service(settings) -> Iterator[type[PushInMemory]]:
    settings.PUSH_SENDERS = ["tests.doubles.PushInMemory"]
    settings.SHOP_URL = "https://shop.example"
    PushInMemory.reset()
    yield PushInMemory
    PushInMemory.reset()
