"""Puts the double, a stranger's page and a real Chromium together, for the tests of the widget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.chromium import find_chromium
from tests.widget.double import Running, Shop, host_page

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@contextmanager
def chromium() -> Iterator[Browser]:
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Stage:
    """One page with the widget on it, and what went over the wire and to the console."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.running = Running()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.sockets: list[str] = []
        self.contexts: list[Any] = []

    @property
    def shop(self) -> Shop:
        return self.running.shop

    def show(
        self,
        *,
        settings: str = 'data-key="pk_test"',
        head: str = "",
        body: str = "",
        headers: dict[str, str] | None = None,
        before: str = "",
        html: str = "",
        host: str = "127.0.0.1",
        prepare: Callable[[Page], None] = lambda page: None,
        **context: Any,
    ) -> Page:
        """Open a stranger's page that carries the loader, or a page of one's own."""
        html = html or host_page(self.shop.base, settings=settings, head=head, body=body)
        self.shop.pages["/"] = (html, headers or {})
        made = self.browser.new_context(viewport={"width": 1280, "height": 860}, **context)
        self.contexts.append(made)
        page = made.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.sockets.append(socket.url))
        prepare(page)
        if before:
            page.add_init_script(before)
        page.goto(self.shop.base.replace("127.0.0.1", host))
        page.wait_for_selector("creatorshop-chat", state="attached")
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        self.running.stop()


def until(page: Page, is_so: Callable[[], bool]) -> None:
    """Let the page go on until something is so on the other end of the line; fail if it never is."""
    for _ in range(400):
        if is_so():
            return
        page.wait_for_timeout(50)
    raise AssertionError("It did not come to that within twenty seconds.")


def texts(page: Page) -> list[str]:
    """Return what the bubbles say, from top to bottom."""
    return page.locator("creatorshop-chat .bubble").all_inner_texts()
