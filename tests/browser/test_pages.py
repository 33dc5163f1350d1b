"""
The shop's own pages in a real browser, on the real stack.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from drops.sales.models import Order
from tests.browser.shop import Shop, open_shop
from tests.stack import LiveStack

PATIENCE = 20_000  # ms; nothing here takes a second on a quiet machine

SHIFT = """() => new Promise((done) => {
  let shift = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { if (!entry.hadRecentInput) shift += entry.value; }))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(shift), 400);
})"""


# What a screen reader would call whatever has the focus, as far as our pages name things.
NAME_OF_FOCUS = """() => {
  const el = document.activeElement;
  return (el.labels?.[0]?.innerText || el.getAttribute("aria-label") || el.innerText || "").trim();
}"""


@pytest.fixture
def shop(live_stack: LiveStack) -> Shop:
    return live_stack.run(open_shop, origin=live_stack.foreign_url, media=live_stack.media)


@pytest.fixture
def visit(live_stack: LiveStack, chromium: Browser, shop: Shop) -> Iterator[Callable[..., Page]]:
    """Open the product page in a browser of its own; what its console complains of fails the test."""
    contexts, complaints = [], []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "409" not in message.text:
            complaints.append(message.text)

    def open_page(**context: Any) -> Page:
        contexts.append(chromium.new_context(viewport={"width": 390, "height": 844}, **context))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", note)
        page.goto(f"{live_stack.shop_url}/{shop.slug}/p/{shop.product_handle}/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _hold(page: Page) -> None:
    page.get_by_role("button", name="Hold it for 10 minutes").click()
    expect(page.get_by_text("Held for you")).to_be_visible()


def test_a_watching_page_sees_the_count_fall_and_rise_again(visit: Callable[..., Page]) -> None:
    watcher, buyer = visit(), visit()
    expect(watcher.locator(".buy .stock")).to_have_text("3 of 3 left")

    _hold(buyer)
    expect(watcher.locator(".buy .stock")).to_have_text("2 of 3 left · 1 on hold right now")
    buyer.get_by_role("button", name="Let it go").click()

    expect(watcher.locator(".buy .stock")).to_have_text("3 of 3 left")


def test_another_glaze_is_one_tap_and_no_new_page(visit: Callable[..., Page]) -> None:
    page = visit()
    page.evaluate("window.isSamePage = true")

    page.get_by_role("link", name="Midnight").click()

    expect(page.get_by_role("link", name="Midnight")).to_have_attribute("aria-current", "true")
    expect(page.locator(".gallery__track img").first).to_have_attribute("alt", "Midnight mug.")
    expect(page.get_by_text("Ring mug · Midnight")).to_be_visible()
    assert page.evaluate("window.isSamePage")
    assert page.url.endswith("?sku=RM-MIDNIGHT")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Midnight"


def test_another_way_of_delivery_changes_the_total_in_place(visit: Callable[..., Page]) -> None:
    page = visit()
    total = page.locator(".receipt__row--total dd")
    expect(total).to_have_text("€39.14")

    page.get_by_role("radio", name="Standard post to Portugal").check()

    expect(total).to_have_text("€43.64")
    expect(page.locator("#hold input[name=delivery]")).to_have_value(
        page.get_by_role("radio", name="Standard post to Portugal").get_attribute("value") or ""
    )


def test_a_unit_is_paid_with_scripts_switched_off(visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)

    page.get_by_role("link", name="Midnight").click()
    _hold(page)
    page.get_by_label("Your name").fill("Lena Vogt")
    page.get_by_label("E-mail").fill("lena@example.org")
    page.get_by_role("button", name="Pay €39.14").click()
    page.get_by_role("button", name="Approve €39.14").click()

    expect(page.get_by_role("heading", name="It is yours, Lena Vogt.")).to_be_visible()
    expect(page.get_by_role("img", name="QR code of your pickup pass")).to_be_visible()


def test_a_unit_is_bought_with_the_keyboard_alone(
    live_stack: LiveStack, shop: Shop, visit: Callable[..., Page]
) -> None:
    page = visit(reduced_motion="reduce")

    def tab_to(name: str) -> None:
        """Go on by Tab to whatever is called so, and see that it shows where one is."""
        for _ in range(60):
            page.keyboard.press("Tab")
            if re.search(name, page.evaluate(NAME_OF_FOCUS)):
                assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
                return
        raise AssertionError(f"Tab never came to {name!r}")

    tab_to("Hold it for 10 minutes")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Held for you")).to_be_visible()
    tab_to("Your name")
    page.keyboard.type("Lena Vogt")
    tab_to("(?i)mail")
    page.keyboard.type("lena@example.org")
    tab_to("^Pay €")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pay/test/**")
    tab_to("^Approve")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/**")

    assert live_stack.run(lambda: list(Order.objects.filter(drop_id=shop.drop_id).values_list("name", "email"))) == [
        ("Lena Vogt", "lena@example.org")
    ]


@pytest.mark.parametrize("wrong_by", [timedelta(hours=1), timedelta(hours=-1)])
def test_the_countdown_goes_by_the_servers_clock(visit: Callable[..., Page], wrong_by: timedelta) -> None:
    page = visit()
    page.clock.install(time=datetime.now(tz=UTC) + wrong_by)

    _hold(page)
    page.wait_for_load_state("load")  # until the script has run, the hour of the end stands there
    page.clock.run_for(1_000)
    expect(page.locator("[data-clock]")).to_have_text(re.compile(r"^\d+:\d\d$"))

    minutes, seconds = page.locator("[data-clock]").inner_text().split(":")
    assert 570 <= int(minutes) * 60 + int(seconds) <= 600


def test_nothing_moves_while_the_page_arrives_and_nothing_sticks_out(visit: Callable[..., Page]) -> None:
    page = visit()
    page.wait_for_load_state("networkidle")

    assert page.evaluate(SHIFT) < 0.005
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_photo_is_enlarged_and_put_away_by_keyboard(visit: Callable[..., Page]) -> None:
    page = visit()

    page.get_by_role("link", name="Enlarge photo 1").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Enlarged photo")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog", name="Enlarged photo")).to_be_hidden()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Enlarge photo 1"
