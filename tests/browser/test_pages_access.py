"""
Every page, asked by axe in light and dark, left to right and right to left, on a small phone, a phone and a desk; and none of
them scrolls sideways.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.conf import global_settings
from django.contrib.auth import get_user_model
from django.test import override_settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from drops.audience.models import Tier
from drops.catalog.creators import add_member
from drops.catalog.models import Creator, MemberRole, Story
from drops.ledger.payees import payee_of
from drops.letters import links, subscribing
from drops.letters.models import Source
from drops.letters.promises import consent_of
from drops.letters.subscribing import Wish
from drops.sales.models import Order
from drops.schedule import early
from drops.schedule.models import Drop, DropState
from drops.stock.models import DropSku
from fulfillment.models import Rate
from tests.browser.axe import violations
from tests.browser.shop import Shop, open_shop
from tests.browser.test_roster import make_counter
from tests.factories import make_hold, make_shopper
from tests.fulfillment.makers import make_sent
from tests.stack import LiveStack

WIDTHS, SCHEMES, DIRECTIONS = (320, 390, 1280), ("light", "dark"), ("ltr", "rtl")
SIDEWAYS = "document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth"
PASSWORD = "secret-enough"
AFTER_A_PAYMENT = ("Make a gift link", "Ask for it", "Become a member", "Get early access")


@pytest.fixture
def shop(live_stack: LiveStack) -> Shop:
    return live_stack.run(open_shop, origin=live_stack.foreign_url, media=live_stack.media)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


def problems(page: Page, *, directions: tuple[str, ...] = DIRECTIONS) -> list[str]:
    """Return what axe finds on a page in all its shapes, and in which it scrolls sideways."""
    found = []
    for width, scheme, direction in product(WIDTHS, SCHEMES, directions):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate("dir => (document.documentElement.dir = dir)", direction)
        shape = f"{page.url} {width} {scheme} {direction}"
        found += [f"{shape}: {violation}" for violation in violations(page)]
        found += [f"{shape}: scrolls sideways"] if page.evaluate(SIDEWAYS) else []
    page.evaluate("document.documentElement.dir = 'ltr'")
    return found


def test_everybody_can_use_the_pages_that_lead_to_a_purchase(live_stack: LiveStack, shop: Shop, page: Page) -> None:
    found = []

    def look(path: str) -> None:
        page.goto(f"{live_stack.shop_url}{path}")
        found.extend(problems(page))

    live_stack.run(_tell_a_story, shop.creator_id)
    for path in ("/", f"/{shop.slug}/", f"/{shop.slug}/story/", f"/{shop.slug}/c/{_capsule_of(live_stack, shop)}/"):
        look(path)
    look("/orders/")
    look("/nobody-sells-this/")
    look(f"/{shop.slug}/p/{shop.product_handle}/")
    page.get_by_role("button", name="Hold it for 10 minutes").click()
    expect(page.get_by_text("Held for you")).to_be_visible()
    found += problems(page)
    look(f"/{shop.slug}/p/{shop.product_handle}/")  # with a hold of one's own
    assert found == [], "\n".join(found)


def test_everybody_can_use_the_pages_that_come_after_it(live_stack: LiveStack, shop: Shop, page: Page) -> None:
    live_stack.run(lambda: Tier.objects.create(creator_id=shop.creator_id, name="Friends of the kiln"))
    _go_to_the_bank(live_stack, shop, page)
    found = problems(page)
    page.get_by_role("button", name=re.compile("^Approve")).first.click()
    page.wait_for_url("**/orders/**")
    for choice in AFTER_A_PAYMENT:
        expect(page.get_by_role("button", name=choice, exact=True)).to_be_visible()
    found += problems(page)
    assert live_stack.run(lambda: Order.objects.filter(drop_id=shop.drop_id).count()) == 1
    assert found == [], "\n".join(found)


def test_everybody_can_say_that_it_arrived_and_how_it_is(live_stack: LiveStack, shop: Shop, page: Page) -> None:
    _go_to_the_bank(live_stack, shop, page, choice=live_stack.run(_by_post, shop.creator_id))
    page.get_by_role("button", name=re.compile("^Approve")).first.click()
    page.wait_for_url("**/orders/**")
    live_stack.run(lambda: make_sent(Order.objects.get(drop_id=shop.drop_id), at=datetime.now(tz=UTC)))
    page.reload()
    arrived = page.get_by_role("button", name="It arrived")
    expect(arrived).to_be_visible()
    found = problems(page)
    arrived.click()
    expect(page.get_by_role("group", name=re.compile("^How is it?"))).to_be_visible()
    found += problems(page)
    page.get_by_role("button", name="4 of 5").click()
    expect(page.get_by_role("button", name="4 of 5", pressed=True)).to_be_visible()
    found += problems(page)
    assert found == [], "\n".join(found)


def test_everybody_can_belong_be_written_to_and_come_first(live_stack: LiveStack, shop: Shop, page: Page) -> None:
    link = live_stack.run(_invite, shop)
    found = []
    for path in (f"/{shop.slug}/membership/", f"/{shop.slug}/letter/", f"/{shop.slug}/p/{shop.product_handle}/", link):
        page.goto(f"{live_stack.shop_url}{path}")
        found += problems(page)
    page.get_by_role("button", name="Take it in this browser").click()
    expect(page.get_by_text("You may buy early")).to_be_visible()
    found += problems(page)
    page.goto(f"{live_stack.shop_url}{link}")
    expect(page.get_by_text("This link was used already")).to_be_visible()
    found += problems(page)
    for path in live_stack.run(_ask_for_the_letter, shop.creator_id):
        page.goto(f"{live_stack.shop_url}{path}")
        found += problems(page)
        page.locator("main form button").last.click()
        page.wait_for_load_state()
        found += problems(page)
    page.goto(f"{live_stack.shop_url}/{shop.slug}/membership/")
    page.get_by_role("button", name="Become a member").click()
    expect(page.get_by_text("You are a member since")).to_be_visible()
    found += problems(page)
    assert found == [], "\n".join(found)


def test_everybody_can_give_and_accept_a_gift(live_stack: LiveStack, shop: Shop, page: Page) -> None:
    live_stack.run(lambda: Tier.objects.create(creator_id=shop.creator_id, name="Friends of the kiln"))
    _go_to_the_bank(live_stack, shop, page)
    page.get_by_role("button", name=re.compile("^Approve")).first.click()
    page.wait_for_url("**/orders/**")
    page.get_by_role("button", name="Make a gift link").click()
    link = page.locator("input[readonly]").first.input_value()
    expect(page.get_by_role("heading", name="If you like")).to_be_visible()
    found = problems(page)
    page.goto(link)
    found += problems(page)
    for label, value in (("name", "Mira"), ("Street", "Rua do Sol 1"), ("Postcode", "1200-109"), ("Town", "Lisboa")):
        field = page.get_by_label(re.compile(label))
        if field.count():
            field.first.fill(value)
    page.get_by_role("button", name="Accept the gift").click()
    expect(page.get_by_role("button", name="Accept the gift")).to_have_count(0)
    found += problems(page)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("what", ["all on hold", "not open yet", "closed"])
def test_everybody_can_read_why_nothing_can_be_had(live_stack: LiveStack, shop: Shop, page: Page, what: str) -> None:
    live_stack.run(lambda: _change(shop, what))
    page.goto(f"{live_stack.shop_url}/{shop.slug}/p/{shop.product_handle}/")

    found = problems(page)
    if what == "not open yet":
        page.get_by_role("link", name="Tell me when it opens").click()
        page.wait_for_url("**/remind/**")
        found += problems(page)
    assert found == [], "\n".join(found)


def test_everybody_can_hand_over_at_the_counter(live_stack: LiveStack, page: Page) -> None:
    counter = live_stack.run(make_counter, name="Axe")
    page.goto(live_stack.shop_url + counter.door)
    found = problems(page)
    page.get_by_label("Your first name").fill("Mira")
    page.get_by_role("button", name="Use this phone").click()
    expect(page.locator("#head")).to_contain_text("0 of 2 handed over")
    found += problems(page)
    assert found == [], "\n".join(found)


OFFICE: dict[str, Callable[[Shop], str]] = {
    "today": lambda shop: "/admin/",
    "drops": lambda shop: "/admin/drops/drop/",
    "a drop": lambda shop: f"/admin/drops/drop/{shop.drop_id}/change/",
    "its board": lambda shop: f"/admin/drops/drop/{shop.drop_id}/board/",
    "inbox": lambda shop: "/admin/chat/thread/",
    "memberships": lambda shop: "/admin/drops/membership/",
    "tiers": lambda shop: "/admin/drops/tier/",
    "early links": lambda shop: "/admin/drops/earlylink/add/",
    "gifts": lambda shop: "/admin/drops/giftclaim/",
    "ratings": lambda shop: "/admin/drops/rating/",
    "returns": lambda shop: "/admin/drops/return/",
    "letters": lambda shop: "/admin/drops/letter/add/",
    "subscribers": lambda shop: "/admin/drops/subscriber/",
    "a partner's terms": lambda shop: "/admin/drops/partneragreement/",
    "terms to propose": lambda shop: "/admin/drops/partneragreement/add/",
    "products": lambda shop: "/admin/drops/product/",
    "import": lambda shop: "/admin/drops/product/import/",
}


MONEY: dict[str, Callable[[Shop], str]] = {
    "who is paid": lambda shop: "/admin/drops/taxdetails/add/",
    "payouts": lambda shop: "/admin/drops/payout/",
    "refunds that came back": lambda shop: "/admin/drops/order/refunds/",
    "a product": lambda shop: "/admin/drops/product/add/",
    "an extra": lambda shop: "/admin/drops/extra/add/",
    "a year": lambda shop: "/admin/drops/payout/years/2026/",
}


@pytest.mark.parametrize("paths", [OFFICE, MONEY], ids=["day by day", "money"])
def test_everybody_can_work_in_the_office(
    live_stack: LiveStack, shop: Shop, page: Page, paths: dict[str, Callable[[Shop], str]]
) -> None:
    live_stack.run(_hire, shop.creator_id)
    page.goto(f"{live_stack.shop_url}/admin/")
    found = problems(page, directions=("ltr",))
    page.get_by_label("Username").fill(f"axe-{shop.creator_id}")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    for path in paths.values():
        page.goto(f"{live_stack.shop_url}{path(shop)}")
        found += problems(page, directions=("ltr",))
    assert found == [], "\n".join(found)


def test_everybody_can_take_a_return_in_at_the_office(live_stack: LiveStack, shop: Shop, page: Page) -> None:
    live_stack.run(_hire, shop.creator_id)
    _go_to_the_bank(live_stack, shop, page)
    page.get_by_role("button", name=re.compile("^Approve")).first.click()
    page.wait_for_url("**/orders/**")
    page.goto(f"{live_stack.shop_url}/admin/")
    page.get_by_label("Username").fill(f"axe-{shop.creator_id}")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    order = live_stack.run(lambda: Order.objects.get(drop_id=shop.drop_id).pk)
    page.goto(f"{live_stack.shop_url}/admin/drops/order/{order}/return/")
    found = problems(page, directions=("ltr",))
    page.get_by_label("Why").select_option("changed_mind")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("heading", name="A withdrawal")).to_be_visible()
    found += problems(page, directions=("ltr",))
    page.get_by_role("link", name="Send the money back").click()
    expect(page.get_by_role("heading", name="goes back to the buyer")).to_be_visible()
    found += problems(page, directions=("ltr",))
    page.get_by_role("link", name="Back to the return").click()
    page.get_by_role("button", name="It has arrived").click()
    expect(page.get_by_role("heading", name="Look at it")).to_be_visible()
    found += problems(page, directions=("ltr",))
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("on the shelf again")).to_be_visible()
    found += problems(page, directions=("ltr",))
    page.goto(f"{live_stack.shop_url}/admin/drops/return/")
    found += problems(page, directions=("ltr",))
    assert found == [], "\n".join(found)


def _capsule_of(live_stack: LiveStack, shop: Shop) -> str:
    return live_stack.run(lambda: Drop.objects.get(pk=shop.drop_id).capsule.slug)


def _tell_a_story(creator_id: int) -> None:
    body = "<p>I throw at night, when the kiln is free.</p><h2>The clay</h2><p>It comes from the river.</p>"
    Story.objects.create(creator_id=creator_id, title="How the kiln came to the tide", body_html=body)


def _invite(shop: Shop) -> str:
    """Keep the drop's first hours for members, offer a tier, and return the path of a personal link."""
    drop, now = Drop.objects.select_related("creator").get(pk=shop.drop_id), datetime.now(tz=UTC)
    Drop.objects.filter(pk=drop.pk).update(members_first_minutes=24 * 60)
    Tier.objects.create(creator=drop.creator, name="Friends of the kiln", benefits=["The first hour", "A word before"])
    drop.refresh_from_db()
    _, token = early.make_link(creator=drop.creator, drop=drop, made_by="ines", now=now)
    return f"/early/{token}/"


def _ask_for_the_letter(creator_id: int) -> list[str]:
    """Let somebody ask for the creator's letter; return the paths that lead to a yes and to a stop."""
    creator = Creator.objects.get(pk=creator_id)
    wish = Wish(shopper=make_shopper(creator=creator), consent=consent_of(creator), source=Source.SHOP)
    subscriber = subscribing.subscribe(wish=wish, email=f"axe-{creator_id}@example.org", now=datetime.now(tz=UTC))
    yes, stop = links.confirm_token(subscriber), links.stop_token(subscriber)
    return [reverse("letter-confirm", args=[yes]), reverse("letter-stop", args=[stop])]


def _by_post(creator_id: int) -> str:
    """Return what a product's address says of somebody who has it sent."""
    return f"?delivery=parcel:{Rate.objects.get(zone__creator=creator_id).key}&country=PT&postcode=1200-109"


def _go_to_the_bank(live_stack: LiveStack, shop: Shop, page: Page, *, choice: str = "") -> None:
    """Hold one on its page and begin to pay for it, up to the test bank's page."""
    page.goto(f"{live_stack.shop_url}/{shop.slug}/p/{shop.product_handle}/{choice}")
    page.get_by_role("button", name="Hold it for 10 minutes").click()
    page.get_by_label("Name").first.fill("Lena Vogt")
    page.get_by_label(re.compile("mail", re.IGNORECASE)).fill("lena@example.org")
    for label, value in (("Street", "Rua do Poço 4"), ("City|Town", "Lisboa"), ("Postcode", "1200-109")):
        field = page.get_by_label(re.compile(label))
        if field.count():
            field.first.fill(value)
    page.get_by_role("button", name=re.compile("^Pay €")).click()
    expect(page.get_by_role("button", name=re.compile("^Approve")).first).to_be_visible()


def _change(shop: Shop, what: str) -> None:
    drop, now = Drop.objects.filter(pk=shop.drop_id), datetime.now(tz=UTC)
    if what == "all on hold":
        rate = Rate.objects.get(zone__creator=shop.creator_id)
        for drop_sku in DropSku.objects.filter(drop_id=shop.drop_id):
            for quantity in (2, 1):
                make_hold(drop_sku=drop_sku, method="parcel", option=rate.key, quantity=quantity)
    elif what == "closed":
        drop.update(state=DropState.CLOSED, closed_at=now)
    else:
        drop.update(
            state=DropState.SCHEDULED, opens_at=now + timedelta(days=1), closes_at=now + timedelta(days=1, hours=3)
        )


def _hire(creator_id: int) -> None:
    payee_of(creator=Creator.objects.get(pk=creator_id))  # so that there is somebody to pay
    # The running shop keeps passwords as it always does; tests keep theirs in a hurry.
    with override_settings(PASSWORD_HASHERS=global_settings.PASSWORD_HASHERS):
        user = get_user_model().objects.create_user(f"axe-{creator_id}", password=PASSWORD, is_staff=True)
    add_member(creator=Creator.objects.get(pk=creator_id), user=user, role=MemberRole.OWNER)
