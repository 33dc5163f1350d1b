"""While members are first, the claim itself asks who is entitled: no door leads around it."""

from datetime import timedelta

import pytest

from drops.audience import memberships
from drops.audience.models import Tier
from drops.sales import refusals, waiting
from drops.sales.delivery import Destination
from drops.schedule import early
from drops.stock.counts import count_of
from drops.stock.models import Hold, WaitlistEntry
from tests.clock import advance, stopped_clock
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_shopper

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def drop_sku():
    half_past_eleven = NOON - timedelta(minutes=30)
    drop = make_drop(opens_at=half_past_eleven, closes_at=NOON + timedelta(hours=8), members_first_minutes=60)
    return make_drop_sku(drop=drop, units=3)


def test_who_is_no_member_is_told_when_it_opens_for_all_and_takes_nothing(drop_sku):
    Tier.objects.create(creator=drop_sku.drop.creator, name="Friends of the kiln")

    with pytest.raises(refusals.NotEligible) as refusal:
        make_hold(drop_sku=drop_sku)

    assert refusal.value.facts == {
        "open_to_all_at": NOON + timedelta(minutes=30),
        "opens_at": NOON - timedelta(minutes=30),
        "time_zone": "Europe/Lisbon",
        "tier": "Friends of the kiln",
        "creator": drop_sku.drop.creator.slug,
    }
    assert Hold.objects.count() == 0
    assert count_of(drop_sku_id=drop_sku.pk).available == 3


def test_members_and_the_invited_hold_in_the_first_hour(drop_sku):
    creator = drop_sku.drop.creator
    Tier.objects.create(creator=creator, name="Friends")
    member, invited = make_shopper(creator=creator), make_shopper(creator=creator)
    memberships.join(shopper=member, source="chat", now=NOON)
    early.grant(shopper=invited, drop=drop_sku.drop, source="link", now=NOON)

    assert make_hold(drop_sku=drop_sku, shopper=member).state == "held"
    assert make_hold(drop_sku=drop_sku, shopper=invited).state == "held"


def test_from_its_end_on_everybody_may(drop_sku):
    advance(timedelta(minutes=30))

    assert make_hold(drop_sku=drop_sku).state == "held"


def test_nobody_waits_in_line_for_what_was_not_open_to_them(drop_sku):
    shopper = make_shopper(creator=drop_sku.drop.creator)

    with pytest.raises(refusals.NotEligible):
        waiting.join_waitlist(
            shopper=shopper,
            drop=drop_sku.drop,
            sku_code=drop_sku.sku.code,
            quantity=1,
            destination=Destination("PT", "1200-109"),
            method="pickup",
            option="counter",
            idempotency_key="one",
        )

    assert WaitlistEntry.objects.count() == 0
