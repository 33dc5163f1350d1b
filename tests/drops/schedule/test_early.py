from datetime import timedelta

import pytest

from drops.audience import memberships
from drops.audience.models import Tier
from drops.schedule import early
from drops.schedule.models import DropState, EarlyAccess, EarlyLink
from drops.schedule.readiness import readiness_of
from tests.factories import NOON, make_capsule, make_creator, make_drop, make_ready_drop, make_shopper

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def creator():
    return make_creator()


def drop_at(creator, opens_at, **given):
    defaults = {"opens_at": opens_at, "closes_at": opens_at + 8 * HOUR, "members_first_minutes": 60}
    return make_drop(capsule=make_capsule(creator=creator), **defaults | given)


def test_members_are_entitled_in_every_drop_of_their_creator(creator):
    Tier.objects.create(creator=creator, name="Friends")
    member, stranger = make_shopper(creator=creator), make_shopper(creator=creator)
    memberships.join(shopper=member, source="chat", now=NOON)
    drop = drop_at(creator, NOON)

    assert early.is_entitled(shopper=member, drop=drop)
    assert not early.is_entitled(shopper=stranger, drop=drop)
    memberships.end(shopper=member, now=NOON + HOUR)
    assert not early.is_entitled(shopper=member, drop=drop)


def test_access_to_the_next_drop_is_for_the_first_with_a_time_for_members_and_for_no_later_one(creator):
    shopper = make_shopper(creator=creator)
    running = drop_at(creator, NOON - HOUR)
    plain = drop_at(creator, NOON + HOUR, members_first_minutes=0)
    a_draft = drop_at(creator, NOON + 2 * HOUR, state=DropState.DRAFT)
    following = drop_at(creator, NOON + 3 * HOUR)
    later = drop_at(creator, NOON + 9 * HOUR)

    first = early.grant_next(shopper=shopper, source="chat", now=NOON)

    assert early.grant_next(shopper=shopper, source="order", now=NOON + HOUR) == first
    entitled = [early.is_entitled(shopper=shopper, drop=drop) for drop in (running, plain, a_draft, following, later)]
    assert entitled == [False, True, True, True, False]
    assert early.has_next(shopper=shopper, now=NOON + 2 * HOUR)
    assert not early.has_next(shopper=shopper, now=NOON + 4 * HOUR)


def test_access_to_the_next_drop_can_be_given_back_and_given_anew_once_it_is_spent(creator):
    shopper = make_shopper(creator=creator)
    drop = drop_at(creator, NOON + HOUR)
    early.grant_next(shopper=shopper, source="chat", now=NOON)

    assert early.withdraw_next(shopper=shopper, now=NOON)
    assert not early.withdraw_next(shopper=shopper, now=NOON)
    assert not early.is_entitled(shopper=shopper, drop=drop)
    early.grant_next(shopper=shopper, source="chat", now=NOON)
    spent = early.grant_next(shopper=shopper, source="chat", now=NOON + 5 * HOUR)
    assert spent.granted_at == NOON + 5 * HOUR
    assert EarlyAccess.objects.count() == 3


def test_a_personal_link_works_once(creator):
    drop = drop_at(creator, NOON)
    link, token = early.make_link(creator=creator, drop=drop, made_by="ines", now=NOON, note="For Lena")
    friend, other = make_shopper(creator=creator), make_shopper(creator=creator)

    early.use_link(token=token, shopper=friend, now=NOON + HOUR)

    assert early.is_entitled(shopper=friend, drop=drop)
    with pytest.raises(early.EarlyLinkSpent):
        early.use_link(token=token, shopper=other, now=NOON + HOUR)
    assert not early.is_entitled(shopper=other, drop=drop)
    link.refresh_from_db()
    assert (link.used_by, link.used_at) == (friend, NOON + HOUR)
    assert token not in link.token_hash


@pytest.mark.parametrize("why", ["revoked", "expired", "of another creator", "made up"])
def test_a_link_that_is_no_good_gives_nothing(creator, why):
    link, token = early.make_link(creator=creator, drop=None, made_by="ines", now=NOON)
    shopper = make_shopper(creator=make_creator() if why == "of another creator" else creator)
    if why == "revoked":
        assert early.revoke_link(link=link, now=NOON)

    with pytest.raises((early.EarlyLinkSpent, early.EarlyLinkNotFound)):
        early.use_link(
            token="x" if why == "made up" else token,
            shopper=shopper,
            now=NOON + early.LINK_LASTS if why == "expired" else NOON,
        )

    assert EarlyAccess.objects.count() == 0
    assert EarlyLink.objects.filter(used_at__isnull=False).count() == 0


def test_a_drop_that_leaves_no_time_for_everybody_is_not_ready():
    drop = make_ready_drop(opens_at=NOON, closes_at=NOON + HOUR, members_first_minutes=60)
    [line] = [check for check in readiness_of(drop=drop) if check.code == "members_first"]
    assert (line.ok, line.text) == (False, "The time for members first is as long as the drop.")

    drop.members_first_minutes = 30
    [line] = [check for check in readiness_of(drop=drop) if check.code == "members_first"]
    assert (line.ok, line.text) == (True, "Members first; for everybody from 27 Nov at 12:30 (Europe/Lisbon).")
