"""Every state of the widget, by day and by night, in both directions of writing, from a small phone to a desk: nobody is kept out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.widget_stage import Stage, chromium
from tests.widget import road

SCHEMES = ["light", "dark"]
DIRECTIONS = ["ltr", "rtl"]
WIDTHS = [320, 390, 1280]
TURN = """(dir) => {
  document.documentElement.dir = dir;
  document.querySelectorAll("creatorshop-chat").forEach((chat) => (chat.shadowRoot.querySelector(".root").dir = dir));
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def stage(browser: Browser) -> Iterator[Stage]:
    stage = Stage(browser)
    yield stage
    stage.close()


def closed(stage: Stage) -> Page:
    return stage.show(reduced_motion="reduce")


def opened(stage: Stage) -> Page:
    page = closed(stage)
    page.locator(".launcher").click()
    expect(page.get_by_role("radio", name="Sage")).to_be_visible()
    return page


def told(kind: str, body: Callable[[Stage], road.Body]) -> Callable[[Stage], Page]:
    """Return a way to an open widget in which one more thing was said."""

    def tell(stage: Stage) -> Page:
        page = opened(stage)
        stage.shop.say(kind, body(stage))
        expect(page.locator(".say")).to_have_count(3)
        return page

    return tell


def waiting(_: Stage) -> road.Body:
    leave = {"kind": "callback", "label": "Leave the line", "token": "leave.e_1", "url": None, "style": "quiet"}
    return {"level": "info", "code": "in_line", "text": "You are 3rd in line for Ring mug · Sage.", "actions": [leave]}


def members_first(_: Stage) -> road.Body:
    join = {"kind": "callback", "label": "Become a member", "token": "join.1", "url": None, "style": "quiet"}
    text = "Batch 07 is for members first. It opens for everybody today at 18:30 (Lisbon), in 30 min."
    return {"level": "info", "code": "not_eligible", "text": text, "actions": [join]}


def offline(stage: Stage) -> Page:
    page = opened(stage)
    stage.shop.say(
        "notice",
        {"level": "bad", "code": "payment_failed", "text": "The bank said no. Nothing was charged.", "actions": []},
    )
    page.context.set_offline(True)
    stage.shop.cut()
    expect(page.locator(".offline")).to_be_visible()
    return page


def inline(stage: Stage) -> Page:
    page = stage.show(
        settings='data-key="pk_test" data-inline-only',
        body='<creatorshop-chat inline data-key="pk_test"></creatorshop-chat>',
        reduced_motion="reduce",
    )
    expect(page.get_by_role("radio", name="Sage")).to_be_visible()
    return page


def full_page(stage: Stage) -> Page:
    creator = {"name": "Kiln & Tide", "tagline": "Stoneware from the coast", "slug": "kiln-and-tide"}
    html = render_to_string("widget/page.html", {"creator": creator, "key": "pk_test", "shop_url": stage.shop.base})
    page = stage.show(html=html, reduced_motion="reduce")
    expect(page.get_by_role("radio", name="Sage")).to_be_visible()
    return page


STATES: dict[str, Callable[[Stage], Page]] = {
    "closed": closed,
    "one card": opened,
    "a shelf": told("carousel", lambda _: road.carousel()),
    "a choice of delivery": told("choices", lambda _: road.where()),
    "times to come by": told("slot_picker", lambda stage: road.slots(stage.shop.now())),
    "where to ship": told("form", lambda _: road.address_form()),
    "a quote": told("quote", lambda stage: road.quote(stage.shop.now())),
    "a quote with offers": told("quote", lambda stage: road.quote(stage.shop.now()) | {"offers": road.offers()}),
    "a quote with a gift wrap": told(
        "quote", lambda stage: road.quote(stage.shop.now()) | {"offers": road.offers(is_wrapped=True)}
    ),
    "a hold": told("hold", lambda stage: road.hold(stage.shop.now(), stage.shop.base)),
    "a hold that is over": told("hold", lambda stage: road.hold(stage.shop.now(), stage.shop.base, state="expired")),
    "a receipt": told("receipt", lambda stage: road.receipt(stage.shop.base)),
    "what may follow a purchase": told("choices", lambda _: road.follow_ons()),
    "words to go with a gift": told("form", lambda _: road.gift_words()),
    "how it is": told("choices", lambda _: road.scores()),
    "members are first": told("notice", members_first),
    "a place in line": told("notice", waiting),
    "offline, and a refusal": offline,
    "an unknown kind": told("hologram", lambda _: {"text": "A hologram of a mug, in words."}),
    "inline": inline,
    "the full page": full_page,
}


@pytest.mark.parametrize("state", STATES)
def test_nobody_is_kept_out(stage: Stage, state: str):
    page = STATES[state](stage)

    found = {}
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            for direction in DIRECTIONS:
                page.evaluate(TURN, direction)
                found[scheme, width, direction] = violations(page)

    assert {where: what for where, what in found.items() if what} == {}
