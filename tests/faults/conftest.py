from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.shop import Shop, open_shop
from tests.faults.engines import FragileEngines, fragile_engines
from tests.faults.visitors import Visitor
from tests.stack import LiveStack, running_stack


@pytest.fixture(scope="package")
def engines() -> Iterator[FragileEngines]:
    with fragile_engines() as pair:
        yield pair


@pytest.fixture(scope="package")
def live(
    engines: FragileEngines, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[LiveStack]:
    """Run a shop to be hurt. Each test puts back on its feet what it knocked over."""
    folder = tmp_path_factory.mktemp("hurt")
    with running_stack(engines=engines.place, folder=folder, blocker=django_db_blocker) as stack:
        yield stack


@pytest.fixture
def open_for_business(live: LiveStack) -> Callable[..., Shop]:
    """Return what opens a drop of two mugs with so many units each."""
    return lambda *, units: live.run(open_shop, origin=live.foreign_url, media=live.media, units=units)


@pytest.fixture
def come(live: LiveStack) -> Iterator[Callable[[Shop], Visitor]]:
    """Return what lets one more shopper in."""
    visitors = []

    def let_in(shop: Shop) -> Visitor:
        visitors.append(Visitor(live=live, shop=shop))
        return visitors[-1]

    yield let_in
    for visitor in visitors:
        visitor.close()
