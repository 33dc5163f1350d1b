import socket
import urllib.request
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from drops.models import Creator
from tests.factories import make_creator
from tests.stack import LiveStack


@pytest.fixture(scope="module")
def creator(live_stack: LiveStack) -> Creator:
    return live_stack.run(make_creator, allowed_origins=[live_stack.foreign_url])


def test_the_real_stack_answers_with_everything_it_needs(live_stack: LiveStack) -> None:
    with urllib.request.urlopen(f"{live_stack.shop_url}/readyz", timeout=10) as answer:
        body = answer.read()

    assert body == b'{"ok": true, "missing": []}'


def test_whoever_comes_after_thousands_who_stay_is_answered(live_stack: LiveStack) -> None:
    there = urlsplit(live_stack.shop_url)
    with ExitStack() as crowd:
        for _ in range(2500):
            crowd.enter_context(socket.create_connection((there.hostname, there.port), timeout=10))

        with urllib.request.urlopen(f"{live_stack.shop_url}/healthz", timeout=10) as answer:
            assert answer.status == 200


def test_a_strangers_page_embeds_the_widget_from_another_origin(
    live_stack: LiveStack, chromium: Browser, creator: Creator
) -> None:
    page = chromium.new_page()

    page.goto(f"{live_stack.foreign_url}/{creator.slug}/")

    script = page.locator("script[data-key]")
    assert page.evaluate("location.origin") == live_stack.foreign_url != live_stack.shop_url
    assert script.get_attribute("data-key") == creator.embed_key
    assert script.get_attribute("src") == f"{live_stack.shop_url}/widget.js"
    page.close()


def test_a_test_may_stop_the_worker_and_start_it_again(live_stack: LiveStack) -> None:
    live_stack.stop("worker")
    live_stack.start("worker")

    with pytest.raises(KeyError):
        live_stack.stop("nobody")
