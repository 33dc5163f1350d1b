"""Sending that is started twice: each subscriber gets a letter once; each test with its control."""

import time
from collections import Counter
from datetime import timedelta

import pytest
from django.core import mail

from creatorshop.nudges.letters import send_letters
from drops.clock import database_now
from drops.errors import ShopError
from drops.letters import sending
from drops.letters.models import CopyState, Letter, LetterCopy, LetterState
from tests.drops.letters.makers import make_letter, make_subscriber, zone_where_it_is
from tests.races.crowd import at_once, swapped

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

PEOPLE = 12


def a_letter_with_readers():
    letter, noon = make_letter(), zone_where_it_is(12, database_now())
    for number in range(PEOPLE):
        make_subscriber(letter.creator, f"reader-{number}@example.org", time_zone=noon)
    return letter


def mails_of_two_workers():
    """Let two workers send what is due at the same time; return how many mailboxes got one, two, …"""
    sending.send_letter(letter=a_letter_with_readers(), actor="office:ana", now=database_now())
    at_once(*[lambda: send_letters(within=timedelta(seconds=5))] * 2)
    return Counter(Counter(sent.to[0] for sent in mail.outbox).values())


def dawdling(free):
    def look_and_dawdle(now):
        found = list(free(now)[: sending.ROWS_AT_ONCE])
        time.sleep(0.3)
        return found

    return look_and_dawdle


def free_by_mere_looking(now):
    due = LetterCopy.objects.filter(state=CopyState.DUE, due_at__lte=now)
    return due.order_by("due_at", "pk").values_list("pk", flat=True)


def test_two_workers_send_each_copy_once():
    with swapped(sending, "_free", dawdling(sending._free)):
        assert mails_of_two_workers() == {1: PEOPLE}
    assert LetterCopy.objects.filter(state=CopyState.SENT).count() == PEOPLE


def test_without_the_claim_two_workers_send_each_copy_twice():
    with swapped(sending, "_free", dawdling(free_by_mere_looking)):
        assert mails_of_two_workers() == {2: PEOPLE}


def letters_sent_by_four_hands(drafts):
    """Press *Send* on several of one creator's drafts at once, with a pause where the count could be got around."""
    refuse = sending._refuse_too_many

    def look_and_dawdle(letter, now):
        refuse(letter, now)
        time.sleep(0.2)

    def press(letter):
        def go():
            try:
                sending.send_letter(letter=letter, actor="office:ana", now=database_now())
            except ShopError:
                pass

        return go

    with swapped(sending, "_refuse_too_many", look_and_dawdle):
        at_once(*[press(letter) for letter in drafts])
    return Letter.objects.exclude(state=LetterState.DRAFT).count()


def drafts_when_one_is_left():
    first = a_letter_with_readers()
    for _ in range(sending.MOST_LETTERS - 1):
        sending.send_letter(letter=make_letter(first.creator), actor="office:ana", now=database_now())
    return [first, make_letter(first.creator), make_letter(first.creator)]


def test_drafts_that_are_sent_at_once_are_counted_one_after_another():
    assert letters_sent_by_four_hands(drafts_when_one_is_left()) == sending.MOST_LETTERS


def test_without_the_lock_more_letters_go_out_than_were_promised():
    with swapped(sending, "_letters_of", lambda creator_id: Letter.objects.filter(creator_id=creator_id)):
        assert letters_sent_by_four_hands(drafts_when_one_is_left()) == sending.MOST_LETTERS + 2


def test_one_draft_that_is_sent_by_four_hands_is_sent_once():
    letter = a_letter_with_readers()

    assert letters_sent_by_four_hands([letter] * 4) == 1

    assert LetterCopy.objects.count() == PEOPLE
