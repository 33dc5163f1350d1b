"""How long an address is kept, and what is counted."""

from datetime import timedelta

import pytest

from drops.clock import database_now
from drops.reminders import asking, stopping
from drops.reminders.counting import ChannelCount, NudgeCount, counts_by_channel, counts_by_kind
from drops.reminders.forgetting import KEPT_FOR, UNANSWERED_FOR, forget_old_contacts
from drops.reminders.models import Nudge, NudgeKind, NudgeState, Reminder
from tests.drops.reminders.makers import ENDPOINT, asker, by_mail, by_push, in_thread, make_drop_to_come, noon_in
from tests.factories import make_shopper

pytestmark = pytest.mark.django_db

FORGOTTEN = {"address": "", "push_keys": {}, "network_hash": ""}


@pytest.fixture
def drop():
    return make_drop_to_come()


def test_addresses_are_deleted_thirty_days_after_the_drop_and_no_sooner(drop):
    mail, push = by_mail(drop, address="93.184.216.34"), by_push(drop)
    over = drop.closes_at + KEPT_FOR

    assert forget_old_contacts(now=over) == 0
    assert forget_old_contacts(now=over + timedelta(seconds=1)) == 2
    assert forget_old_contacts(now=over + timedelta(days=1)) == 0

    for reminder in (mail, push):
        reminder.refresh_from_db()
        assert {name: getattr(reminder, name) for name in FORGOTTEN} == FORGOTTEN
        assert reminder.contact_hash == f"forgotten:{reminder.ref}"
        assert reminder.consent == "Tell me when it opens."
        assert not reminder.is_live


def test_a_drop_that_was_closed_early_is_over_then(drop):
    by_mail(drop)
    drop.closed_at = drop.closes_at - timedelta(days=10)
    drop.save()

    assert forget_old_contacts(now=drop.closed_at + KEPT_FOR + timedelta(seconds=1)) == 1


def test_who_never_said_yes_is_deleted_after_a_week():
    now = database_now()
    drop = make_drop_to_come(opens_at=noon_in(30))
    asking.ask_by_mail(drop=drop, asker=asker(drop), email="lena@example.org", now=now)
    kept = by_mail(drop, "mira@example.org", now=now)

    assert forget_old_contacts(now=now + UNANSWERED_FOR) == 0
    assert forget_old_contacts(now=now + UNANSWERED_FOR + timedelta(seconds=1)) == 1
    assert list(Reminder.objects.all()) == [kept]


def test_a_board_counts_and_names_nobody(drop):
    now = database_now()
    by_mail(drop)
    by_mail(make_drop_to_come(capsule=drop.capsule))
    asking.ask_by_mail(drop=drop, asker=asker(drop), email="mira@example.org", now=now)
    stopping.stop(reminder=by_push(drop), now=now)
    by_push(drop, f"{ENDPOINT}-other")
    in_thread(drop)
    ways = [(NudgeState.SENT, "mail"), (NudgeState.SENT, "push"), (NudgeState.UNSENT, ""), (NudgeState.CLAIMED, "")]
    for state, channel in ways:
        Nudge.objects.create(
            drop=drop,
            shopper=make_shopper(creator=drop.creator),
            kind=NudgeKind.BEFORE,
            state=state,
            channel=channel,
            due_at=now,
            ends_at=now,
        )

    assert counts_by_channel(drop=drop) == [
        ChannelCount("In the chat", asked=1, unanswered=0, stopped=0, live=1),
        ChannelCount("Push", asked=2, unanswered=0, stopped=1, live=1),
        ChannelCount("E-mail", asked=2, unanswered=1, stopped=0, live=1),
    ]
    assert counts_by_kind(drop=drop) == [
        NudgeCount("Before it opens", sent=2, waiting=1, unsent=1),
        NudgeCount("When it opens", sent=0, waiting=0, unsent=0),
    ]
