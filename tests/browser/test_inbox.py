"""
A shopper in the widget, two of the shop's people in the office, the real shop between them: each sees what the other does.
"""

from collections.abc import Iterator
from itertools import count

import pytest
from django.conf import global_settings
from django.contrib.auth import get_user_model
from django.test import override_settings
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from drops.catalog.creators import add_member
from drops.catalog.models import Creator, MemberRole
from tests.browser.shop import Shop, open_shop
from tests.stack import LiveStack

PASSWORD = "secret-enough"
numbers = count(1)


@pytest.fixture
def shop(live_stack: LiveStack) -> Shop:
    return live_stack.run(open_shop, origin=live_stack.foreign_url, media=live_stack.media)


@pytest.fixture
def browse(chromium: Browser) -> Iterator:
    """Open a browser of its own; what its console complains of, a broken policy for one, fails the test."""
    contexts, complaints = [], []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "409" not in message.text:
            complaints.append(message.text)

    def opened(url: str, **given) -> Page:
        contexts.append(chromium.new_context(**given))
        page = contexts[-1].new_page()
        page.on("console", note)
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def hire(creator_id: int, name: str) -> None:
    # The running shop keeps passwords as it always does; tests keep theirs in a hurry.
    with override_settings(PASSWORD_HASHERS=global_settings.PASSWORD_HASHERS):
        user = get_user_model().objects.create_user(name, password=PASSWORD, is_staff=True)
    add_member(creator=Creator.objects.get(pk=creator_id), user=user, role=MemberRole.HELPER)


def office(live_stack: LiveStack, shop: Shop, browse, name: str) -> Page:
    """Log a helper in, by way of the inbox and its only waiting thread."""
    name = f"{name}-{next(numbers)}"
    live_stack.run(hire, shop.creator_id, name)
    page = browse(f"{live_stack.shop_url}/admin/login/?next=/admin/chat/thread/%3Finbox=waiting")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.locator("a.office-link").click()
    expect(page.locator("[data-live]")).to_have_text("Live.")
    return page


def write(chat: Locator, text: str) -> None:
    chat.locator(".ask").fill(text)
    chat.get_by_role("button", name="Send").click()


def test_a_helper_and_a_shopper_talk_and_a_hold_goes_on(live_stack: LiveStack, shop: Shop, browse):
    chat = browse(f"{live_stack.foreign_url}/{shop.slug}/").locator("creatorshop-chat")
    chat.get_by_role("button").first.click()
    expect(chat.get_by_role("radio", name="Sage")).to_be_visible()
    write(chat, "human")
    expect(chat.get_by_text("I left Kiln & Tide a note")).to_be_visible()

    ana = office(live_stack, shop, browse, "ana")
    ben = office(live_stack, shop, browse, "ben")
    expect(ana.get_by_label("Your message")).to_be_disabled()
    ana.get_by_role("button", name="Take over").click()
    expect(chat.get_by_text("Kiln & Tide is here.")).to_be_visible()
    expect(ben.get_by_role("button", name="Take over from ana")).to_be_visible()

    ana.get_by_label("Your message").fill("Hello! <b>It</b> is food safe.")
    ana.get_by_role("button", name="Send").dblclick()
    expect(chat.locator(".human .bubble")).to_have_text("Hello! <b>It</b> is food safe.")
    expect(ben.locator('.talk-said[data-from="human"]')).to_have_count(1)
    expect(ana.get_by_label("Your message")).to_have_value("")

    ana.get_by_label("Your message").fill("A word that is not sent yet")
    write(chat, "what is left")
    expect(ana.locator('.talk-said[data-from="shopper"]').last).to_contain_text("what is left")
    expect(ana.get_by_label("Your message")).to_have_value("A word that is not sent yet")

    ana.get_by_role("button", name="Show it").click()
    expect(chat.locator(".human .card")).to_be_visible()
    chat.get_by_role("radio", name="Sage").last.click()
    chat.get_by_role("button", name="Ship it").last.click()
    chat.get_by_label("Country").last.select_option("PT")
    chat.get_by_label("Postcode").last.fill("1200-109")
    chat.get_by_label("Postcode").last.press("Enter")
    chat.get_by_role("button", name="Hold for 10 minutes").last.click()
    expect(chat.get_by_role("timer").last).to_be_visible()
    expect(ana.locator(".talk-known")).to_contain_text("Ring mug · Sage, on hold until")

    ben.get_by_role("button", name="Take over from ana").click()
    expect(ana.get_by_label("Your message")).to_be_disabled()
    expect(ana.get_by_label("Your message")).to_have_value("A word that is not sent yet")
    ben.get_by_role("button", name="Hand back").click()
    expect(chat.get_by_text("The assistant is back.")).to_be_visible()
    write(chat, "what is left")
    expect(chat.get_by_text("Ring mug · Midnight: 3 of 3 left.")).to_be_visible()
    expect(chat.locator(".human .bubble")).to_have_count(1)
