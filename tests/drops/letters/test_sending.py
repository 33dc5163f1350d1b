"""Who gets a letter, when, and how often: once."""

from datetime import UTC, datetime, timedelta

import pytest

from drops.letters import stopping
from drops.letters.models import CopyState, Letter, LetterCopy, LetterState
from drops.letters.sending import (
    CLAIM_LASTS,
    NEWS_FOR,
    NobodyToWriteTo,
    TooManyLetters,
    claim_copies,
    finish_letters,
    may_leave,
    send_letter,
    settle,
)
from drops.letters.writing import LetterWasSent
from tests.drops.letters.makers import ask, make_letter, make_subscriber
from tests.factories import make_creator

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 12, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def letter():
    return make_letter()


def states():
    return list(LetterCopy.objects.order_by("pk").values_list("state", flat=True))


def test_a_letter_goes_to_those_who_said_yes_and_have_not_stopped(letter):
    reader = make_subscriber(letter.creator, now=NOON)
    ask(letter.creator, "asked@example.org", now=NOON)
    gone = make_subscriber(letter.creator, "gone@example.org", now=NOON)
    stopping.stop(subscriber=gone, now=NOON)
    make_subscriber(make_creator(), "other@example.org", now=NOON)

    assert send_letter(letter=letter, actor="office:ana", now=NOON) == 1

    assert [copy.subscriber for copy in LetterCopy.objects.all()] == [reader]
    assert (letter.state, letter.sent_from_at, letter.sent_by) == (LetterState.SENDING, NOON, "office:ana")


def test_a_letter_is_sent_once(letter):
    make_subscriber(letter.creator, now=NOON)
    send_letter(letter=letter, actor="office:ana", now=NOON)
    make_subscriber(letter.creator, "late@example.org", now=NOON)

    with pytest.raises(LetterWasSent):
        send_letter(letter=letter, actor="office:ben", now=NOON)

    letter.refresh_from_db()
    assert (states(), letter.sent_by) == ([CopyState.DUE], "office:ana")


def test_a_letter_that_nobody_asked_for_stays_a_draft(letter):
    with pytest.raises(NobodyToWriteTo):
        send_letter(letter=letter, actor="office:ana", now=NOON)

    letter.refresh_from_db()
    assert letter.state == LetterState.DRAFT


def test_subscribers_get_four_letters_in_thirty_days_as_they_were_promised(letter):
    make_subscriber(letter.creator, now=NOON)
    for day in range(4):
        send_letter(letter=make_letter(letter.creator), actor="office:ana", now=NOON + timedelta(days=day))

    with pytest.raises(TooManyLetters, match="03 January"):
        send_letter(letter=letter, actor="office:ana", now=NOON + timedelta(days=29))

    letter.refresh_from_db()
    assert (letter.state, LetterCopy.objects.count()) == (LetterState.DRAFT, 4)
    send_letter(letter=letter, actor="office:ana", now=NOON + timedelta(days=30))
    assert LetterCopy.objects.count() == 5


def test_it_waits_for_the_morning_of_its_reader(letter):
    make_subscriber(letter.creator, "noon@example.org", time_zone="Europe/London", now=NOON)
    make_subscriber(letter.creator, "night@example.org", time_zone="Asia/Tokyo", now=NOON)  # 21:00
    send_letter(letter=letter, actor="office:ana", now=NOON)

    assert [copy.subscriber.address for copy in claim_copies(most=9, now=NOON)] == ["noon@example.org"]
    morning = datetime(2026, 12, 5, 0, 0, tzinfo=UTC)  # 9:00 in Tokyo
    assert claim_copies(most=9, now=morning - timedelta(seconds=1)) == []
    assert [copy.subscriber.address for copy in claim_copies(most=9, now=morning)] == ["night@example.org"]


def test_a_copy_that_was_held_up_into_the_night_waits_for_the_next_morning(letter):
    make_subscriber(letter.creator, time_zone="Europe/London", now=NOON)
    send_letter(letter=letter, actor="office:ana", now=NOON)
    evening = NOON.replace(hour=20)
    (copy,) = claim_copies(most=9, now=evening)

    assert may_leave(copy=copy, now=evening) is None

    copy.refresh_from_db()
    assert (copy.state, copy.due_at) == (CopyState.DUE, datetime(2026, 12, 5, 9, 0, tzinfo=UTC))


def test_who_stops_while_it_is_on_its_way_gets_none(letter):
    reader = make_subscriber(letter.creator, time_zone="Europe/London", now=NOON)
    send_letter(letter=letter, actor="office:ana", now=NOON)
    (copy,) = claim_copies(most=9, now=NOON)
    stopping.stop(subscriber=reader, now=NOON)

    assert may_leave(copy=copy, now=NOON) is None

    assert states() == [CopyState.UNSENT]


def test_a_copy_whose_sender_died_is_not_sent_again_and_the_others_go_on(letter):
    for name in ("a", "b"):
        make_subscriber(letter.creator, f"{name}@example.org", time_zone="Europe/London", now=NOON)
    send_letter(letter=letter, actor="office:ana", now=NOON)
    claim_copies(most=1, now=NOON)

    (second,) = claim_copies(most=9, now=NOON + CLAIM_LASTS)
    settle(copy=second, is_sent=True, now=NOON)

    assert states() == [CopyState.UNSENT, CopyState.SENT]
    assert finish_letters() == 1
    assert Letter.objects.get().state == LetterState.SENT


def test_a_letter_is_not_finished_while_a_copy_waits(letter):
    make_subscriber(letter.creator, time_zone="Asia/Tokyo", now=NOON)
    send_letter(letter=letter, actor="office:ana", now=NOON)

    assert finish_letters() == 0


def test_what_could_not_be_sent_for_three_days_is_old_news(letter):
    make_subscriber(letter.creator, time_zone="Europe/London", now=NOON)
    send_letter(letter=letter, actor="office:ana", now=NOON)

    assert claim_copies(most=9, now=NOON + NEWS_FOR) == []

    assert states() == [CopyState.UNSENT]
    assert finish_letters() == 1
