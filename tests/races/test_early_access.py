"""A personal link works once, and two taps make one membership."""

from contextlib import ExitStack

import pytest
from django.utils import timezone

from drops.audience import memberships
from drops.audience.models import Membership, Tier
from drops.schedule import early
from drops.schedule.models import EarlyAccess
from tests.factories import make_creator, make_drop, make_shopper
from tests.races.crowd import at_once, rival_after, swapped

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def use_at_once(*, is_guarded=True):
    """Let a second person use a link when the first has seen that nobody did, and return what both came to."""
    drop = make_drop(members_first_minutes=60)
    _, token = early.make_link(creator=drop.creator, drop=drop, made_by="ines", now=timezone.now())
    first, second = (make_shopper(creator=drop.creator) for _ in range(2))

    def use(shopper):
        return early.use_link(token=token, shopper=shopper, now=timezone.now())

    with ExitStack() as stack:
        if not is_guarded:
            stack.enter_context(swapped(early, "_spend", lambda link, shopper, now: True))
        answers = stack.enter_context(rival_after(early, "link_of", lambda: use(second)))
        answers.extend(at_once(lambda: use(first)))
    return answers


def test_of_two_who_use_a_link_at_once_one_has_it():
    answers = use_at_once()

    assert {type(answer) for answer in answers} == {
        EarlyAccess,
        early.EarlyLinkSpent,
    }
    assert EarlyAccess.objects.count() == 1


def test_control_without_the_guarded_update_both_have_it():
    use_at_once(is_guarded=False)

    assert EarlyAccess.objects.count() == 2


def test_taps_at_once_make_one_membership():
    creator = make_creator()
    Tier.objects.create(creator=creator, name="Friends")
    shopper = make_shopper(creator=creator)

    joined = at_once(*[lambda: memberships.join(shopper=shopper, source="chat", now=timezone.now())] * 4)

    assert len({membership.pk for membership in joined}) == Membership.objects.count() == 1
