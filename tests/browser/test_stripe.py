"""
Paying by Stripe in a real browser. Stripe's script and API are stood in for where a browser would reach them, and behind a
port where the shop does; what is ours is ours.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import global_settings
from django.test import override_settings
from playwright.sync_api import Browser, Page, Route, expect

from drops.catalog.models import Creator
from drops.sales.models import Order, Payment, PaymentState
from tests.browser.axe import violations
from tests.browser.shop import Shop, open_shop
from tests.office.people import make_person
from tests.stack import LiveStack, running_stack, shared_engines
from tests.stripe import bank
from tests.stripe.double import StripeDouble
from tests.stripe.server import stripe_at_a_port

# As much of Stripe.js as our module uses. It notes what it is told, and asks the "bank" over the network as the real one does.
SCRIPT = """
window.told = [];
window.Stripe = (key) => ({
  elements: (options) => {
    window.told.push(["Stripe", key], ["elements", options]);
    return { create: (kind, settings) => {
      window.told.push(["create", kind, settings]);
      const heard = {};
      return {
        on: (event, listener) => { heard[event] = listener; },
        mount: (holder) => {
          const box = document.createElement("p");
          box.textContent = "Card number";
          holder.append(box);
          setTimeout(() => window.loadError ? heard.loaderror({ error: { message: window.loadError } }) : heard.ready({}), 0);
        },
      };
    } };
  },
  confirmPayment: async ({ confirmParams, redirect }) => {
    window.told.push(["confirm", confirmParams, redirect]);
    const secret = window.told.find(([name]) => name === "elements")[1].clientSecret;
    const answer = await fetch(`https://api.stripe.com/v1/confirm?secret=${secret}`);
    return answer.json();
  },
});
"""


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Iterator[LiveStack]:
    StripeDouble.reset()
    with stripe_at_a_port() as address:
        keys = {
            "STRIPE_SECRET_KEY": "rk_test_double",
            "STRIPE_PUBLISHABLE_KEY": "pk_test_double",
            "STRIPE_WEBHOOK_SECRETS": bank.SECRET,
            "STRIPE_API_BASE": address,
            "NO_PROXY": "127.0.0.1",
        }
        folder = tmp_path_factory.mktemp("stripe")
        engines = shared_engines()
        with running_stack(
            engines=engines, folder=folder, blocker=django_db_blocker, name="stripe", given=keys
        ) as live:
            yield live


@pytest.fixture
def shop(stack: LiveStack) -> Shop:
    return stack.run(open_shop, origin=stack.foreign_url, media=stack.media)


class Till:
    """A browser in front of Stripe's form, and the bank behind it."""

    def __init__(self, page: Page, shop: Shop, stack: LiveStack) -> None:
        self.page, self.shop, self.stack = page, shop, stack
        self.answers: list[str] = []  # what the bank says, one after the other; afterwards it says yes
        self.script = SCRIPT
        page.set_default_timeout(20_000)
        page.route("https://js.stripe.com/**", self._script)
        page.route("https://api.stripe.com/**", self._confirm)

    def go(self) -> None:
        self.page.goto(f"{self.stack.shop_url}/{self.shop.slug}/p/{self.shop.product_handle}/")
        self.page.get_by_role("button", name="Hold it for 10 minutes").click()
        self.page.get_by_label("Your name").fill("Lena Vogt")
        self.page.get_by_label("E-mail").fill("lena@example.org")
        self.page.get_by_role("button", name=re.compile("^Pay €")).click()
        expect(self.page).to_have_url(re.compile("/pay/stripe/"))

    def pay(self) -> None:
        self.page.get_by_role("button", name=re.compile("^Pay €")).click()

    def told(self) -> list[Any]:
        answer: list[Any] = self.page.evaluate("window.told")
        return answer

    def intent(self) -> str:
        return self.stack.run(lambda: Payment.objects.order_by("-pk")[0].provider_ref)

    def _script(self, route: Route) -> None:
        if not self.script:
            route.abort()
        else:
            route.fulfill(body=self.script, content_type="text/javascript")

    def _confirm(self, route: Route) -> None:
        (secret,) = parse_qs(urlsplit(route.request.url).query)["secret"]
        ref = secret.removesuffix("_secret_double")
        answer: dict[str, Any] = {"paymentIntent": {"id": ref, "status": "requires_capture"}}
        if self.answers:
            message = self.answers.pop(0)
            bank.decline(ref, message=message)
            answer = {"error": {"type": "card_error", "message": message}}
        else:
            bank.authorise(ref)
        headers = {"Access-Control-Allow-Origin": "*"}
        route.fulfill(body=json.dumps(answer), content_type="application/json", headers=headers)


@pytest.fixture
def open_till(stack: LiveStack, chromium: Browser, shop: Shop) -> Iterator[Callable[..., Till]]:
    contexts = []

    def make(**context: Any) -> Till:
        contexts.append(chromium.new_context(viewport={"width": 390, "height": 844}, **context))
        return Till(contexts[-1].new_page(), shop, stack)

    yield make
    for context in contexts:
        context.close()


def test_a_card_is_reserved_on_our_page_and_captured_once_the_order_is_there(open_till: Callable[..., Till]) -> None:
    till = open_till()
    complaints: list[str] = []
    till.page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    till.go()
    expect(till.page.get_by_text("Card number")).to_be_visible()
    told = till.told()
    found = violations(till.page)

    till.pay()

    expect(till.page).to_have_url(re.compile("/orders/"))
    name, options = told[1]
    assert told[0] == ["Stripe", "pk_test_double"]
    assert (name, options["clientSecret"]) == ("elements", f"{till.intent()}_secret_double")
    assert options["appearance"]["variables"]["colorPrimary"] == "#0e5b3f"
    billing = {"name": "Lena Vogt", "email": "lena@example.org", "address": {}}
    assert told[2] == ["create", "payment", {"defaultValues": {"billingDetails": billing}}]
    assert StripeDouble.intents[till.intent()]["status"] == "succeeded"
    assert (found, complaints) == ([], [])
    states = till.stack.run(lambda: set(Payment.objects.values_list("state", flat=True)))
    assert states == {PaymentState.CAPTURED}


def test_stripe_is_told_the_way_back_and_leaves_the_page_only_if_it_has_to(open_till: Callable[..., Till]) -> None:
    till = open_till()
    till.answers = ["Your card was declined."]
    till.go()
    till.pay()
    expect(till.page.get_by_role("alert")).to_have_text("Your card was declined.")

    (_, params, redirect) = till.told()[-1]

    assert re.fullmatch(rf"{till.stack.shop_url}/checkout/\w+/\?back=1", params["return_url"])
    assert redirect == "if_required"


def test_after_a_decline_another_card_is_tried_on_the_same_page(open_till: Callable[..., Till]) -> None:
    till = open_till()
    till.answers = ["Your card has insufficient funds."]
    till.go()
    till.pay()
    expect(till.page.get_by_role("alert")).to_have_text("Your card has insufficient funds.")
    expect(till.page.get_by_role("button", name=re.compile("^Pay €"))).to_be_enabled()

    till.pay()

    expect(till.page).to_have_url(re.compile("/orders/"))


@pytest.mark.parametrize("fault", ["blocked", "refused"])
def test_a_form_that_does_not_load_says_so_and_leads_back(open_till: Callable[..., Till], fault: str) -> None:
    till = open_till()
    till.script = "" if fault == "blocked" else f"window.loadError = 'No such payment intent.';{SCRIPT}"
    till.go()

    said = "Stripe’s form did not load" if fault == "blocked" else "No such payment intent."
    expect(till.page.get_by_role("alert")).to_contain_text(said)
    expect(till.page.get_by_role("button", name=re.compile("^Pay €"))).to_be_hidden()
    expect(till.page.get_by_role("link", name="Load the page again")).to_be_visible()
    till.page.get_by_role("link", name="Go back without paying").click()

    expect(till.page.get_by_text("Held for you")).to_be_visible()
    assert till.stack.run(lambda: Order.objects.filter(hold__drop_sku__drop_id=till.shop.drop_id).count()) == 0


def test_it_works_inside_a_frame_on_the_creators_page_and_offers_a_tab(open_till: Callable[..., Till]) -> None:
    till = open_till()
    till.go()
    address = till.page.url
    till.page.goto(f"{till.stack.foreign_url}/")
    till.page.evaluate(
        """(src) => document.body.replaceChildren(
            Object.assign(document.createElement("iframe"), { src, width: 390, height: 700, id: "till" }))""",
        address,
    )
    frame = till.page.frame_locator("#till")
    expect(frame.get_by_role("link", name="Open this page in a tab of its own")).to_have_attribute(
        "href", urlsplit(address).path
    )

    frame.get_by_role("button", name=re.compile("^Pay €")).click()

    expect(frame.get_by_role("heading", level=1)).not_to_have_text(re.compile("^€"))
    assert StripeDouble.intents[till.intent()]["status"] == "succeeded"


def test_an_owner_is_led_to_stripes_form_and_sees_the_account_when_they_are_back(
    open_till: Callable[..., Till], stack: LiveStack, shop: Shop
) -> None:
    page = open_till().page
    page.route("https://connect.stripe.com/**", lambda route: route.fulfill(body="Stripe", content_type="text/html"))
    stack.run(_hire, shop.creator_id)
    page.goto(f"{stack.shop_url}/admin/")
    page.get_by_label("Username").fill(f"stripe-{shop.creator_id}")
    page.get_by_label("Password").fill("secret-enough")
    page.get_by_role("button", name="Log in").click()
    page.goto(f"{stack.shop_url}/admin/drops/creator/")
    page.get_by_role("link", name="Connect Stripe").click()
    found = violations(page)

    page.get_by_role("button", name="Connect Stripe").click()

    expect(page).to_have_url(re.compile("^https://connect.stripe.com/setup/e/"))
    page.goto(StripeDouble.links[-1]["return_url"])
    expect(page.get_by_text("Stripe still asks for 2 things.")).to_be_visible()
    expect(page.get_by_role("button", name="Go on at Stripe")).to_be_visible()
    found += violations(page)
    assert found == []


def _hire(creator_id: int) -> None:
    # The running shop keeps passwords as it always does; tests keep theirs in a hurry.
    with override_settings(PASSWORD_HASHERS=global_settings.PASSWORD_HASHERS):
        make_person(f"stripe-{creator_id}", creator=Creator.objects.get(pk=creator_id))
