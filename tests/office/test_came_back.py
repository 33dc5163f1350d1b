"""A refund that came back: who is told, and what an owner may do about it."""

import pytest
from django.urls import reverse

from drops.catalog.models import MemberRole
from drops.sales.models import Refund, RefundState
from drops.sales.payment import Outcome
from drops.sales.refund_selections import WHOLE
from drops.sales.refunds import preview_refund, refund
from drops.sales.settling import settle
from tests.doubles import InMemoryProvider, event_of
from tests.factories import make_drop, make_drop_sku, make_hold, make_payment
from tests.fulfillment.makers import make_post
from tests.office.people import client_of, make_person
from tests.office.test_board import said

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def provider(settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    InMemoryProvider.reset()
    yield
    InMemoryProvider.reset()


@pytest.fixture
def owed(shop):
    """Return a refund of a whole order whose card was closed."""
    drop = make_drop(capsule=shop.capsule)
    rate = make_post(drop=drop)
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(drop=drop), method="parcel", option=rate.key))
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    order = settle(provider="memory", event=event_of(payment, Outcome.CAPTURED)).order
    plan = preview_refund(order_ref=order.ref, selection=WHOLE)
    done = refund(order_ref=order.ref, plan_hash=plan.hash, selection=WHOLE, actor="office:ines", reason="broken")
    settle(provider="memory", event=InMemoryProvider.fail_refund(done.key))
    done.refresh_from_db()
    return done


def page_of(client, owed):
    return client.get(reverse("admin:drops_refund_change", args=[owed.pk]))


def press(client, owed, **form):
    return client.post(reverse("admin:office_came_back", args=[owed.pk]), form, follow=True)


def test_the_first_page_and_the_orders_page_lead_to_it(owner, owed):
    today = owner.get(reverse("admin:index")).content.decode()
    order = owner.get(reverse("admin:drops_order_change", args=[owed.order_id])).content.decode()

    assert "refund came back and is still owed" in today
    assert f"{reverse('admin:drops_refund_changelist')}?state__exact=failed" in today
    assert "<b>Came back</b>" in order
    assert reverse("admin:drops_refund_change", args=[owed.pk]) in order


def test_an_owner_sends_it_again(owner, owed):
    card = page_of(owner, owed).context["came_back"]
    assert (card["failure"], card["may_decide"]) == ("card closed", True)

    answer = press(owner, owed, deed="again")

    owed.refresh_from_db()
    assert said(answer) == [f"{card['amount']} was sent again."]
    assert (owed.state, answer.context["came_back"]) == (RefundState.SENT, None)
    assert InMemoryProvider.refunded == [owed.key, f"{owed.key}:1"]


def test_an_owner_says_by_which_other_way_it_was_paid(owner, owed):
    assert said(press(owner, owed, deed="by_hand", how=" ")) == [
        "Please say how it was paid, like the bank's reference; it is kept."
    ]
    answer = press(owner, owed, deed="by_hand", how="SEPA 4711")

    owed.refresh_from_db()
    assert "counts as paid" in said(answer)[0]
    assert (owed.state, owed.by_hand) == (RefundState.SENT, "SEPA 4711")


@pytest.mark.parametrize("form", [{"deed": "by_hand"}, {"deed": "burn it"}, {}])
def test_a_form_that_says_nothing_useful_changes_nothing(owner, owed, form):
    press(owner, owed, **form)

    owed.refresh_from_db()
    assert (owed.state, InMemoryProvider.refunded) == (RefundState.FAILED, [owed.key])


def test_nobody_but_owners_decides(shop, owed):
    helper = client_of(make_person("helga", creator=shop.creator, role=MemberRole.HELPER))
    stranger = client_of(make_person("stranger"))

    for person in (helper, stranger):
        press(person, owed, deed="again")
        assert person.get(reverse("admin:office_came_back", args=[owed.pk])).status_code in (302, 403, 404, 405)

    assert Refund.objects.get().state == RefundState.FAILED
    assert InMemoryProvider.refunded == [owed.key]
