"""A shop to buy in, and tasks of its pages: done at once as by a worker, or refused because nobody takes them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from creatorshop.celery import app
from tests.storefront.stalls import Stall, make_stall, open_counter


@pytest.fixture
def stall() -> Stall:
    """Return the shop with a café that hands over for free."""
    stall = make_stall()
    open_counter(stall)
    return stall


@pytest.fixture
def worker_at_hand() -> Iterator[None]:
    """Have tasks done where they are sent, as a worker would do them in a moment."""
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


@pytest.fixture
def no_broker() -> Iterator[None]:
    """Have nobody there who takes tasks."""
    there, app.conf.broker_url = app.conf.broker_url, "redis://127.0.0.1:1/0"
    _forget_connections()
    yield
    app.conf.broker_url = there
    _forget_connections()


def _forget_connections() -> None:
    app._pool = app.amqp._producer_pool = None
