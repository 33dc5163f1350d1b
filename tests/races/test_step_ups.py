"""Guessing and asking for codes by many hands at once; each guard with its negative control."""

import time

import pytest

from drops.clock import database_now
from drops.risk import step_ups
from drops.risk.models import StepUp
from tests.factories import make_shopper
from tests.races.crowd import at_once, swapped

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def guesses_compared(hands=8):
    """Guess with many hands at once, and return how many guesses were compared with the code."""
    shopper = make_shopper()
    step_ups.begin(shopper=shopper, email="lena@example.org", now=database_now())
    compared = []

    def never(step_up, _shopper, typed):
        compared.append(typed)
        return False

    def guess():
        step_ups.give_back(shopper=shopper, code="guess", now=database_now())

    with swapped(step_ups, "_is_the_code", never):
        at_once(*[guess] * hands)
    return len(compared)


def take_a_try_by_hand(step_up):
    time.sleep(0.2)
    StepUp.objects.filter(pk=step_up.pk).update(tries=step_up.tries + 1)
    return True


def test_a_crowd_of_guessers_shares_five_tries():
    assert guesses_compared() == step_ups.TRIES


def test_without_the_guarded_update_every_guesser_gets_a_try():
    with swapped(step_ups, "_take_a_try", take_a_try_by_hand):
        assert guesses_compared() == 8


def codes_sent():
    """Ask for codes with many hands at once, with a pause where the count could be got around."""
    shopper, count = make_shopper(), step_ups._refuse_too_many

    def count_and_dawdle(*facts):
        count(*facts)
        time.sleep(0.1)

    with swapped(step_ups, "_refuse_too_many", count_and_dawdle):
        at_once(
            *[
                lambda: step_ups.begin(shopper=shopper, email="lena@example.org", now=database_now())
                for _ in range(step_ups.SENDS_PER_SHOPPER + 1)
            ]
        )
    return StepUp.objects.filter(shopper=shopper).count()


def test_a_crowd_that_asks_for_codes_gets_three():
    assert codes_sent() == step_ups.SENDS_PER_SHOPPER


def test_without_the_lock_a_crowd_gets_around_the_count():
    with swapped(step_ups, "_lock", lambda _shopper: None):
        assert codes_sent() == step_ups.SENDS_PER_SHOPPER + 1
