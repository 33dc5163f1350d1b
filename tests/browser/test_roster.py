"""
A counter with a telephone: one hand, a queue, and a network that comes and goes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import override_settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from drops.clock import database_now
from pickups.models import PickupEvent, RosterRole, UnitState
from pickups.passes import code_of
from pickups.roster import new_link
from pickups.slots import bookable_slots
from tests.factories import make_capsule, make_creator, make_drop, make_drop_sku
from tests.pickups.factories import make_cafe, make_pickup, token_of
from tests.stack import LiveStack

PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Counter:
    """What a test needs to know of a café with two people to come."""

    door: str  # the link's path
    lena_code: str
    lena_ref: str


def make_counter(*, name: str) -> Counter:
    """Make a café that hands over round the clock, so that the test does not depend on the time of day."""
    double = override_settings(
        DELIVERY_METHODS=["pickups.delivery.PickupDelivery"], PAYMENT_PROVIDERS=["tests.doubles.InMemoryProvider"]
    )
    with double:
        creator, now = make_creator(), database_now()
        cafe = make_cafe(
            creator=creator,
            partner_name=name,
            name=name,
            hours={day: [("00:00", "00:00")] for day in range(7)},
            slot_minutes=1440,
            lead_minutes=0,
            time_zone="Etc/UTC",
        )
        # The day that runs already is not bookable; its slot is where people come today.
        bookable_slots(location=cafe, now=now)
        slot = cafe.slots.order_by("starts_at")[0]
        cafe.slots.filter(pk=slot.pk).update(starts_at=now + timedelta(minutes=30), ends_at=now + timedelta(minutes=90))
        mugs = make_drop_sku(drop=make_drop(capsule=make_capsule(creator=creator)), units=4)
        lena = make_pickup(slot=slot, drop_sku=mugs, name="Lena Vogt")
        make_pickup(slot=slot, drop_sku=mugs, name="Tomás Ruiz", quantity=2)
        link = new_link(location=cafe, role=RosterRole.SUPERVISOR, expires_at=now + timedelta(days=1), now=now)
    return Counter(
        door=reverse("roster-link", args=[token_of(link.url)]), lena_code=code_of(pickup=lena), lena_ref=lena.ref
    )


def hand_overs(ref: str) -> list[str]:
    """Return what happened to a pickup's units after they were booked."""
    events = PickupEvent.objects.filter(unit__pickup__ref=ref).exclude(from_state="")
    return list(events.order_by("pk").values_list("to_state", flat=True))


@pytest.fixture
def phone(live_stack: LiveStack, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Page, Counter]]:
    counter = live_stack.run(make_counter, name=request.node.name[:100])
    context = chromium.new_context(viewport=PHONE, locale="en")  # type: ignore[arg-type]
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(live_stack.shop_url + counter.door)
    page.get_by_label("Your first name").fill("Mira")
    page.get_by_role("button", name="Use this phone").click()
    expect(page.locator("#head")).to_contain_text("0 of 2 handed over")
    yield page, counter
    context.close()
    assert problems == []


def test_a_code_hands_over_and_undo_takes_it_back(live_stack: LiveStack, phone: tuple[Page, Counter]) -> None:
    page, counter = phone
    page.get_by_text("Scan a code").click()
    page.get_by_label("Code on the pass").fill(counter.lena_code.lower())
    page.keyboard.press("Enter")

    expect(page.locator("#result")).to_contain_text("Handed over: Lena V.")
    expect(page.locator("#head")).to_contain_text("1 of 2 handed over")
    assert live_stack.run(hand_overs, counter.lena_ref) == [UnitState.HANDED_OVER]

    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo the hand-over to Lena V.").click()

    expect(page.locator("#result")).to_contain_text("Taken back: Lena V.")
    expect(page.locator("#head")).to_contain_text("0 of 2 handed over")
    assert live_stack.run(hand_overs, counter.lena_ref) == [UnitState.HANDED_OVER, UnitState.BOOKED]


def test_a_tap_without_network_waits_and_arrives_once(live_stack: LiveStack, phone: tuple[Page, Counter]) -> None:
    page, counter = phone
    page.context.set_offline(True)
    page.get_by_role("button", name="Hand over to Lena V.").click()

    expect(page.locator("#network")).to_contain_text("1 tap waits on this phone")
    expect(page.locator(f"#p-{counter.lena_ref}")).to_contain_text("Waits on this phone")
    assert live_stack.run(hand_overs, counter.lena_ref) == []

    page.context.set_offline(False)

    expect(page.locator("#result")).to_contain_text("Handed over: Lena V.")
    expect(page.locator("#network")).to_be_empty()
    assert live_stack.run(hand_overs, counter.lena_ref) == [UnitState.HANDED_OVER]


def test_targets_are_big_and_nothing_scrolls_sideways(phone: tuple[Page, Counter]) -> None:
    page, _ = phone

    sizes = [box for box in (row.bounding_box() for row in page.locator(".row").all()) if box]
    acts = [box for box in (act.bounding_box() for act in page.locator(".act").all()) if box]
    assert len(sizes) == len(acts) == 2
    assert all(box["height"] >= 72 for box in sizes)
    assert all(box["height"] >= 56 for box in acts)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_without_a_script_the_forms_do_the_same(live_stack: LiveStack, chromium: Browser) -> None:
    counter = live_stack.run(make_counter, name="A café without scripts")
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(live_stack.shop_url + counter.door)
    page.get_by_role("button", name="Use this phone").click()
    page.get_by_text("Scan a code").click()
    page.get_by_label("Code on the pass").fill(counter.lena_code[:4])
    page.keyboard.press("Enter")

    expect(page.locator("#result")).to_contain_text("Handed over: Lena V.")
    assert live_stack.run(hand_overs, counter.lena_ref) == [UnitState.HANDED_OVER]
    context.close()
