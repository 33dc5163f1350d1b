"""
"Tell me when it opens" in a real browser: permission after a tap, what is said when there is none, and the worker itself.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from drops.reminders.models import Reminder
from drops.schedule.models import Drop, DropState
from tests.browser.shop import Shop, open_shop
from tests.drops.reminders.makers import ENDPOINT, KEYS
from tests.stack import LiveStack

# The world outside is replaced at its port: the browser's own way to its push service.
PUSH_SERVICE = f"""
  PushManager.prototype.getSubscription = async () => null;
  PushManager.prototype.subscribe = async (options) => {{
    window.askedWith = [options.userVisibleOnly, options.applicationServerKey.length];
    return {{ toJSON: () => ({json.dumps({"endpoint": ENDPOINT, "keys": KEYS})}) }};
  }};
  const ask = Notification.requestPermission.bind(Notification);
  window.timesAsked = 0;
  Notification.requestPermission = () => {{ window.timesAsked += 1; return ask(); }};
"""


@pytest.fixture
def shop(live_stack: LiveStack) -> Shop:
    """A shop whose drop opens tomorrow."""
    shop = live_stack.run(open_shop, origin=live_stack.foreign_url, media=live_stack.media)
    tomorrow = datetime.now(tz=UTC) + timedelta(days=1)

    def put_off() -> None:
        Drop.objects.filter(pk=shop.drop_id).update(
            state=DropState.SCHEDULED, opens_at=tomorrow, closes_at=tomorrow + timedelta(hours=3)
        )

    live_stack.run(put_off)
    return shop


@pytest.fixture
def visit(live_stack: LiveStack, chromium: Browser, shop: Shop) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_page(path: str = "", **context: Any) -> Page:
        contexts.append(chromium.new_context(viewport={"width": 390, "height": 844}, **context))
        page = contexts[-1].new_page()
        page.add_init_script(PUSH_SERVICE)
        page.goto(f"{live_stack.shop_url}{path or f'/{shop.slug}/p/{shop.product_handle}/'}")
        return page

    yield open_page
    for context in contexts:
        context.close()


def reminders(live_stack: LiveStack, shop: Shop) -> list[tuple[str, str, str]]:
    def read() -> list[tuple[str, str, str]]:
        return list(Reminder.objects.filter(drop_id=shop.drop_id).values_list("channel", "address", "time_zone"))

    return live_stack.run(read)


def test_a_tap_asks_for_permission_and_the_device_is_told(
    live_stack: LiveStack, shop: Shop, visit: Callable[..., Page]
) -> None:
    page = visit(permissions=["notifications"], timezone_id="Asia/Tokyo")
    button = page.get_by_role("link", name="Tell me when it opens")
    expect(button).to_be_visible()
    assert page.evaluate("window.timesAsked") == 0

    button.click()

    expect(page.get_by_text("This device will be told.")).to_be_visible()
    expect(button).to_be_hidden()
    assert page.evaluate("[window.timesAsked, window.askedWith]") == [1, [True, 65]]
    assert reminders(live_stack, shop) == [("push", ENDPOINT, "Asia/Tokyo")]


def test_without_permission_a_tap_leads_to_where_an_address_can_be_left(
    live_stack: LiveStack, shop: Shop, visit: Callable[..., Page]
) -> None:
    page = visit()

    page.get_by_role("link", name="Tell me when it opens").click()

    expect(page.get_by_role("heading", name="Tell me when it opens")).to_be_visible()
    expect(page.get_by_text("Your browser does not let us send messages")).to_be_visible()
    expect(page.get_by_label("By e-mail")).to_be_visible()
    expect(page.get_by_role("button", name="Tell me on this device")).to_be_hidden()
    expect(page.get_by_role("link", name="Put the opening into your calendar")).to_be_visible()
    assert reminders(live_stack, shop) == []


def test_without_scripts_an_address_is_left_on_the_page(
    live_stack: LiveStack, shop: Shop, visit: Callable[..., Page]
) -> None:
    page = visit(java_script_enabled=False)

    page.get_by_role("link", name="Tell me when it opens").click()
    page.get_by_label("By e-mail").fill("lena@example.org")
    page.get_by_role("button", name="Send me a mail").click()

    expect(page.get_by_text("We ask lena@example.org whether it was you.")).to_be_visible()
    assert reminders(live_stack, shop) == [("mail", "lena@example.org", "Europe/Lisbon")]


def test_the_form_knows_the_time_zone_that_a_mail_is_written_for(
    live_stack: LiveStack, shop: Shop, visit: Callable[..., Page]
) -> None:
    page = visit(f"/openings/{shop.drop_ref}/remind/", timezone_id="America/New_York")

    page.get_by_label("By e-mail").fill("lena@example.org")
    page.get_by_role("button", name="Send me a mail").click()

    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    assert reminders(live_stack, shop) == [("mail", "lena@example.org", "America/New_York")]


def test_the_page_has_its_own_button_for_this_device(
    live_stack: LiveStack, shop: Shop, visit: Callable[..., Page]
) -> None:
    page = visit(f"/openings/{shop.drop_ref}/remind/", permissions=["notifications"])

    page.get_by_role("button", name="Tell me on this device").click()

    expect(page.get_by_text("This device will be told.")).to_be_visible()
    assert [channel for channel, _, _ in reminders(live_stack, shop)] == ["push"]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (
            {"web_push": 8030, "notification": {"title": "Batch 07 is open", "body": "until 21:00", "tag": "drop-x"}},
            [["Batch 07 is open", "until 21:00", "drop-x"]],
        ),
        ({"something": "else"}, []),
        ("not even JSON {", []),
    ],
)
def test_the_worker_shows_what_is_pushed_and_nothing_else(
    live_stack: LiveStack, shop: Shop, visit: Callable[..., Page], message: Any, shown: list[list[str]]
) -> None:
    page = visit(permissions=["notifications"])
    session = page.context.new_cdp_session(page)
    known: list[dict[str, Any]] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda said: known.extend(said["registrations"]))
    session.send("ServiceWorker.enable")
    page.get_by_role("link", name="Tell me when it opens").click()
    expect(page.get_by_text("This device will be told.")).to_be_visible()

    session.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": live_stack.shop_url,
            "registrationId": known[-1]["registrationId"],
            "data": message if isinstance(message, str) else json.dumps(message),
        },
    )

    read = """async () => {
      const worker = await navigator.serviceWorker.ready;
      for (let turn = 0; turn < 40; turn += 1) {
        const found = await worker.getNotifications();
        if (found.length) return found.map(({ title, body, tag }) => [title, body, tag]);
        await new Promise((done) => setTimeout(done, 50));
      }
      return [];
    }"""
    # A browser may put up a notice of its own where a worker shows none.
    assert [row for row in page.evaluate(read) if row[0] == "Batch 07 is open"] == shown
