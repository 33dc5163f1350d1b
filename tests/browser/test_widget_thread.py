"""The thread in the widget: reached by keyboard, whole after a lost line, right about the time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.widget_stage import Stage, chromium, texts, until
from tests.widget import road

SECOND = timedelta(seconds=1)
DEVICE_AN_HOUR_LATE = """
const Real = Date, off = -3600e3;
window.Date = class extends Real { constructor(...facts) { facts.length ? super(...facts) : super(Real.now() + off) } static now() { return Real.now() + off } };
"""
# Notes each message that is put into the log, with whether a screen reader was to say it.
LISTEN = """
window.heard = [];
const listen = () => {
  const log = document.querySelector("creatorshop-chat")?.shadowRoot?.querySelector(".log");
  if (!log) return requestAnimationFrame(listen);
  new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach((el) =>
    heard.push([log.getAttribute("aria-live"), el.querySelector("h3, p, b").innerText])))).observe(log, { childList: true });
};
listen();
"""
# Notes how long after the line is back the last of what was missed is there.
TIME = """
addEventListener("online", () => (window.back = performance.now()));
const log = document.querySelector("creatorshop-chat").shadowRoot.querySelector(".log");
new MutationObserver(() => log.lastChild.innerText === "news 199" && (window.whole ??= performance.now())).observe(log, { childList: true });
"""


STOP_IS_LAST = """el => {
  const text = el.firstChild, at = (from) => { const range = document.createRange(); range.setStart(text, from); range.setEnd(text, from + 1); return range.getBoundingClientRect().left };
  return at(text.length - 1) > at(0);
}"""
DEVICE_AN_HOUR_EARLY = DEVICE_AN_HOUR_LATE.replace("-3600e3", "3600e3")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def stage(browser: Browser) -> Iterator[Stage]:
    stage = Stage(browser)
    yield stage
    stage.close()


def open_shop(stage: Stage, **context: object) -> Page:
    page = stage.show(**context)  # type: ignore[arg-type]
    page.locator(".launcher").click()
    expect(page.get_by_role("radio", name="Sage")).to_be_visible()
    return page


def place_hold(page: Page) -> None:
    page.get_by_role("radio", name="Sage").click()
    page.get_by_role("button", name="Hold for 10 minutes").last.click()
    expect(page.get_by_role("timer")).to_be_visible()


def test_the_keyboard_alone_goes_from_closed_to_a_hold_in_nine_keys(stage: Stage):
    page = stage.show()
    keys = ["Tab", "Tab", "Enter"]  # past the page's own link, onto the launcher
    for key in keys:
        page.keyboard.press(key)
    expect(page.get_by_role("radio", name="Sage")).to_be_visible()
    for key in ["Tab", "Space"]:
        page.keyboard.press(key)
        keys.append(key)
    hold = page.get_by_role("button", name="Hold for 10 minutes")
    expect(hold).to_be_visible()
    while not hold.evaluate("el => el.matches(':focus')"):
        page.keyboard.press("Tab")
        keys.append("Tab")
        assert len(keys) < 9
    page.keyboard.press("Enter")

    expect(page.get_by_role("timer")).to_be_visible()
    assert hold.evaluate("el => el.matches(':focus')")


def test_arrows_move_along_the_variants_and_pick_nothing(stage: Stage):
    page = open_shop(stage)
    page.get_by_role("radio", name="Sage").focus()

    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")

    focused = "document.querySelector('creatorshop-chat').shadowRoot.activeElement"
    assert page.evaluate(f"{focused}.innerText").split() == ["Midnight", "sold", "out"]
    assert page.evaluate(f"{focused}.getAttribute('aria-disabled')") == "true"
    page.keyboard.press("Space")
    page.wait_for_timeout(200)
    assert [event["kind"] for event in stage.shop.events] == ["opened"]


def test_what_was_said_in_a_tunnel_arrives_once(stage: Stage):
    page = open_shop(stage)
    page.context.set_offline(True)
    stage.shop.cut()
    page.locator(".ask").fill("Is there one left?")
    page.get_by_role("button", name="Send").click()
    for n in range(200):
        stage.shop.say("text", {"text": f"news {n}"})
    expect(page.get_by_text("You are offline")).to_be_visible()

    page.context.set_offline(False)

    expect(page.get_by_text("news 199")).to_be_attached()
    expect(page.get_by_text("6 of 24 are left")).to_be_attached()
    expect(page.get_by_text("You are offline")).to_be_hidden()
    heard = texts(page)
    assert [text for text in heard if text.startswith("news")] == [f"news {n}" for n in range(200)]
    assert heard.count("Is there one left?") == 1
    assert [event["kind"] for event in stage.shop.events] == ["opened", "text"]


@pytest.mark.parametrize("reads", ["the end", "the beginning"])
def test_a_minute_without_a_line_is_made_up_for_within_a_second(stage: Stage, reads: str):
    page = open_shop(stage, prepare=lambda page: page.clock.install())
    for n in range(20):
        stage.shop.say("text", {"text": f"early {n}"})
    expect(page.get_by_text("early 19")).to_be_attached()
    log = page.locator(".log")
    log.evaluate(f"el => (el.scrollTop = {0 if reads == 'the beginning' else 'el.scrollHeight'})")
    page.locator(".ask").fill("Half a quest")
    page.context.set_offline(True)
    stage.shop.cut()
    page.clock.fast_forward(60_000)
    for n in range(200):
        stage.shop.say("text", {"text": f"news {n}"})
    page.evaluate(TIME)

    page.context.set_offline(False)

    page.wait_for_function("window.whole")
    assert page.evaluate("whole - back") <= 1000
    expect(page.locator(".offline")).to_be_hidden()
    assert [text for text in texts(page) if text.startswith("news")] == [f"news {n}" for n in range(200)]
    page.keyboard.type("ion")
    assert page.locator(".ask").input_value() == "Half a question"
    if reads == "the beginning":
        assert log.evaluate("el => el.scrollTop") == 0
    else:
        expect(page.get_by_text("news 0", exact=True)).to_be_in_viewport()


def test_a_screen_reader_says_what_is_new_in_its_order_and_the_rest_never_again(stage: Stage):
    page = open_shop(stage, before=LISTEN)
    assert page.evaluate("heard") == [
        ["polite", "Batch 07 is out of the kiln. Pick a glaze and I show you the full price first."],
        ["polite", "Ring mug, batch 07"],
    ]
    page.evaluate("heard.length = 0")
    for n in range(3):
        stage.shop.say("text", {"text": f"news {n}"})
    place_hold(page)
    page.get_by_role("button", name="I need more time").click()
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^1[12]:"))
    # The ticket that took the place of the first one is said, and nothing around it.
    assert page.evaluate("heard") == [
        *(["polite", f"news {n}"] for n in range(3)),
        ["polite", "Ring mug · Sage"],
        ["polite", "Held for you"],
        ["polite", "Held for you"],
    ]

    page.reload()
    page.locator(".launcher").click()
    expect(page.locator(".log")).to_have_attribute("aria-live", "polite")
    stage.shop.say("text", {"text": "And this is new."})
    expect(page.get_by_text("And this is new.")).to_be_visible()

    past = page.evaluate("heard")
    assert [how for how, _ in past] == ["off"] * 7 + ["polite"]
    assert [what for how, what in past if how == "polite"] == ["And this is new."]


def test_what_was_written_before_a_reload_is_sent_after_it(stage: Stage):
    page = open_shop(stage)
    page.context.set_offline(True)
    stage.shop.cut()
    page.wait_for_timeout(300)
    page.locator(".ask").fill("Kept words")
    page.get_by_role("button", name="Send").click()
    page.context.set_offline(False)
    page.reload()

    page.locator(".launcher").click()

    expect(page.locator(".bubble", has_text="Kept words")).to_have_count(1)
    assert [event.get("text") for event in stage.shop.events if event["kind"] == "text"] == ["Kept words"]
    assert stage.shop.sessions == 1


def test_a_session_that_is_over_is_begun_anew(stage: Stage):
    page = open_shop(stage)
    stage.shop.refuse_with = 4401
    stage.shop.cut()
    until(page, lambda: stage.shop.sessions == 2)

    stage.shop.refuse_with = 0

    expect(page.get_by_role("radio", name="Sage").last).to_be_visible()
    stage.shop.say("text", {"text": "Hello again."})
    expect(page.get_by_text("Hello again.")).to_be_visible()
    assert page.locator(".offline").is_hidden()


def test_a_refused_page_is_shown_the_way_to_the_shop(stage: Stage):
    stage.shop.refuse_with = 4403
    page = stage.show()

    page.locator(".launcher").click()

    link = page.get_by_role("link", name="Open the shop on its own page")
    expect(link).to_have_attribute("href", f"{stage.shop.base}/w/pk_test/")
    page.wait_for_timeout(1500)
    assert stage.shop.sockets == 1


@pytest.mark.parametrize("device", [DEVICE_AN_HOUR_LATE, DEVICE_AN_HOUR_EARLY])
def test_a_device_clock_that_is_an_hour_off_does_not_move_the_countdown(stage: Stage, device: str):
    page = open_shop(stage, before=device)

    place_hold(page)

    most = stage.shop.hold_left()
    minutes, seconds = page.get_by_role("timer").inner_text().split(":")
    least = stage.shop.hold_left()
    assert least - SECOND <= timedelta(minutes=int(minutes), seconds=int(seconds)) <= most + SECOND


def test_at_zero_the_shop_is_asked_and_the_ticket_tears(stage: Stage):
    stage.shop.hold_lasts = timedelta(seconds=2)
    page = open_shop(stage)
    # Without waiting for the ticket, which a slow machine may see torn already.
    page.get_by_role("radio", name="Sage").click()
    page.get_by_role("button", name="Hold for 10 minutes").last.click()

    expect(page.get_by_text("The hold ended. Nothing was charged.")).to_be_visible()

    assert "GET /api/v1/holds/h_1" in stage.shop.requests
    assert page.get_by_role("timer").count() == 0


def test_more_time_replaces_the_ticket_in_place_and_keeps_the_focus(stage: Stage):
    page = open_shop(stage)
    place_hold(page)

    page.get_by_role("button", name="I need more time").click()

    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^1[12]:"))
    assert page.locator(".ticket").count() == 1
    assert page.evaluate("document.querySelector('creatorshop-chat').shadowRoot.activeElement.dataset.id") == "m_hold"


def test_paying_closes_the_sheet_by_itself_and_shows_the_pass(stage: Stage):
    page = open_shop(stage)
    place_hold(page)
    page.get_by_role("button", name="Pay €39.20").click()

    page.frame_locator("iframe").get_by_role("button", name="Approve").click()

    expect(page.get_by_text("K7RM")).to_be_in_viewport()
    expect(page.locator("iframe")).to_have_count(0)
    taps = [(event["kind"], event["token"]) for event in stage.shop.events if event["kind"] in ("action", "hold")]
    assert taps == [("action", "pick.RM-SAGE"), ("hold", "hold.q_1"), ("action", "pay.h_1")]
    [held] = [event for event in stage.shop.events if event["kind"] == "hold"]
    assert (held["quote"], held["hash"]) == ("q_1", "f" * 64)


def test_counts_follow_the_stream_and_never_go_back(stage: Stage):
    page = open_shop(stage)
    line = page.locator(".stock").first
    expect(line).to_have_text("6 of 24 left · 4 on hold right now")

    stage.shop.show_stock(road.stock(3, available=5, held=4))
    expect(line).to_have_text("5 of 24 left · 5 on hold right now")
    stage.shop.show_stock(road.stock(2, available=9, held=0))
    stage.shop.show_stock(road.stock(4, available=0, held=0))

    expect(page.get_by_role("radio", name="Sage sold out")).to_have_attribute("aria-disabled", "true")
    expect(line).to_have_text("All 24 are on hold or sold")


def test_closed_it_keeps_the_time_of_a_hold_on_its_button_and_frees_the_counts(stage: Stage):
    page = open_shop(stage)
    place_hold(page)

    page.get_by_role("button", name="Close").click()

    expect(page.locator(".launcher .tag")).to_have_text(re.compile(r"^(10:00|9:\d\d)$"))
    assert page.evaluate("document.querySelector('creatorshop-chat').shadowRoot.activeElement.className") == "launcher"
    until(page, lambda: not stage.shop.stock_lines)


def test_removed_it_leaves_nothing_behind(stage: Stage):
    page = open_shop(stage)

    page.evaluate("creatorshop('destroy')")

    expect(page.locator("creatorshop-chat")).to_have_count(0)
    until(page, lambda: not stage.shop.lines and not stage.shop.stock_lines)


def test_on_a_phone_the_rest_of_the_page_is_out_of_reach(browser: Browser, stage: Stage):
    page = stage.show()
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".launcher").click()

    assert page.locator(".panel").evaluate("el => el.matches(':modal')")
    # It rises into place; asked sooner, it stands a fraction of a pixel off.
    page.locator(".panel").evaluate("el => Promise.all(el.getAnimations().map(each => each.finished))")
    assert page.locator(".panel").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_be_hidden()


def test_a_message_of_an_unknown_kind_is_read_as_plain_words(stage: Stage):
    page = open_shop(stage)

    stage.shop.say("hologram", {"text": "A hologram of a mug, in words."})

    expect(page.get_by_text("A hologram of a mug, in words.")).to_be_visible()
    assert stage.errors == []


def test_a_persons_words_carry_their_name_and_look_unlike_the_assistants(stage: Stage):
    page = open_shop(stage)
    stage.shop.say("notice", {"level": "info", "code": "human_joined", "text": "Kiln & Tide is here."}, speaker="shop")
    stage.shop.say("text", {"text": "<b>Hello</b>\nIt is food safe."}, speaker="human", by="Kiln & Tide")
    stage.shop.say("card", road.mug_card(), speaker="human", by="Kiln & Tide")
    stage.shop.say("text", {"text": "6 of 24 are left."})

    words, answer = page.locator(".human .bubble"), page.locator(".bubble", has_text="6 of 24 are left.")
    expect(answer).to_be_visible()
    expect(page.get_by_text("Kiln & Tide is here.")).to_be_visible()
    assert words.inner_text().split("\n") == ["<b>Hello</b>", "", "It is food safe."]
    assert page.locator(".by").all_inner_texts() == ["Kiln & Tide", "Kiln & Tide"]
    border = "el => getComputedStyle(el).borderTopColor"
    assert words.evaluate(border) == page.locator(".human .card").evaluate(border) != answer.evaluate(border)
    # Its buttons are as good as the assistant's.
    page.get_by_role("radio", name="Sage").last.click()
    expect(page.get_by_role("button", name="Hold for 10 minutes")).to_be_visible()


def test_a_thread_that_goes_on_in_another_language_takes_the_widget_along(stage: Stage):
    page = open_shop(stage)

    stage.shop.say("text", {"text": "أتحدث العربية من الآن."}, locale="ar")
    expect(page.get_by_role("button", name="إرسال")).to_be_visible()
    until(page, lambda: stage.shop.events[-1]["context"]["locale"] == "ar")
    expect(page.get_by_role("radio", name="Sage").last).to_be_visible()
    stage.shop.say("text", {"text": "Hello, Ines here."})
    expect(page.locator(".bubble p", has_text="Ines")).to_be_visible()

    # The page's frame is turned round, and what is written the other way stays as it is written.
    root = "document.querySelector('creatorshop-chat').shadowRoot"
    assert page.evaluate(f"{root}.querySelector('[lang=ar][dir]').dir") == "rtl"
    assert page.locator(".bubble p", has_text="Ines").evaluate(STOP_IS_LAST)
    assert stage.errors == []


def test_a_host_that_names_a_language_is_heard_after_the_shopper_named_one(stage: Stage):
    page = open_shop(stage)
    stage.shop.say("text", {"text": "Ab jetzt spreche ich Deutsch."}, locale="de")
    expect(page.get_by_role("button", name="Senden")).to_be_visible()

    page.evaluate("document.querySelector('creatorshop-chat').dataset.locale = 'fr'")

    expect(page.get_by_role("button", name="Envoyer")).to_be_visible()


def test_an_arabic_clock_has_the_digits_of_the_shop_s_own_words(stage: Stage):
    page = stage.show(settings='data-key="pk_test" data-locale="ar-EG"', locale="ar-EG")
    page.locator(".launcher").click()
    expect(page.get_by_role("button", name="إرسال")).to_be_visible()

    stage.shop.say("hold", road.hold(stage.shop.now(), stage.shop.base), id="m_hold", locale="ar")
    expect(page.get_by_role("timer")).to_be_visible()

    said = page.locator(".panel").inner_text()
    assert not re.search("[٠-٩]", said)


def test_what_costs_nothing_beside_the_goods_has_no_plus_before_it(stage: Stage) -> None:
    page = open_shop(stage)
    stage.shop.say("quote", road.quote(stage.shop.now()) | {"offers": road.offers()})
    expect(page.locator(".option .price")).to_have_text(["+ €4.12", "+ €9.27", "free"])

    stage.shop.say("quote", road.quote(stage.shop.now()) | {"offers": road.offers(is_wrapped=True)})

    expect(page.locator(".option .price").last).to_have_text("✓ free")
