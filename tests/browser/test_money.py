"""
One purchase each way that money can go, in a real browser. After each the owner reads where every cent went, to the cent, and
the books are proven.
"""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import global_settings
from django.test import override_settings
from playwright.sync_api import Browser, Page, expect

from drops.catalog.models import Creator
from drops.sales.models import (
    AttemptKind,
    AttemptState,
    Order,
    Payment,
    PaymentAttempt,
    PaymentState,
    Refund,
    RefundState,
)
from drops.stock.models import DropSku, HoldState
from fulfillment.models import Rate
from tests.browser.axe import violations
from tests.browser.shop import Shop, open_shop
from tests.browser.test_whole_drop import assert_adds_up, keep_only_one_unit, let_time_pass
from tests.factories import make_hold
from tests.office.people import make_person
from tests.stack import LiveStack

# A mug for 38.00 and 3 %, collected: 39.14. VAT 39.14 × 23/123 = 7.3189 → 7.32, in the fee of 1.14 it is 0.21. The café
# keeps 1.00, the test provider 39.14 × 1.4 % + 0.25 = 0.7980 → 0.80, out of the platform's 0.93.
PAID = {
    "Kiln & Tide": "€29.89",
    "Café Mira": "€1.00",
    "Platform (EUR)": "€0.13",
    "Tax of Portugal": "€7.32",
    "Payment provider": "€0.80",
}
# 10.00 of the mug's 38.00, in which are 7.11 tax, 1.00 for the café and 29.89 for the creator: 1.87, 0.26 and 7.87.
TEN_BACK = {
    "Kiln & Tide": "€22.02",
    "Café Mira": "€0.74",
    "Platform (EUR)": "€0.13",
    "Tax of Portugal": "€5.45",
    "Payment provider": "€0.80",
    "The shopper": "€10.00",
}


class Journey:
    """A shopper at a product page, and the owner in the office."""

    def __init__(self, shopper: Page, owner: Page, shop: Shop, stack: LiveStack) -> None:
        self.shopper, self.owner, self.shop, self.stack = shopper, owner, shop, stack

    def hold(self) -> None:
        self.shopper.goto(f"{self.stack.shop_url}/{self.shop.slug}/p/{self.shop.product_handle}/")
        self.shopper.get_by_role("button", name="Hold it for 10 minutes").click()

    def go_to_the_bank(self) -> None:
        self.shopper.get_by_label("Your name").fill("Lena Vogt")
        self.shopper.get_by_label("E-mail").fill("lena@example.org")
        self.shopper.get_by_role("button", name=re.compile("^Pay €39.14")).click()
        expect(self.shopper).to_have_url(re.compile("/pay/"))

    def say(self, words: str, *, card: str = "") -> None:
        if card:
            self.shopper.get_by_label(card).check()
        self.shopper.get_by_role("button", name=re.compile(f"^{words}")).first.click()

    def captured(self) -> Order:
        """Wait for the money, which may come by the bank's own message, and return the order."""
        expect(self.shopper).to_have_url(re.compile("/orders/"))
        self.wait_for(lambda: self.payments()[-1] == PaymentState.CAPTURED)
        return self.stack.run(lambda: Order.objects.get(drop_id=self.shop.drop_id))

    def payments(self) -> list[str]:
        ours = Payment.objects.filter(hold__drop_sku__drop_id=self.shop.drop_id)
        return self.stack.run(lambda: list(ours.order_by("pk").values_list("state", flat=True)))

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        patience = time.monotonic() + 20
        while not is_so() and time.monotonic() < patience:
            time.sleep(0.2)
        assert is_so()

    def log_in(self) -> None:
        self.stack.run(_hire, self.shop.creator_id)
        self.owner.goto(f"{self.stack.shop_url}/admin/")
        self.owner.get_by_label("Username").fill(f"money-{self.shop.creator_id}")
        self.owner.get_by_label("Password").fill("secret-enough")
        self.owner.get_by_role("button", name="Log in").click()

    def open_explainer(self, order: Order) -> dict[str, str]:
        """Go from the order's page to its explainer, and return who has what by now."""
        self.owner.goto(f"{self.stack.shop_url}/admin/drops/order/{order.pk}/change/")
        self.owner.get_by_role("link", name="Where every cent goes").click()
        expect(self.owner.get_by_text("Every sum comes out")).to_be_visible()
        expect(self.owner.get_by_text("Adds up to €39.14, and it does.")).to_be_visible()
        table = self.owner.get_by_role("region", name="Where it stands now").get_by_role("row").all()
        cells = [(row.get_by_role("rowheader").inner_text(), row.get_by_role("cell").inner_text()) for row in table]
        stands = {name.split("\n")[0]: amount for name, amount in cells}
        assert stands.pop("All of it") == "€39.14"
        return stands

    def steps(self) -> list[str]:
        return self.owner.get_by_role("region", name="What happened").locator("li > b").all_inner_texts()

    def assert_books_are_right(self) -> None:
        assert "The books are right." in self.stack.manage("prove_ledger")
        assert_adds_up(self.stack, self.shop)


@pytest.fixture
def journey(live_stack: LiveStack, chromium: Browser) -> Iterator[Journey]:
    shop = live_stack.run(open_shop, origin=live_stack.foreign_url, media=live_stack.media)
    size = {"width": 390, "height": 844}
    contexts = [chromium.new_context(viewport=size, locale="en-GB") for _ in range(2)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.set_default_timeout(20_000)
    journey = Journey(*pages, shop, live_stack)
    journey.log_in()
    yield journey
    for context in contexts:
        context.close()


def _hire(creator_id: int) -> None:
    # The running shop keeps passwords as it always does; tests keep theirs in a hurry.
    with override_settings(PASSWORD_HASHERS=global_settings.PASSWORD_HASHERS):
        make_person(f"money-{creator_id}", creator=Creator.objects.get(pk=creator_id))


def test_what_was_paid_is_explained_to_the_cent(journey: Journey) -> None:
    journey.hold()
    journey.go_to_the_bank()
    journey.say("Approve €39.14")

    order = journey.captured()

    assert journey.open_explainer(order) == PAID
    assert [step.split(":")[0] for step in journey.steps()] == ["Sold", "Captured"]
    assert "For the hand-over. Version 1 of the terms with " in journey.owner.inner_text("body")
    for words in (
        "In the price: 39.14 × 23 ÷ 123 ≈ 7.3189, rounded half up once. Kiln & Tide’s own rate.",
        "The fee of this shop: 38.00 × 3 % = 1.1400 of the goods.",
        ": €1.00 a unit, never more than the goods cost.",
        "Paid by the platform out of its own part, so nothing is taken off here. It kept €0.80.",
    ):
        expect(journey.owner.get_by_text(words)).to_be_visible()
    assert violations(journey.owner) == []
    journey.assert_books_are_right()


def test_after_a_decline_another_card_pays_and_only_that_is_in_the_books(journey: Journey) -> None:
    journey.hold()
    journey.go_to_the_bank()
    journey.say("Decline")
    expect(journey.shopper.get_by_text(re.compile("Your bank said no")).first).to_be_visible()
    journey.go_to_the_bank()
    journey.say("Approve €39.14", card="Tom’s card")

    order = journey.captured()

    assert journey.payments() == [PaymentState.FAILED, PaymentState.CAPTURED]
    assert journey.open_explainer(order) == PAID
    assert len(journey.steps()) == 2
    journey.assert_books_are_right()


def test_a_bank_that_asks_first_is_answered_and_paid(journey: Journey) -> None:
    journey.hold()
    journey.go_to_the_bank()
    journey.say("Approve €39.14", card="A card whose bank asks")
    expect(journey.shopper.get_by_text("Your bank asks: is it you")).to_be_visible()
    journey.say("Yes, it is me")

    order = journey.captured()

    assert journey.open_explainer(order) == PAID
    journey.assert_books_are_right()


def test_who_pays_late_gets_another_unit_and_the_same_cents(journey: Journey) -> None:
    journey.hold()
    journey.go_to_the_bank()
    journey.stack.run(let_time_pass, journey.shop.drop_id)
    journey.shopper.reload()
    expect(journey.shopper.get_by_text("The hold has ended.")).to_be_visible()
    journey.say("Approve €39.14")

    order = journey.captured()

    assert journey.stack.run(lambda: order.hold.state) == HoldState.CONFIRMED
    assert journey.open_explainer(order) == PAID
    journey.assert_books_are_right()


def test_who_pays_too_late_for_the_last_unit_is_charged_nothing(journey: Journey) -> None:
    journey.stack.run(keep_only_one_unit, journey.shop.drop_id)
    journey.hold()
    journey.go_to_the_bank()
    journey.stack.run(let_time_pass, journey.shop.drop_id)
    journey.stack.run(_take_the_last, journey.shop.drop_id)
    journey.shopper.reload()
    journey.say("Approve €39.14")

    journey.wait_for(lambda: journey.payments() == [PaymentState.CANCELLED])
    void = journey.stack.run(
        lambda: PaymentAttempt.objects.get(payment__hold__drop_sku__drop_id=journey.shop.drop_id, kind=AttemptKind.VOID)
    )
    assert (void.state, void.subject) == (AttemptState.DONE, "the last unit was gone")
    assert journey.stack.run(lambda: Order.objects.filter(drop_id=journey.shop.drop_id).count()) == 0
    journey.assert_books_are_right()


def test_money_that_is_taken_too_late_for_the_last_unit_goes_back(journey: Journey) -> None:
    journey.stack.run(keep_only_one_unit, journey.shop.drop_id)
    journey.hold()
    journey.go_to_the_bank()
    journey.stack.run(let_time_pass, journey.shop.drop_id)
    journey.stack.run(_take_the_last, journey.shop.drop_id)
    journey.shopper.reload()
    journey.say("Approve €39.14", card="A bank transfer")

    journey.wait_for(lambda: journey.payments() == [PaymentState.REFUNDED])
    refund = journey.stack.run(lambda: Refund.objects.get(payment__hold__drop_sku__drop_id=journey.shop.drop_id))
    assert (refund.state, refund.amount_minor, refund.order_id) == (RefundState.SENT, 3914, None)
    assert refund.reason == "the last unit was gone"
    expect(journey.shopper.get_by_text(re.compile("€39.14 goes back to you"))).to_be_visible()
    journey.owner.goto(f"{journey.stack.shop_url}/admin/drops/refund/")
    expect(journey.owner.get_by_role("row", name=re.compile("the last unit was gone"))).to_contain_text("€39.14")
    journey.assert_books_are_right()


def test_a_part_that_goes_back_is_taken_from_everybody_as_the_owner_saw_it(journey: Journey) -> None:
    journey.hold()
    journey.go_to_the_bank()
    journey.say("Approve €39.14")
    order = journey.captured()
    page = journey.owner
    page.goto(f"{journey.stack.shop_url}/admin/drops/order/{order.pk}/change/")
    page.get_by_role("link", name="Give money back").click()
    page.get_by_label("An amount, and the goods stay").check()
    page.get_by_label("Amount in EUR").fill("10.00")
    page.get_by_role("button", name="Show what happens").click()
    expect(page.get_by_role("row", name=re.compile("^Kiln & Tide"))).to_contain_text("€7.87")
    page.get_by_label("Why").fill("A chip in the rim")
    page.get_by_role("button", name="Send €10.00 back").click()
    expect(page.get_by_text("€10.00 went back.")).to_be_visible()

    assert journey.open_explainer(order) == TEN_BACK

    assert [step.split(":")[0] for step in journey.steps()] == ["Sold", "Captured", "Refund planned", "Refund sent"]
    expect(page.get_by_text("Refund 1, €10.00: Ring mug · Sage €10.00.")).to_be_visible()
    journey.assert_books_are_right()


def _take_the_last(drop_id: int) -> None:
    drop_sku = DropSku.objects.filter(drop_id=drop_id).order_by("pk")[0]
    rate = Rate.objects.get(zone__creator=drop_sku.drop.creator_id)
    make_hold(drop_sku=drop_sku, method="parcel", option=rate.key)
