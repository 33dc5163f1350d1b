"""
A stranger's page, two browsers, the real shop: from the launcher to a parcel and a pickup.
"""

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from playwright.sync_api import Browser, Locator, Page, expect

from creatorshop.insights.proof import whole_proof_of
from drops.catalog.models import Creator
from drops.sales.models import Order
from drops.schedule.models import Drop
from drops.stock.models import Hold, HoldState
from fulfillment.models import Parcel
from pickups.models import Pickup
from tests.browser.shop import Shop, open_shop
from tests.factories import make_extra
from tests.stack import LiveStack

PATIENCE = 20_000  # ms; nothing here takes a second on a quiet machine


@pytest.fixture
def shop(live_stack: LiveStack) -> Shop:
    return live_stack.run(open_shop, origin=live_stack.foreign_url, media=live_stack.media)


@pytest.fixture
def visit(live_stack: LiveStack, chromium: Browser, shop: Shop) -> Iterator:
    """Open the stranger's page in a browser of its own, tap the launcher, and return the widget."""
    contexts = []

    def opened(**given) -> tuple[Page, Locator]:
        context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en-GB", **given)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{live_stack.foreign_url}/{shop.slug}/")
        chat = page.locator("creatorshop-chat")
        chat.get_by_role("button").first.click()
        expect(chat.get_by_role("radio", name="Sage")).to_be_visible()
        return page, chat

    yield opened
    for context in contexts:
        context.close()


def pick_and_have_it_sent(chat: Locator, glaze: str) -> None:
    chat.get_by_role("radio", name=glaze).last.click()
    chat.get_by_role("button", name="Ship it").last.click()
    chat.get_by_label("Country").last.select_option("PT")
    chat.get_by_label(re.compile("Postcode")).last.fill("1200-109")
    chat.get_by_label(re.compile("Postcode")).last.press("Enter")


def accept(chat: Locator) -> None:
    chat.get_by_role("button", name="Hold for 10 minutes").last.click()
    expect(chat.get_by_role("timer").last).to_be_visible()


def pay(page: Page, chat: Locator, *, address: bool, decision: str = "Approve") -> None:
    chat.get_by_role("button", name=re.compile("^Pay €")).last.click()
    sheet = page.frame_locator("creatorshop-chat iframe")
    sheet.get_by_label("Name").first.fill("Lena Vogt")
    sheet.get_by_label(re.compile("mail", re.IGNORECASE)).fill("lena@example.org")
    if address:
        sheet.get_by_label(re.compile("Street")).fill("Rua do Poço 4")
        sheet.get_by_label(re.compile("City|Town")).fill("Lisboa")
    sheet.get_by_role("button", name=re.compile("^Pay €")).click()
    sheet.get_by_role("button", name=re.compile(f"^{decision}")).first.click()


def note_when_shown(chat: Locator, *, selector: str, text: str) -> None:
    """Let the page itself note when it first shows this text: what watches from outside is late on a busy machine."""
    chat.evaluate(
        """(chat, [selector, text]) => {
          const look = () => {
            const shown = [...chat.shadowRoot.querySelectorAll(selector)].some((el) => el.textContent.includes(text));
            if (shown && !window.shownAt) window.shownAt = Date.now();
          };
          window.shownAt = 0;
          new MutationObserver(look).observe(chat.shadowRoot, { subtree: true, childList: true, characterData: true });
        }""",
        [selector, text],
    )


def left(chat: Locator) -> str:
    return chat.locator(".stock").first.inner_text()


def only(live_stack: LiveStack, ask):
    return live_stack.run(ask)


def test_one_unit_goes_by_parcel_and_a_second_browser_sees_it_go(live_stack, shop, visit):
    page, chat = visit()
    onlooking, onlooker = visit()
    assert "6 of 6 left" in left(onlooker)

    pick_and_have_it_sent(chat, "Sage")
    expect(chat.get_by_text("of which Kiln & Tide receives").last).to_be_visible()
    note_when_shown(chat, selector="[role=timer]", text=":")
    note_when_shown(onlooker, selector=".stock", text="5 of 6 left")
    accept(chat)
    expect(onlooker.locator(".stock").first).to_contain_text("5 of 6 left")
    assert onlooking.evaluate("shownAt") - page.evaluate("shownAt") < 1000

    pay(page, chat, address=True)
    expect(chat.locator(".receipt.paid")).to_be_visible()

    order = only(live_stack, lambda: Order.objects.get(drop_id=shop.drop_id))
    assert (order.total_minor, order.delivery_method, order.address["city"]) == (4364, "parcel", "Lisboa")
    assert only(live_stack, lambda: Parcel.objects.get(order=order).units.count()) == 1
    assert_adds_up(live_stack, shop)


def test_one_unit_is_collected_at_the_cafe(live_stack, shop, visit):
    page, chat = visit()

    chat.get_by_role("radio", name="Midnight").last.click()
    chat.get_by_role("button", name=re.compile(r"\d\d:\d\d.\d\d:\d\d")).first.click()
    accept(chat)
    pay(page, chat, address=False)

    paid = chat.locator(".receipt.paid")
    expect(paid).to_be_visible()
    order = only(live_stack, lambda: Order.objects.get(drop_id=shop.drop_id))
    pickup = only(live_stack, lambda: Pickup.objects.get(order=order))
    assert (order.total_minor, order.delivery_method) == (3914, "pickup")
    assert pickup.location_id == shop.location_id
    expect(paid.locator(".code")).to_have_text(re.compile(r"^[0-9A-Z-]{9,12}$"))
    assert_adds_up(live_stack, shop)


def test_a_gift_wrap_is_added_with_one_tap_and_bought_for_the_total_that_was_said(live_stack, shop, visit):
    wrap = only(live_stack, lambda: make_extra(creator=Creator.objects.get(pk=shop.creator_id), blurb="In linen."))
    page, chat = visit()
    chat.get_by_role("radio", name="Sage").last.click()
    chat.get_by_role("button", name=re.compile(r"\d\d:\d\d.\d\d:\d\d")).first.click()
    toggle = chat.get_by_role("button", name="Gift wrap In linen. + €4.12")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    expect(chat.locator(".total")).to_have_text("Total€39.14")

    toggle.click()

    expect(chat.get_by_text("With Gift wrap it is €43.26 in all.")).to_be_visible()
    expect(chat.locator(".total")).to_have_text("Total€43.26")
    expect(chat.get_by_role("button", name="Gift wrap")).to_have_attribute("aria-pressed", "true")
    assert chat.evaluate("chat => chat.shadowRoot.activeElement.dataset.k") == "Gift wrap"
    accept(chat)
    expect(chat.get_by_role("button", name="Gift wrap")).to_have_count(0)
    pay(page, chat, address=False)
    expect(chat.locator(".receipt.paid")).to_contain_text("Gift wrap")

    order = only(live_stack, lambda: Order.objects.get(drop_id=shop.drop_id))
    lines = only(live_stack, lambda: list(order.lines.order_by("pk").values_list("title", "quantity", "extra_id")))
    assert (order.total_minor, lines) == (4326, [("Ring mug · Sage", 1, None), ("Gift wrap", 1, wrap.pk)])
    assert_adds_up(live_stack, shop)


def test_a_parcel_is_given_in_the_chat_and_the_giver_hears_that_it_was_accepted(live_stack, shop, visit):
    page, chat = visit()
    pick_and_have_it_sent(chat, "Sage")
    accept(chat)
    pay(page, chat, address=True)
    chat.get_by_role("button", name="Give it to somebody").last.click()
    chat.get_by_label("Your words").fill("Happy birthday, Mira.")
    chat.get_by_role("button", name="Make it a gift").click()

    giver = page.context.new_page()
    giver.goto(chat.get_by_role("link", name="Get the link").get_attribute("href"))
    giver.get_by_role("button", name="Make a new link").click()
    recipient = page.context.browser.new_page()
    recipient.goto(giver.locator("#gift-link").input_value())
    expect(recipient.get_by_text("Happy birthday, Mira.")).to_be_visible()
    recipient.get_by_label("The name on the parcel").fill("Mira Sousa")
    recipient.get_by_label("Street").fill("Rua Nova 1")
    recipient.get_by_label(re.compile("City|Town")).fill("Lisboa")
    recipient.get_by_label("Postcode").fill("1200-109")
    recipient.locator("form button").last.click()

    expect(chat.get_by_text("Your gift was accepted: Ring mug · Sage.")).to_be_visible(timeout=PATIENCE)
    expect(chat.get_by_text("Mira Sousa")).to_have_count(0)
    recipient.close()
    assert_adds_up(live_stack, shop)


def test_a_decline_is_said_and_the_hold_goes_on(live_stack, shop, visit):
    page, chat = visit()
    chat.get_by_role("radio", name="Midnight").last.click()
    chat.get_by_role("button", name=re.compile(r"\d\d:\d\d.\d\d:\d\d")).first.click()
    accept(chat)

    pay(page, chat, address=False, decision="Decline")

    expect(chat.get_by_text(re.compile("Your bank said no")).last).to_be_attached()
    hold = only(live_stack, lambda: Hold.objects.get(drop_sku__drop_id=shop.drop_id))
    assert hold.state == HoldState.HELD
    assert only(live_stack, lambda: Order.objects.filter(drop_id=shop.drop_id).count()) == 0


def test_a_lapsed_unit_is_sold_to_somebody_else_with_the_worker_stopped(live_stack, shop, visit):
    live_stack.run(keep_only_one_unit, shop.drop_id)
    live_stack.stop("worker")
    try:
        early_page, early = visit()
        pick_and_have_it_sent(early, "Sage")
        accept(early)
        live_stack.run(let_time_pass, shop.drop_id)

        page, late = visit()
        pick_and_have_it_sent(late, "Sage")
        accept(late)
        pay(page, late, address=True)

        expect(late.locator(".receipt.paid")).to_be_visible()
        # The thread's own alarm clock is set to an end that this test has moved; whoever comes back is told at once.
        early_page.reload()
        early.get_by_role("button").first.click()
        expect(early.get_by_text("The hold ended. Nothing was charged.").last).to_be_attached()
        states = only(
            live_stack,
            lambda: list(
                Hold.objects.filter(drop_sku__drop_id=shop.drop_id)
                .order_by("created_at")
                .values_list("state", flat=True)
            ),
        )
        assert states == [HoldState.EXPIRED, HoldState.CONFIRMED]
    finally:
        live_stack.start("worker")
    assert_adds_up(live_stack, shop)


def keep_only_one_unit(drop_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE drops_token SET free_at = '9000-01-01Z', status = 'void' WHERE ordinal > 1 AND drop_sku_id IN"
            " (SELECT id FROM drops_dropsku WHERE drop_id = %s)",
            [drop_id],
        )
        cursor.execute("UPDATE drops_dropsku SET planned = 1 WHERE drop_id = %s", [drop_id])


def let_time_pass(drop_id: int) -> None:
    """Make a drop's live holds as old as they would be in a quarter of an hour."""
    of_the_drop = "(SELECT id FROM drops_dropsku WHERE drop_id = %s)"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE drops_token SET free_at = free_at - interval '15 minutes' WHERE status = 'held'"
            f" AND drop_sku_id IN {of_the_drop}",
            [drop_id],
        )
        cursor.execute(
            "UPDATE drops_hold SET expires_at = expires_at - interval '15 minutes',"
            " base_expires_at = base_expires_at - interval '15 minutes', created_at = created_at - interval '15 minutes'"
            f" WHERE drop_sku_id IN {of_the_drop}",
            [drop_id],
        )


def assert_adds_up(live_stack: LiveStack, shop: Shop) -> None:
    lines = live_stack.run(lambda: whole_proof_of(drop=Drop.objects.get(pk=shop.drop_id)))
    assert [line.problems for line in lines] == [[], []]
