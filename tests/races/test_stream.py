"""
Two who publish the stock of one drop at once: a number is one snapshot's, and no change is lost between them.
"""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from drops.stock import stream
from drops.stock.models import DropStream
from tests.factories import make_drop_sku, make_hold
from tests.races.crowd import at_once, rival_after, swapped

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

PACE_S = stream.PACE / timedelta(seconds=1)


def held(snapshot):
    return snapshot["skus"][0]["held"]


@pytest.fixture
def drop_sku():
    """A drop that was published once, with a change since then that nobody has seen."""
    drop_sku = make_drop_sku(units=9)
    stream.snapshot_of(drop_id=drop_sku.drop_id)
    make_hold(drop_sku=drop_sku)
    time.sleep(PACE_S)
    return drop_sku


def follow_a_change_during_a_publication(drop_sku):
    """
    Let somebody publish. When they have counted and not yet committed, a hold is placed, and another process hears of it.

    Returns what that process shows in the end: it looks again for as long as it is told that it is not up to date.
    """

    def change_and_look():
        make_hold(drop_sku=drop_sku)
        return stream.look(drop_id=drop_sku.drop_id)

    with rival_after(stream, "counts_of", change_and_look) as answers:
        published = stream.look(drop_id=drop_sku.drop_id)
    [look] = answers
    while not look.is_settled:
        time.sleep(PACE_S)
        look = stream.look(drop_id=drop_sku.drop_id, asked_at=look.asked_at)
    return published.snapshot, look.snapshot


def test_a_change_that_commits_while_somebody_publishes_is_published_next(drop_sku):
    published, shown = follow_a_change_during_a_publication(drop_sku)

    assert (held(published), held(shown)) == (1, 2)
    assert (shown["epoch"], shown["seq"]) == (published["epoch"], published["seq"] + 1)
    assert DropStream.objects.get().snapshot["skus"] == shown["skus"]


def test_trusting_that_the_other_publisher_saw_it_loses_the_change(drop_sku):
    look = stream.look

    def trusting(**question):
        return replace(look(**question), is_settled=True)

    with swapped(stream, "look", trusting):
        _, shown = follow_a_change_during_a_publication(drop_sku)

    assert held(shown) == 0
    assert held(DropStream.objects.get().snapshot) == 1


def test_without_turns_one_number_is_given_to_two_snapshots(drop_sku):
    with swapped(stream, "_try_turn", lambda drop_id: True):
        published, shown = follow_a_change_during_a_publication(drop_sku)

    assert (shown["epoch"], shown["seq"]) == (published["epoch"], published["seq"])
    assert held(shown) != held(published)


def ask_during_a_publication(drop_sku):
    """Let somebody publish; when they have counted, a hold is placed, and a page asks for the stock."""

    def change_and_ask():
        make_hold(drop_sku=drop_sku)
        return stream.snapshot_of(drop_id=drop_sku.drop_id)

    with rival_after(stream, "counts_of", change_and_ask) as answers:
        published = stream.look(drop_id=drop_sku.drop_id)
    return published.snapshot, answers[0]


def test_who_asks_once_waits_for_the_publisher_and_gets_what_is_true(drop_sku):
    published, answer = ask_during_a_publication(drop_sku)

    assert (held(published), held(answer)) == (1, 2)
    assert answer["seq"] == published["seq"] + 1


def test_without_waiting_they_get_a_number_that_is_somebody_elses(drop_sku):
    with swapped(stream, "_wait_for_turn", lambda drop_id: None):
        published, answer = ask_during_a_publication(drop_sku)

    assert answer["seq"] == published["seq"]
    assert held(answer) != held(published)


def test_many_who_ask_at_once_get_one_number(drop_sku):
    before = DropStream.objects.get().seq

    answers = at_once(*[lambda: stream.snapshot_of(drop_id=drop_sku.drop_id) for _ in range(8)])

    assert {answer["seq"] for answer in answers} == {before + 1}
    assert DropStream.objects.get().seq == before + 1


def test_a_first_publication_by_many_at_once_is_one():
    drop_sku = make_drop_sku(units=2)

    looks = at_once(*[lambda: stream.look(drop_id=drop_sku.drop_id) for _ in range(6)])

    assert [look.is_new for look in looks].count(True) == 1
    assert {(look.snapshot["epoch"], look.snapshot["seq"]) for look in looks} == {(DropStream.objects.get().epoch, 1)}
