from datetime import timedelta

import pytest

from drops.risk import step_ups
from drops.risk.models import StepUp
from tests.factories import NOON, make_creator, make_shopper

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
WRONG = "000000x"


def begin(shopper, *, email="lena@example.org", now=NOON):
    return step_ups.begin(shopper=shopper, email=email, now=now)


def test_a_code_that_comes_back_opens_doors_for_a_day():
    shopper = make_shopper()
    code = begin(shopper)
    assert (len(code), code.isdigit()) == (6, True)
    assert not step_ups.is_passed(shopper=shopper, now=NOON)

    step_ups.give_back(shopper=shopper, code=f" {code[:3]} {code[3:]} ", now=NOON + MINUTE)

    day = timedelta(days=1)
    assert step_ups.is_passed(shopper=shopper, now=NOON + MINUTE + day - MINUTE)
    assert not step_ups.is_passed(shopper=shopper, now=NOON + MINUTE + day)
    assert not step_ups.is_passed(shopper=make_shopper(creator=shopper.creator), now=NOON + MINUTE)


def test_the_code_and_the_mailbox_are_kept_as_hashes():
    code = begin(make_shopper())

    kept = str(StepUp.objects.values().get())
    assert code not in kept
    assert "lena" not in kept


def test_a_code_ends_after_ten_minutes():
    shopper = make_shopper()
    code = begin(shopper)

    with pytest.raises(step_ups.CodeExpired):
        step_ups.give_back(shopper=shopper, code=code, now=NOON + 10 * MINUTE)

    assert not step_ups.is_passed(shopper=shopper, now=NOON + 10 * MINUTE)


def test_five_wrong_tries_end_a_code_and_the_right_one_comes_too_late():
    shopper = make_shopper()
    code = begin(shopper)
    left = []
    for _ in range(4):
        with pytest.raises(step_ups.CodeWrong) as refusal:
            step_ups.give_back(shopper=shopper, code=WRONG, now=NOON)
        left.append(refusal.value.facts["tries_left"])
    with pytest.raises(step_ups.CodeExpired):
        step_ups.give_back(shopper=shopper, code=WRONG, now=NOON)

    with pytest.raises(step_ups.CodeExpired):
        step_ups.give_back(shopper=shopper, code=code, now=NOON)

    assert left == [4, 3, 2, 1]
    assert (StepUp.objects.get().tries, step_ups.is_passed(shopper=shopper, now=NOON)) == (5, False)


def test_a_code_is_good_once_and_a_new_one_ends_the_old():
    shopper = make_shopper()
    old, new = begin(shopper), begin(shopper, now=NOON + MINUTE)

    if old != new:
        with pytest.raises(step_ups.CodeWrong):
            step_ups.give_back(shopper=shopper, code=old, now=NOON + MINUTE)
    step_ups.give_back(shopper=shopper, code=new, now=NOON + MINUTE)
    with pytest.raises(step_ups.CodeExpired):
        step_ups.give_back(shopper=shopper, code=new, now=NOON + MINUTE)


def test_somebody_elses_code_opens_nothing():
    mine, theirs = make_shopper(), make_shopper()
    code = begin(theirs)

    with pytest.raises(step_ups.CodeExpired):
        step_ups.give_back(shopper=mine, code=code, now=NOON)

    assert StepUp.objects.get().tries == 0


def test_three_codes_in_ten_minutes_are_enough_for_one_shopper():
    shopper = make_shopper()
    for number in range(3):
        begin(shopper, email=f"lena{number}@example.org", now=NOON + number * MINUTE)

    with pytest.raises(step_ups.TooManyCodes):
        begin(shopper, now=NOON + 9 * MINUTE)
    assert StepUp.objects.count() == 3
    begin(shopper, now=NOON + 10 * MINUTE)


def test_five_codes_an_hour_are_enough_for_one_mailbox_however_it_is_spelt():
    creator = make_creator()
    for number in range(5):
        begin(make_shopper(creator=creator), email=f"l.e.na+{number}@gmail.com")

    with pytest.raises(step_ups.TooManyCodes):
        begin(make_shopper(creator=creator), email="lena@gmail.com", now=NOON + 59 * MINUTE)
    assert StepUp.objects.count() == 5
    begin(make_shopper(creator=creator), email="lena@gmail.com", now=NOON + 60 * MINUTE)


@pytest.mark.parametrize("email", ["", "lena", "lena@mailinator.com"])
def test_no_code_goes_to_what_is_no_mailbox_or_a_throw_away_one(email):
    with pytest.raises(step_ups.AddressUnusable):
        begin(make_shopper(), email=email)

    assert StepUp.objects.count() == 0


def test_a_link_names_its_shopper_and_a_forged_one_nobody():
    shopper = make_shopper()

    assert step_ups.shopper_of_link(step_ups.link_token(shopper)) == shopper
    for token in ("", "x", step_ups.link_token(shopper)[:-1] + "_"):
        with pytest.raises(step_ups.LinkInvalid):
            step_ups.shopper_of_link(token)


def test_old_codes_are_forgotten():
    begin(make_shopper())

    assert step_ups.forget_old_codes(now=NOON + timedelta(days=30)) == 0
    assert step_ups.forget_old_codes(now=NOON + timedelta(days=30, seconds=1)) == 1
