"""How many have bought is counted from paid orders in a named window, or nothing is said."""

import hashlib
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from drops.catalog.models import CreatorMember, MemberRole
from drops.clock import database_now
from drops.sales import claims, revoking, settling
from drops.sales.models import ClaimEvidence, Order, OrderLine
from tests.clock import advance, stopped_clock
from tests.doubles import InMemoryProvider
from tests.factories import NOON, make_drop, make_drop_sku, make_extra, make_hold, make_payment
from tests.paying import approve_payment

pytestmark = pytest.mark.django_db

OPENED = NOON - timedelta(hours=1)


@pytest.fixture(autouse=True)
def noon(settings):
    settings.CLAIMS_COUNT_TEST_ORDERS = True
    with stopped_clock(NOON):
        yield


@pytest.fixture
def drop_sku():
    return make_drop_sku(drop=make_drop(opens_at=OPENED, closes_at=NOON + timedelta(hours=8)), units=20)


def buy(drop_sku, *, quantity=1, **given):
    payment = make_payment(hold=make_hold(drop_sku=drop_sku, quantity=quantity), **given)
    approve_payment(payment)
    return settling.refresh_payment(payment_ref=payment.ref).order


def told(drop_sku):
    bought = claims.bought_in(drop=drop_sku.drop, now=database_now())
    return bought and bought.units


def test_what_came_beside_the_goods_is_not_counted(drop_sku):
    for _ in range(5):
        order = buy(drop_sku)
        OrderLine.objects.create(
            order=order, extra=make_extra(creator=order.creator), title="Gift wrap", quantity=3, unit_price_minor=400
        )

    assert told(drop_sku) == 5


def test_units_of_five_people_are_told_with_the_window_they_were_bought_in(drop_sku):
    for quantity in (2, 1, 1, 1, 2):
        buy(drop_sku, quantity=quantity)
    advance(timedelta(minutes=5))

    assert claims.bought_in(drop=drop_sku.drop, now=database_now()) == claims.Bought(
        units=7, since=OPENED, as_of=NOON + timedelta(minutes=5)
    )


def test_of_four_people_nothing_is_told_and_nothing_is_kept(drop_sku):
    for _ in range(4):
        buy(drop_sku, quantity=2)

    assert told(drop_sku) is None
    assert ClaimEvidence.objects.count() == 0


def test_what_is_only_on_hold_or_being_paid_is_not_bought(drop_sku):
    for _ in range(4):
        buy(drop_sku)
    make_payment(hold=make_hold(drop_sku=drop_sku))

    assert told(drop_sku) is None


def test_what_was_sent_back_is_not_counted(drop_sku):
    orders = [buy(drop_sku) for _ in range(6)]
    assert told(drop_sku) == 6

    revoking.refund_order(order_ref=orders[0].ref, actor="mara", reason="A crack.")

    assert told(drop_sku) == 5


def test_what_the_team_buys_is_not_counted(drop_sku):
    mara = get_user_model().objects.create_user("mara", email="Mara@kiln.example")
    CreatorMember.objects.create(creator=drop_sku.drop.creator, user=mara, role=MemberRole.OWNER)
    for _ in range(5):
        buy(drop_sku)
    buy(drop_sku, email="mara@kiln.example")

    assert told(drop_sku) == 5


@pytest.mark.parametrize(("is_desk", "count"), [(False, None), (True, 5)])
def test_what_no_money_was_moved_for_is_counted_at_a_desk_alone(drop_sku, settings, is_desk, count):
    for _ in range(5):
        buy(drop_sku)
    assert InMemoryProvider.is_test
    settings.CLAIMS_COUNT_TEST_ORDERS = is_desk

    assert told(drop_sku) == count


def test_another_drop_of_the_same_creator_has_a_count_of_its_own(drop_sku):
    for _ in range(5):
        buy(drop_sku)
    other = make_drop_sku(
        drop=make_drop(capsule=drop_sku.drop.capsule, opens_at=OPENED, closes_at=NOON + timedelta(hours=1))
    )
    buy(other)

    assert (told(drop_sku), told(other)) == (5, None)


def test_each_count_that_is_shown_leaves_its_evidence_once(drop_sku):
    for _ in range(5):
        buy(drop_sku)
    told(drop_sku)
    told(drop_sku)
    advance(timedelta(minutes=1))
    buy(drop_sku)
    told(drop_sku)

    refs = list(Order.objects.order_by("pk").values_list("ref", flat=True))
    kept = ClaimEvidence.objects.order_by("pk")
    assert list(kept.values_list("count", "shoppers", "since", "shown_at")) == [
        (5, 5, OPENED, NOON),
        (6, 6, OPENED, NOON + timedelta(minutes=1)),
    ]
    assert [row.orders_hash for row in kept] == [
        hashlib.sha256(" ".join(sorted(counted)).encode()).hexdigest() for counted in (refs[:5], refs)
    ]


def test_a_number_that_somebody_writes_into_the_evidence_is_told_to_nobody(drop_sku):
    """Faked: what is shown is counted from orders; evidence is only ever written."""
    for _ in range(5):
        buy(drop_sku)
    told(drop_sku)

    ClaimEvidence.objects.update(count=500)

    assert told(drop_sku) == 5


def test_evidence_is_forgotten_after_two_years(drop_sku):
    for _ in range(5):
        buy(drop_sku)
    told(drop_sku)

    assert claims.forget_old_evidence(now=NOON + claims.KEPT_FOR) == 0
    assert claims.forget_old_evidence(now=NOON + claims.KEPT_FOR + timedelta(seconds=1)) == 1
