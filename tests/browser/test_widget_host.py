"""The widget on pages that belong to somebody else: it costs them little, and their rules do not break it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from creatorshop.storefront.bundle import first_bundle, later_bundle
from tests.browser.widget_stage import Stage, chromium
from tests.widget import road
from tests.widget.double import host_page

# All that the road from the launcher to the till needs fits into the ten packets that a server may send before it is answered.
FIRST_LIMIT = 14 * 1024
LATER_LIMIT = 7_600  # fetched once the panel is open, when nothing waits for it


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def stage(browser: Browser) -> Iterator[Stage]:
    stage = Stage(browser)
    yield stage
    stage.close()


def test_the_script_stays_small():
    first, later = first_bundle(), later_bundle()

    assert len(first.gzipped) <= FIRST_LIMIT
    assert len(later.gzipped) <= LATER_LIMIT


def test_a_page_pays_one_request_and_no_socket_until_somebody_opens(stage: Stage):
    page = stage.show()
    page.wait_for_timeout(1200)
    asked = [url for url in stage.requests if not url.endswith(("/", "/favicon.ico"))]
    assert (asked, stage.sockets) == ([f"{stage.shop.base}/widget.js"], [])
    assert stage.shop.sessions == 0

    page.locator(".launcher").click()

    expect(page.get_by_text("Ring mug, batch 07")).to_be_visible()
    assert stage.shop.sessions == 1
    assert [event["kind"] for event in stage.shop.frames] == ["opened"]


def test_a_browser_has_one_random_id_at_a_shop_whatever_becomes_of_its_sessions(stage: Stage):
    page = stage.show()
    page.locator(".launcher").click()
    expect(page.get_by_text("Ring mug, batch 07")).to_be_visible()
    stage.shop.refuse_with = 4401
    stage.shop.cut()
    while len(stage.shop.devices) < 2:
        page.wait_for_timeout(50)

    first, again = stage.shop.devices[:2]

    assert first == again
    assert re.fullmatch(r"[0-9a-f-]{36}", first)


def test_a_host_may_say_who_its_visitor_is_before_the_script_came_and_after(stage: Stage):
    early = "window.creatorshop = function () { (creatorshop.q = creatorshop.q || []).push(arguments) };"
    page = stage.show(before=f"{early} creatorshop('identify', 'first-token')")
    page.locator(".launcher").click()
    expect(page.get_by_text("Ring mug, batch 07")).to_be_visible()
    assert stage.shop.identities == ["first-token"]

    page.evaluate("creatorshop('identify', 'second-token')")
    page.reload()
    page.locator(".launcher").click()
    expect(page.get_by_text("Ring mug, batch 07")).to_be_visible()

    assert (stage.shop.identities, stage.shop.sessions) == (["first-token", "second-token", "first-token"], 1)
    assert stage.errors == []


def test_a_host_hears_of_a_token_that_is_refused_and_the_shop_opens_all_the_same(stage: Stage):
    page = stage.show()
    page.evaluate("window.heard = []; creatorshop('on', 'error', (detail) => heard.push(detail.code))")
    page.evaluate("creatorshop('identify', 'forged')")

    page.locator(".launcher").click()

    expect(page.get_by_text("Ring mug, batch 07")).to_be_visible()
    assert page.evaluate("heard") == ["identity_invalid"]
    assert stage.shop.sessions == 1


def test_a_strict_policy_with_trusted_types_is_obeyed(stage: Stage):
    shop = stage.shop
    policy = "; ".join([
        "default-src 'none'", f"script-src {shop.base}", f"connect-src {shop.base} {shop.sockets_url}", f"img-src {shop.base}",
        f"frame-src {shop.base}", "style-src 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
    ])  # fmt: skip
    watch = "window.violations=[];document.addEventListener('securitypolicyviolation',e=>violations.push(e.effectiveDirective+' '+e.blockedURI))"
    page = stage.show(headers={"Content-Security-Policy": policy}, before=watch)

    page.locator(".launcher").click()
    page.get_by_role("radio", name="Sage").click()
    page.get_by_role("button", name="Hold for 10 minutes").click()
    page.get_by_role("button", name="Pay €39.20").click()

    expect(page.frame_locator("iframe").get_by_text("Test payment")).to_be_visible()
    assert page.evaluate("violations.filter((one) => !one.includes('favicon'))") == []
    assert stage.errors == []
    assert page.locator(".panel").evaluate("el => getComputedStyle(el).borderRadius") == "14px"


def test_a_page_that_forbids_sockets_is_served_by_polling(stage: Stage):
    policy = f"connect-src {stage.shop.base}"
    page = stage.show(headers={"Content-Security-Policy": policy})

    page.locator(".launcher").click()
    page.get_by_role("radio", name="Sage").click()
    page.get_by_role("button", name="Hold for 10 minutes").click()

    expect(page.get_by_role("timer")).to_be_visible()
    assert [event["kind"] for event in stage.shop.events] == ["opened", "action", "hold"]
    assert stage.shop.sockets == 0


def test_a_page_that_unsets_everything_changes_nothing(stage: Stage):
    plain = stage.show()
    look = "el => { const s = getComputedStyle(el), r = el.getBoundingClientRect(); return [s.position, s.backgroundColor, s.fontSize, s.cursor, r.width, r.height, r.right, r.bottom].join() }"
    expected = plain.locator(".launcher").evaluate(look)

    page = stage.show(
        head="<style>* {all: unset !important} creatorshop-chat {display: none !important; color: red !important}</style>"
    )

    assert page.locator(".launcher").evaluate(look) == expected
    page.locator(".launcher").click()
    expect(page.get_by_role("radio", name="Sage")).to_be_visible()


def test_a_language_that_is_none_leaves_the_shop_open_in_english(stage: Stage):
    page = stage.show(settings='data-key="pk_test" data-locale="not a language"')

    page.locator(".launcher").click()

    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(page.get_by_role("radio", name="Sage").last).to_be_visible()
    assert page.evaluate("document.querySelector('creatorshop-chat').shadowRoot.querySelector('[dir]').lang") == "en"
    assert stage.errors == []


def test_blocked_storage_leaves_the_shop_open(stage: Stage):
    blocked = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
    page = stage.show(before=blocked)

    page.locator(".launcher").click()
    page.get_by_role("radio", name="Sage").click()
    page.get_by_role("button", name="Hold for 10 minutes").click()

    expect(page.get_by_role("timer")).to_be_visible()
    assert (stage.shop.sessions, stage.errors) == (1, [])


@pytest.mark.parametrize(("accent", "worn"), [("#7a2d8c", "rgb(122, 45, 140)"), ("#ffd84d", "rgb(14, 91, 63)")])
def test_an_accent_is_worn_only_where_it_can_be_read(stage: Stage, accent: str, worn: str):
    page = stage.show(settings=f'data-key="pk_test" data-accent="{accent}"', color_scheme="light")

    expect(page.locator(".launcher")).to_be_visible()
    expect(page.locator(".launcher")).to_have_css("background-color", worn)


def test_the_creators_own_accent_comes_with_the_session_and_falls_back_at_night(stage: Stage):
    stage.shop.accent = "#7a2d8c"
    page = stage.show(color_scheme="light")
    page.locator(".launcher").click()
    page.get_by_role("radio", name="Sage").click()
    button = page.get_by_role("button", name="Hold for 10 minutes")
    page.mouse.move(0, 0)
    expect(button).to_have_css("background-color", "rgb(122, 45, 140)")

    page.emulate_media(color_scheme="dark")

    expect(button).to_have_css("background-color", "rgb(111, 206, 158)")


def test_the_host_opens_it_by_a_button_and_hears_of_it(stage: Stage):
    body = '<button id="ask" data-creatorshop-open="RM-SAGE">Ask</button>'
    head = "<script>window.heard=[];window.creatorshop=window.creatorshop||function(){(creatorshop.q=creatorshop.q||[]).push(arguments)};for(const n of ['ready','open','pick','quote','hold','close'])creatorshop('on',n,()=>heard.push(n))</script>"
    page = stage.show(body=body, head=head)

    page.locator("#ask").click()
    page.get_by_role("radio", name="Sage").click()
    page.get_by_role("button", name="Hold for 10 minutes").click()
    expect(page.get_by_role("timer")).to_be_visible()
    page.keyboard.press("Escape")

    assert page.evaluate("heard") == ["ready", "open", "pick", "quote", "hold", "close"]
    assert stage.shop.events[0]["context"] == {"drop": "ring-mug-batch-07", "sku": "RM-SAGE", "locale": "en"}
    assert page.evaluate("document.activeElement.id") == "ask"
    assert page.evaluate("Object.keys(window).filter((name) => /shop/i.test(name))") == ["creatorshop"]


def test_it_survives_a_body_swap_with_its_thread(stage: Stage):
    page = stage.show()
    page.locator(".launcher").click()
    expect(page.get_by_role("radio", name="Sage")).to_be_visible()

    page.evaluate(
        "const body = document.createElement('body'); body.innerHTML = '<h1>Another page</h1>' + document.body.innerHTML; document.documentElement.replaceChild(body, document.body)"
    )
    expect(page.locator(".launcher:visible, .panel:visible").first).to_be_visible()
    if not page.locator(".panel").is_visible():
        page.locator(".launcher").click()
    stage.shop.say("text", {"text": "Still here."})

    expect(page.get_by_text("Still here.")).to_be_visible()
    assert page.locator("creatorshop-chat").count() == 1
    assert page.get_by_text("Ring mug, batch 07").count() == 1


def test_a_page_that_is_written_from_right_to_left_is_mirrored(stage: Stage):
    html = host_page(stage.shop.base).replace('lang="en"', 'lang="ar" dir="rtl"')
    page = stage.show(html=html)
    launcher = page.locator(".launcher").bounding_box()
    page.locator(".launcher").click()
    expect(page.get_by_role("radio", name="Sage")).to_be_visible()
    panel = page.locator(".panel").bounding_box()

    assert launcher and panel
    assert (launcher["x"], panel["x"]) == (20, 20)
    assert page.get_by_role("button", name="إغلاق").bounding_box()["x"] < 40  # type: ignore[index]
    page.get_by_role("radio", name="Sage").focus()
    page.keyboard.press("ArrowLeft")
    assert (
        page.evaluate("document.querySelector('creatorshop-chat').shadowRoot.activeElement.innerText").split()[0]
        == "Terracotta"
    )

    # What is said in another language keeps its full stop at its own end, and begins where the others begin.
    prose = page.get_by_text("Thrown in one piece")
    assert prose.evaluate("el => [getComputedStyle(el).unicodeBidi, getComputedStyle(el).textAlign]") == [
        "plaintext",
        "right",
    ]
    stage.shop.say("carousel", road.carousel())
    stage.shop.say("quote", road.quote(stage.shop.now()))
    stage.shop.say("hold", road.hold(stage.shop.now(), stage.shop.base))
    expect(page.get_by_role("timer")).to_be_visible()
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        overflow = "el => el.scrollWidth - el.clientWidth"
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
        assert [page.locator(part).evaluate(overflow) for part in (".panel", ".log")] == [0, 0]
    assert stage.errors == []


def test_a_page_that_loads_only_what_may_be_loaded_has_script_photos_sockets_and_the_till(stage: Stage):
    alone = {"Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Opener-Policy": "same-origin"}
    page = stage.show(headers=alone, host="localhost")
    assert page.evaluate("crossOriginIsolated")
    assert page.evaluate("origin") != stage.shop.base

    page.locator(".launcher").click()
    page.get_by_role("radio", name="Sage").click()
    page.get_by_role("button", name="Hold for 10 minutes").click()
    page.get_by_role("button", name="Pay €39.20").click()
    expect(page.frame_locator("iframe").get_by_role("button", name="Approve")).to_be_visible()
    stage.shop.pay()
    expect(page.get_by_text("K7RM")).to_be_visible()

    drawn = "pictures => Promise.all(pictures.map((one) => one.decode().then(() => one.naturalWidth > 0)))"
    assert page.locator(".avatar, .photo img, .qr").evaluate_all(drawn) == [True, True, True]
    assert stage.shop.sockets == 2
    assert stage.errors == []


def test_a_slow_line_shows_the_launcher_and_then_one_card(stage: Stage):
    page = stage.show(prepare=slow_3g)

    # Whoever sees nothing happen taps again.
    page.locator(".launcher").dblclick()

    expect(page.get_by_role("radio", name="Sage")).to_be_visible()
    page.wait_for_timeout(1000)
    assert page.locator(".card").count() == 1
    assert page.locator("creatorshop-chat .panel").count() == 1
    assert (stage.shop.sessions, [event["kind"] for event in stage.shop.events]) == (1, ["opened"])
    assert stage.requests.count(f"{stage.shop.base}/widget.js") == 1
    assert stage.errors == []


def slow_3g(page: Page) -> None:
    """Give a page the line that browsers' own tools call slow 3G: 400 kbit/s, and 400 ms until anything is answered."""
    speed = {"latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", {"offline": False, **speed})


def test_two_widgets_share_a_page(stage: Stage):
    page = stage.show(body='<creatorshop-chat inline data-key="pk_other" data-drop="other-drop"></creatorshop-chat>')

    page.locator(".launcher").click()

    expect(page.get_by_role("log")).to_have_count(2)
    # Each writes its own once its session is there, one after the other.
    page.wait_for_function("Object.keys(localStorage).length >= 2")
    assert sorted(page.evaluate("Object.keys(localStorage)")) == ["creatorshop:pk_other", "creatorshop:pk_test"]
