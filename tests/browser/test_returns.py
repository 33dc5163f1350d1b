"""
Sending something back, and withdrawing without a link, in a real browser on the real stack.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from drops.clock import database_now
from drops.returns.models import Return, ReturnState
from drops.sales.models import Order, OrderState
from tests.browser.shop import Shop, open_shop
from tests.browser.test_pages_access import problems
from tests.stack import LiveStack


@pytest.fixture
def shop(live_stack: LiveStack) -> Shop:
    return live_stack.run(open_shop, origin=live_stack.foreign_url, media=live_stack.media)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


def _buy(live_stack: LiveStack, shop: Shop, page: Page) -> None:
    """Buy a mug, collect it, and look at the order's page."""
    page.goto(f"{live_stack.shop_url}/{shop.slug}/p/{shop.product_handle}/")
    page.get_by_role("button", name="Hold it for 10 minutes").click()
    page.get_by_label("Name").first.fill("Lena Vogt")
    page.get_by_label(re.compile("mail", re.IGNORECASE)).fill("lena@example.org")
    page.get_by_role("button", name=re.compile("^Pay €")).click()
    page.get_by_role("button", name=re.compile("^Approve")).first.click()
    page.wait_for_url("**/orders/**")
    live_stack.run(lambda: _hand_over(shop.drop_id))
    page.reload()


def _hand_over(drop_id: int) -> None:
    Order.objects.filter(drop_id=drop_id).update(state=OrderState.FULFILLED, fulfilled_at=database_now())


def test_a_buyer_goes_from_the_order_to_the_withdrawal_and_back_to_the_order(
    live_stack: LiveStack, shop: Shop, page: Page
) -> None:
    _buy(live_stack, shop, page)

    page.get_by_role("link", name="Send something back").click()
    expect(page.get_by_role("radio", name="I’d rather not say")).to_be_checked()
    expect(page.get_by_label("Ring mug · Sage")).to_have_value("1")  # there is but one
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Your word is enough, and nobody has to agree.")).to_be_visible()
    page.get_by_role("button", name="Confirm withdrawal").click()

    page.wait_for_url("**/#returns")
    row = page.locator("#returns li.return")
    expect(row).to_contain_text("1 × Ring mug · Sage")
    expect(row).to_contain_text("Withdrawn")
    expect(page.get_by_role("link", name="Send something back")).to_have_count(0)
    assert live_stack.run(lambda: _returns_of(shop.drop_id)) == [(ReturnState.APPROVED, True)]

    row.get_by_label("The carrier’s number, if you have one").fill("RR 123 PT")
    row.get_by_role("button", name="I have sent it").click()
    expect(row).to_contain_text("On its way back")
    row.get_by_role("button", name="I keep it after all").click()
    expect(row).to_contain_text("You keep it")
    expect(page.get_by_role("link", name="Send something back")).to_be_visible()


def _returns_of(drop_id: int) -> list[tuple[str, bool]]:
    return list(Return.objects.filter(order__drop=drop_id).values_list("state", "is_withdrawal"))


def test_somebody_who_lost_the_link_withdraws_and_the_order_has_it(
    live_stack: LiveStack, shop: Shop, page: Page
) -> None:
    _buy(live_stack, shop, page)
    order = page.url
    number = live_stack.run(lambda: Order.objects.get(drop_id=shop.drop_id).ref)

    page.get_by_role("contentinfo").get_by_role("link", name="Withdraw from contract here").click()
    page.get_by_label("The order’s number").fill(number)
    page.get_by_label("The e-mail address you bought with").fill("lena@example.org")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Confirm withdrawal").click()
    expect(page.get_by_role("heading", name="Your withdrawal was sent")).to_be_visible()

    page.goto(order)
    for _ in range(20):  # a worker does it
        if page.locator("#returns li.return").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator("#returns li.return")).to_contain_text("You withdrew on")


def test_everybody_can_send_something_back(live_stack: LiveStack, shop: Shop, page: Page) -> None:
    _buy(live_stack, shop, page)
    found = []
    page.get_by_role("link", name="Send something back").click()
    expect(page.get_by_role("heading", name="Send something back")).to_be_visible()
    found += problems(page)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Withdraw from this?")).to_be_visible()
    found += problems(page)
    page.get_by_role("button", name="Confirm withdrawal").click()
    expect(page.get_by_role("button", name="I have sent it")).to_be_visible()
    found += problems(page)
    assert found == [], "\n".join(found)


def test_everybody_can_withdraw_without_a_link(live_stack: LiveStack, page: Page) -> None:
    page.goto(f"{live_stack.shop_url}/withdraw/")
    found = problems(page)
    page.get_by_label("The order’s number").fill("12345")
    page.get_by_label("The e-mail address you bought with").fill("lena@example.org")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("An order's number has 10 letters and digits")).to_be_visible()
    found += problems(page)
    page.get_by_label("The order’s number").fill("4KD2M9XQ7A")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Withdraw from this contract?")).to_be_visible()
    found += problems(page)
    page.get_by_role("button", name="Confirm withdrawal").click()
    expect(page.get_by_role("heading", name="Your withdrawal was sent")).to_be_visible()
    found += problems(page)
    assert found == [], "\n".join(found)
