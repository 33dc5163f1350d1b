from datetime import timedelta

import pytest

from drops.audience import memberships
from drops.audience.models import Membership, Tier
from tests.factories import NOON, make_creator, make_shopper

pytestmark = pytest.mark.django_db


@pytest.fixture
def creator():
    return make_creator()


def test_one_joins_the_first_tier_that_is_open_and_stays_what_one_is(creator):
    Tier.objects.create(creator=creator, name="Old guard", position=0, is_open=False)
    friends = Tier.objects.create(creator=creator, name="Friends of the kiln", benefits=["First hour"], position=1)
    shopper = make_shopper(creator=creator)

    first = memberships.join(shopper=shopper, source="chat", now=NOON)
    again = memberships.join(shopper=shopper, source="page", now=NOON + timedelta(hours=1))

    assert (first.tier, first.joined_at, first.source) == (friends, NOON, "chat")
    assert again == first
    assert memberships.membership_of(shopper=shopper) == first


def test_without_an_open_tier_nobody_joins(creator):
    Tier.objects.create(creator=creator, name="Old guard", is_open=False)

    with pytest.raises(memberships.NoTierOpen):
        memberships.join(shopper=make_shopper(creator=creator), source="chat", now=NOON)

    assert Membership.objects.count() == 0


def test_who_left_may_join_again(creator):
    Tier.objects.create(creator=creator, name="Friends")
    shopper = make_shopper(creator=creator)
    first = memberships.join(shopper=shopper, source="chat", now=NOON)

    assert memberships.end(shopper=shopper, now=NOON + timedelta(hours=1))
    assert not memberships.end(shopper=shopper, now=NOON + timedelta(hours=2))
    second = memberships.join(shopper=shopper, source="chat", now=NOON + timedelta(hours=3))

    first.refresh_from_db()
    assert first.ended_at == NOON + timedelta(hours=1)
    assert memberships.membership_of(shopper=shopper) == second != first
