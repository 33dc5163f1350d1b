"""
What every test stands on: real PostgreSQL, real Valkey, no network, no leftovers of the test before.
"""

import ipaddress
import os
import sys
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import redis
from django.apps import apps
from django.conf import settings as shop_settings
from django.db import connection
from hypothesis import seed
from playwright.sync_api import Browser, sync_playwright
from pytest_django.plugin import blocking_manager_key

from creatorshop import embedded
from drops.catalog.tax_sources import rates_to_begin_with
from fulfillment.import_sources import rules_to_begin_with
from tests.chromium import find_chromium
from tests.hypotheses import IS_NIGHT, SEEDS
from tests.stack import LiveStack, running_stack, shared_engines

_tests = count()


def pytest_configure(config: pytest.Config) -> None:
    embedded.ensure_running()
    sys.addaudithook(_refuse_the_world)


def _refuse_the_world(event: str, arguments: tuple[Any, ...]) -> None:
    """Let nothing out but to this machine: a test that needs the world is a test of somebody else's weather."""
    if event == "socket.connect":
        _refuse_foreign(arguments[1])
    elif event == "socket.getaddrinfo":
        _refuse_foreign(arguments[:2])


def _refuse_foreign(address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else None  # A string is a Unix socket's path.
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = False
    if not is_here:
        raise RuntimeError(f"Tests may not reach the network, and this one tried {host}")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Refuse to run where the locking rules do not hold: they are written for READ COMMITTED and oversell elsewhere."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        isolation = cursor.fetchone()[0]
    if isolation != "read committed":
        pytest.exit(
            f"The database's transaction_isolation is {isolation!r}, and has to be 'read committed'.", returncode=3
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Put back what migrations filled in, after a test that emptied every table: others may come later in this process."""
    yield
    marker = item.get_closest_marker("django_db")
    is_emptied = marker is not None and bool(marker.kwargs.get("transaction"))
    is_emptied = is_emptied or "transactional_db" in getattr(item, "fixturenames", ())
    if is_emptied and nextitem is not None:  # with the last test the database is gone as well
        with item.config.stash[blocking_manager_key].unblock():
            _fill_again()


def _fill_again() -> None:
    filled = {
        ("drops", "TaxRate"): lambda: rates_to_begin_with(valid_from=date(2026, 1, 1)),
        ("fulfillment", "ImportRule"): rules_to_begin_with,
    }
    for name, rows in filled.items():
        model = apps.get_model(*name)
        if not model.objects.exists():
            model.objects.bulk_create(model(**row) for row in rows())


@pytest.fixture(params=SEEDS if IS_NIGHT else None)
def part_of_the_night(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    """Give a property the seed of its part, and return what gives it to a state machine. By day there are no parts."""
    if not IS_NIGHT:
        return lambda machine: machine
    sow: Callable[[Any], Any] = seed(request.param)
    if hasattr(request.function, "hypothesis"):  # a property; whatever else asks for its part passes the seed on
        sow(request.function)
    return sow


@pytest.fixture(scope="session", autouse=True)
def _leave_redis_as_it_was() -> Iterator[None]:
    yield
    with redis.Redis.from_url(shop_settings.REDIS_URL) as client:
        for key in client.scan_iter(match=f"{shop_settings.REDIS_PREFIX}*", count=1000):
            client.delete(key)


@pytest.fixture(scope="session")
def _media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(autouse=True)
def _own_files_and_cache(settings: Any, _media: Path) -> None:
    """Give each test its own folder for photos and its own corner of the cache."""
    number = next(_tests)
    settings.MEDIA_ROOT = _media / str(number)
    settings.CACHES = {
        "default": shop_settings.CACHES["default"] | {"KEY_PREFIX": f"{shop_settings.REDIS_PREFIX}:{number}"},
        "process": shop_settings.CACHES["process"] | {"LOCATION": str(number)},
    }


@pytest.fixture(scope="session")
def live_stack(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[LiveStack]:
    """Run the whole shop as `make run` does. Tests share it and its database, so each makes what it needs."""
    folder = tmp_path_factory.mktemp("live")
    with running_stack(engines=shared_engines(), folder=folder, blocker=django_db_blocker) as live:
        yield live


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """
    Open a real browser; without one the test fails and says what to do.

    Not for the whole session: as long as it is open this thread has an event loop, in which neither Django's database nor
    tests with a loop of their own can work.
    """
    # The sandbox needs rights that root in a container lacks.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        yield browser
        browser.close()
