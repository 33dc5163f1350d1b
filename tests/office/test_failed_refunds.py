"""What the office says of a refund that came back, and what can be done about it there."""

import pytest
from django.test import Client
from django.urls import reverse

from drops.ledger.models import LedgerTransaction
from drops.sales.access import order_access
from drops.sales.models import Order, Refund, RefundState
from drops.sales.payment import Outcome
from drops.sales.refund_selections import WHOLE
from drops.sales.refunds import preview_refund, refund
from drops.sales.settling import settle
from tests.doubles import InMemoryProvider, event_of, refund_event_of
from tests.factories import make_drop, make_drop_sku, make_hold, make_payment
from tests.fulfillment.makers import make_post
from tests.office.people import client_of, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def provider(settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    InMemoryProvider.reset()
    yield
    InMemoryProvider.reset()


@pytest.fixture
def came_back(shop):
    drop = make_drop(capsule=shop.capsule)
    rate = make_post(drop=drop)
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(drop=drop), method="parcel", option=rate.key))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
    order = Order.objects.get(hold=payment.hold)
    plan = preview_refund(order_ref=order.ref, selection=WHOLE)
    done = refund(order_ref=order.ref, plan_hash=plan.hash, selection=WHOLE, actor="office:mira", reason="chip")
    settle(provider="memory", event=refund_event_of(done))
    return done


def page(person):
    return person.get(reverse("admin:office_failed_refunds")).content.decode()


def press(person, refund, deed, **given):
    url = reverse("admin:office_failed_refunds")
    return person.post(url, {"refund": refund.pk, "deed": deed} | given, follow=True).content.decode()


def orders_page(order):
    return Client().get(reverse("order", args=[order.ref, order_access(order.ref)])).content.decode()


def test_today_and_the_orders_page_lead_to_it(owner, came_back):
    assert "refund came back and is still owed" in owner.get(reverse("admin:index")).content.decode()
    shown = owner.get(reverse("admin:drops_order_change", args=[came_back.order_id])).content.decode()
    assert "The account was closed. The shopper was not paid." in shown
    assert reverse("admin:office_failed_refunds") in shown
    assert "€43.64 to " in page(owner)
    assert "The account was closed." in page(owner)


def test_the_shopper_is_not_told_that_they_have_their_money(came_back):
    shown = orders_page(came_back.order)

    assert "Refunded" not in shown
    assert "Refund under way" in shown
    assert "€43.64 of €43.64 was sent back, and your bank returned it. " in shown
    assert "has been told, and still owes it to you." in shown


def test_it_is_sent_again_with_one_press_and_a_second_press_says_so(owner, came_back):
    first, second = press(owner, came_back, "again"), press(owner, came_back, "again")

    assert "€43.64 went back once more." in first
    assert "Somebody has seen to this refund already." in second
    assert InMemoryProvider.refunded == [came_back.key, f"{came_back.key}~2"]
    assert "Refunded" in orders_page(came_back.order)
    assert "refund came back" not in owner.get(reverse("admin:index")).content.decode()


def test_what_was_paid_another_way_is_written_down(owner, came_back):
    assert "Please say how it was paid" in press(owner, came_back, "by_hand", way="  ")
    assert Refund.objects.get().state == RefundState.FAILED

    assert "€43.64: written down as paid by you." in press(owner, came_back, "by_hand", way="bank transfer")

    row = Refund.objects.get()
    assert (row.state, row.by_hand.split(" (")[0]) == (RefundState.SENT, "bank transfer")
    shown = owner.get(reverse("admin:drops_order_change", args=[row.order_id])).content.decode()
    assert "Paid another way: bank transfer" in shown
    assert LedgerTransaction.objects.filter(kind="refund_by_hand").count() == 1


def test_others_neither_see_it_nor_see_to_it(strangers, packer, came_back):
    stranger = client_of(make_person("stranger", creator=strangers.creator))
    for person in (stranger, packer):
        assert "€43.64" not in page(person)
        press(person, came_back, "again")

    assert InMemoryProvider.refunded == [came_back.key]
    assert Refund.objects.get().state == RefundState.FAILED


@pytest.mark.parametrize("refund", ["", "x", "9" * 30, "-1"])
def test_nonsense_changes_nothing(owner, came_back, refund):
    answer = owner.post(reverse("admin:office_failed_refunds"), {"refund": refund, "deed": "again"}, follow=True)

    assert "Somebody has seen to this refund already." in answer.content.decode()
    assert Refund.objects.get().state == RefundState.FAILED
