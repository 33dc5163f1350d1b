from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from drops.clock import database_now
from drops.sales.models import OrderState, Refund
from drops.sales.payment import Outcome
from drops.sales.settling import settle
from drops.schedule.models import DropState
from drops.stock.counts import count_of
from drops.stock.models import HoldEvent, HoldState
from fulfillment.models import ParcelState
from tests.doubles import InMemoryProvider, event_of
from tests.factories import make_drop, make_drop_sku, make_hold, make_payment
from tests.fulfillment.makers import make_post, parcel_of
from tests.office.people import client_of, make_person
from tests.office.test_board import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(shop, settings):
    """Our drop on sale: a hold, and an order that waits to be packed."""
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    InMemoryProvider.reset()
    drop = make_drop(capsule=shop.capsule, closes_at=database_now() + timedelta(hours=2))
    shop.running = make_drop_sku(drop=drop, units=3)
    rate = shop.rate or make_post(drop=drop)
    payment = make_payment(hold=make_hold(drop_sku=shop.running, method="parcel", option=rate.key))
    shop.paid = settle(provider="memory", event=event_of(payment, Outcome.CAPTURED)).order
    shop.held = make_hold(drop_sku=shop.running, method="parcel", option=rate.key)
    return shop


def brake(shop, name=""):
    address = reverse("admin:office_board_brake", args=[shop.running.drop_id])
    return f"{address}?{urlencode({'brake': name})}" if name else address


def counts(shop):
    count = count_of(drop_sku_id=shop.running.pk)
    return count.available, count.held, count.sold, count.void


def test_a_brake_shows_its_numbers_and_does_nothing_before_it_is_confirmed(running, owner):
    release = owner.get(brake(running, "release")).context["numbers"]
    refund = owner.get(brake(running, "refund")).context["numbers"]

    assert release == [("Holds", "1"), ("Units on hold", "1"), ("Payments on their way", "0")]
    assert refund == [
        ("Orders to refund", "1"),
        ("Money that goes back", "€43.64"),
        ("Handed over or sent: stay as they are", "0"),
    ]
    assert counts(running) == (1, 1, 1, 0)


def test_an_owner_ends_all_holds_with_a_reason_that_is_kept(running, owner):
    answer = owner.post(brake(running), {"brake": "release", "reason": "Wrong photo"}, follow=True)

    running.held.refresh_from_db()
    step = HoldEvent.objects.latest("pk")
    assert said(answer) == ["Batch 07: 1 hold ended."]
    assert running.held.state == HoldState.REVOKED
    assert (step.to_state, step.actor, step.reason) == ("revoked", "office:owner", "Wrong photo")
    assert counts(running) == (2, 0, 1, 0)


def test_an_owner_refunds_all_orders_and_their_parcels_stay(running, owner):
    answer = owner.post(brake(running), {"brake": "refund", "reason": "Kiln broke"}, follow=True)

    running.paid.refresh_from_db()
    assert said(answer) == ["Batch 07: 1 order refunded."]
    assert running.paid.state == OrderState.REFUNDED
    assert parcel_of(running.paid).state == ParcelState.CANCELLED
    assert (Refund.objects.get().amount_minor, Refund.objects.get().state) == (4364, "sent")
    assert counts(running) == (1, 1, 0, 1)


def test_an_owner_pauses_the_drop(running, owner):
    owner.post(brake(running), {"brake": "pause", "reason": "Back at noon"})

    drop = running.running.drop
    drop.refresh_from_db()
    assert (drop.state, drop.pause_reason) == (DropState.PAUSED, "Back at noon")


@pytest.mark.parametrize("name", ["pause", "release", "refund"])
def test_without_a_reason_nothing_is_braked(running, owner, name):
    answer = owner.post(brake(running), {"brake": name, "reason": " "})

    assert said(answer) == ["Please say why; the reason is kept."]
    assert counts(running) == (1, 1, 1, 0)
    running.running.drop.refresh_from_db()
    assert running.running.drop.state == DropState.OPEN


@pytest.mark.parametrize("name", ["pause", "release", "refund"])
def test_only_owners_brake(running, helper, packer, strangers, name):
    for person in (helper, packer):
        answer = person.post(brake(running), {"brake": name, "reason": "Because"}, follow=True)
        assert "Your role does not include this." in said(answer)
        board = person.get(reverse("admin:office_board", args=[running.running.drop_id]))
        assert 'id="brakes"' not in board.content.decode()

    assert counts(running) == (1, 1, 1, 0)


def test_the_board_offers_the_brakes_to_its_owner(running, owner):
    page = owner.get(reverse("admin:office_board", args=[running.running.drop_id])).content.decode()

    assert [label in page for label in ("Pause the drop", "End all holds", "Refund all orders")] == [True] * 3


def one(name, row):
    return reverse(f"admin:office_{name}", args=[row.pk])


def seen_plan(client, order, **chosen):
    """Choose in the form, and return the hash of what was shown."""
    return client.post(one("refund", order), chosen).context["plan"]


def test_an_owner_sees_who_pays_and_sends_one_order_back_with_a_reason(running, owner):
    page = owner.get(reverse("admin:drops_order_change", args=[running.paid.pk])).content.decode()
    assert one("refund", running.paid) in page
    plan = seen_plan(owner, running.paid, kind="whole")
    assert plan["amount"] == "€43.64"
    assert Refund.objects.count() == 0

    confirmed = {"kind": "whole", "plan": plan["hash"], "reason": "chipped rim"}
    answer = owner.post(one("refund", running.paid), confirmed, follow=True)

    assert said(answer) == [f"{running.paid}: €43.64 went back."]
    running.paid.refresh_from_db()
    assert running.paid.state == OrderState.REFUNDED
    assert Refund.objects.get().reason == "chipped rim"
    assert counts(running) == (1, 1, 0, 1)
    assert one("refund", running.paid) not in answer.content.decode()


def test_a_part_goes_back_and_the_order_lists_it(running, owner):
    plan = seen_plan(owner, running.paid, kind="amount", amount="12,40")

    confirmed = {"kind": "amount", "amount": "12,40", "plan": plan["hash"], "reason": "chipped rim"}
    answer = owner.post(one("refund", running.paid), confirmed, follow=True)

    assert said(answer) == [f"{running.paid}: €12.40 went back."]
    assert "€12.40" in answer.content.decode()
    assert one("refund", running.paid) in answer.content.decode()
    assert counts(running) == (1, 1, 1, 0)


def test_a_plan_that_changed_is_shown_again_and_nothing_goes_back(running, owner):
    old = seen_plan(owner, running.paid, kind="amount", amount="5")
    plan = seen_plan(owner, running.paid, kind="amount", amount="12.40")
    confirmed = {"kind": "amount", "amount": "12.40", "plan": plan["hash"], "reason": "chipped rim"}
    owner.post(one("refund", running.paid), confirmed)

    answer = owner.post(
        one("refund", running.paid), {"kind": "amount", "amount": "5", "plan": old["hash"], "reason": "late"}
    )

    assert said(answer)[-1] == "The order has changed since. Please look at it again."
    assert answer.context["plan"]["amount"] == "€5.00"
    assert answer.context["plan"]["hash"] != old["hash"]
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    "chosen",
    [{"kind": "amount", "amount": "a lot"}, {"kind": "amount", "amount": "1.234"}, {"kind": "half"}]
    + [{"kind": "lines", "line-0": "one"}],
)
def test_what_is_no_amount_is_said_so(running, owner, chosen):
    answer = owner.post(one("refund", running.paid), chosen)

    assert said(answer) == ["Please write amounts like 12.40 and units as whole numbers."]
    assert answer.context["plan"] is None
    assert Refund.objects.count() == 0


def test_an_owner_ends_one_hold_with_a_reason_that_is_kept(running, owner):
    page = owner.get(reverse("admin:drops_hold_change", args=[running.held.pk])).content.decode()
    assert one("revoke", running.held) in page

    answer = owner.post(one("revoke", running.held), {"reason": "a bot"}, follow=True)

    assert said(answer) == [f"{running.held} has ended."]
    running.held.refresh_from_db()
    assert running.held.state == HoldState.REVOKED
    last = running.held.events.order_by("pk").last()
    assert (last.actor, last.reason) == ("office:owner", "a bot")
    assert counts(running) == (2, 0, 1, 0)


@pytest.mark.parametrize("name", ["refund", "revoke"])
def test_one_brake_without_a_reason_does_nothing_and_asks_again(name, running, owner):
    row, confirmed = (running.paid if name == "refund" else running.held), {"reason": "  "}
    if name == "refund":
        confirmed |= {"kind": "whole", "plan": seen_plan(owner, row, kind="whole")["hash"]}

    answer = owner.post(one(name, row), confirmed)

    assert said(answer) == ["Please say why; the reason is kept."]
    assert counts(running) == (1, 1, 1, 0)
    assert Refund.objects.count() == 0


@pytest.mark.parametrize("name", ["refund", "revoke"])
def test_one_brake_is_the_owners_alone(name, running, helper, strangers):
    row = running.paid if name == "refund" else running.held
    stranger = client_of(make_person("theirs", creator=strangers.creator))

    refused = helper.post(one(name, row), {"reason": "mine"}, follow=True)
    hidden = stranger.post(one(name, row), {"reason": "mine"})

    assert "Your role does not include this." in said(refused)
    assert hidden.status_code == 404
    assert counts(running) == (1, 1, 1, 0)


def test_an_order_that_was_refunded_before_says_so(running, owner):
    plan = seen_plan(owner, running.paid, kind="whole")
    owner.post(one("refund", running.paid), {"kind": "whole", "plan": plan["hash"], "reason": "chipped rim"})

    answer = owner.post(one("refund", running.paid), {"kind": "whole"}, follow=True)

    assert said(answer)[-1] == f"{running.paid} is refunded."
    assert Refund.objects.count() == 1
