"""
The check of histories, against histories by hand: every kind of lie is found, and nothing is called a lie that need not be.
"""

from dataclasses import replace

import pytest

from tests.races.history import UNKNOWN, Claim, Counts, History, Step, check

LATE = 1000.0


def hold(who, began, ended, *claims, until=LATE, answer="ok", quantity=1):
    return Step(
        what="hold",
        hold=who,
        began=began,
        ended=ended,
        claims=made(claims),
        until=until,
        answer=answer,
        quantity=quantity,
    )


def refused(code, began, ended, quantity=1):
    return hold("", began, ended, answer=code, quantity=quantity)


def move(who, began, ended, until):
    return Step(what="move", hold=who, began=began, ended=ended, until=until)


def release(who, began, ended):
    return Step(what="release", hold=who, began=began, ended=ended)


def sell(who, began, ended, *claims):
    return Step(what="sell", hold=who, began=began, ended=ended, claims=made(claims))


def read(began, ended, total, free, held, sold):
    return Step(what="read", began=began, ended=ended, counts=Counts(total, free, held, sold))


def made(claims):
    return tuple(Claim(*claim) for claim in claims)


def codes(*steps, units=1):
    return {problem.code for problem in check(History(frozenset(range(1, units + 1)), list(steps)))}


TRUE = {
    "nothing happened": [],
    "held, let go, held by another": [
        hold("ann", 0, 1, (1, 1)),
        release("ann", 2, 3),
        hold("ben", 4, 5, (1, 2)),
    ],
    "let go while another was asking": [
        hold("ann", 0, 1, (1, 1)),
        release("ann", 2, 6),
        hold("ben", 3, 5, (1, 2)),
    ],
    "lapsed, and taken over": [hold("ann", 0, 1, (1, 1), until=10), hold("ben", 9, 11, (1, 2))],
    "extended, lapsed later": [
        hold("ann", 0, 1, (1, 1), until=10),
        move("ann", 8, 9, until=20),
        hold("ben", 19, 21, (1, 2)),
    ],
    "extended in the last moment, which was seen a little later": [
        hold("ann", 0, 1, (1, 1), until=10),
        move("ann", 9, 12, until=20),
        read(10.5, 11, 1, 1, 0, 0),
        read(10.5, 13, 1, 0, 1, 0),
        read(13, 14, 1, 0, 1, 0),
    ],
    "the grace was taken back": [
        hold("ann", 0, 1, (1, 1), until=100),
        move("ann", 8, 9, until=5),
        hold("ben", 9, 10, (1, 2)),
    ],
    "paid late, nobody had it": [hold("ann", 0, 1, (1, 1), until=10), sell("ann", 20, 21, (1, 1))],
    "paid late, the same unit was taken again after a takeover": [
        hold("ann", 0, 1, (1, 1), until=10),
        hold("ben", 11, 12, (1, 2), until=20),
        sell("ann", 30, 31, (1, 3)),
    ],
    "refused while the only one was held": [hold("ann", 0, 1, (1, 1)), refused("held_by_others", 2, 3)],
    "refused while somebody may have taken it": [refused("held_by_others", 0, 5), hold("ann", 4, 9, (1, 1))],
    "refused while somebody may not yet have let go": [
        hold("ann", 0, 1, (1, 1)),
        release("ann", 2, 4),
        refused("held_by_others", 3, 6),
    ],
    "sold out once it was being sold": [
        hold("ann", 0, 1, (1, 1)),
        sell("ann", 2, 5, (1, 1)),
        refused("sold_out", 3, 4),
    ],
    "too few for two": [refused("only_some_left", 0, 1, quantity=2)],
    "nobody knows whether they got it": [
        hold("", 0, 1, answer=UNKNOWN),
        refused("held_by_others", 2, 3),
        read(4, 5, 1, 0, 1, 0),
    ],
    "nobody knows whether it was sold": [
        hold("ann", 0, 1, (1, 1)),
        replace(sell("ann", 2, 3), answer=UNKNOWN),
        refused("sold_out", 4, 5),
        read(6, 7, 1, 0, 1, 0),
    ],
    "busy is never a lie": [refused("busy", 0, 1)],
    "counted before and after": [
        read(0, 1, 1, 1, 0, 0),
        hold("ann", 2, 4, (1, 1), until=20),
        read(3, 5, 1, 1, 0, 0),
        read(3, 5, 1, 0, 1, 0),
        read(6, 7, 1, 0, 1, 0),
        read(19, 21, 1, 1, 0, 0),
        sell("ann", 22, 24, (1, 1)),
        read(23, 25, 1, 0, 0, 1),
    ],
}

LIES = {
    "two held it at once": (
        [hold("ann", 0, 1, (1, 1)), hold("ben", 2, 3, (1, 2))],
        {"two_owners"},
    ),
    "it was taken before the end that was promised": (
        [hold("ann", 0, 1, (1, 1), until=10), hold("ben", 8, 9, (1, 2))],
        {"two_owners"},
    ),
    "an extension was promised and not kept": (
        [hold("ann", 0, 1, (1, 1), until=10), move("ann", 8, 9, until=20), hold("ben", 11, 12, (1, 2))],
        {"two_owners"},
    ),
    "it was sold from under the one who had it": (
        [hold("ann", 0, 1, (1, 1), until=10), hold("ben", 11, 12, (1, 2)), sell("ann", 13, 14, (1, 2))],
        {"two_owners", "same_fence"},
    ),
    "it was sold under a fence that had passed": (
        [hold("ann", 0, 1, (1, 1), until=10), hold("ben", 11, 12, (1, 2)), sell("ann", 13, 14, (1, 1))],
        {"two_owners"},
    ),
    "it was held after it was sold": (
        [hold("ann", 0, 1, (1, 1)), sell("ann", 2, 3, (1, 1)), hold("ben", 2000, 2001, (1, 2))],
        {"two_owners"},
    ),
    "two claims had one fence": (
        [hold("ann", 0, 1, (1, 1), until=2), hold("ben", 3, 4, (1, 1))],
        {"same_fence"},
    ),
    "a fence went back": (
        [hold("ann", 0, 1, (1, 2), until=2), hold("ben", 3, 4, (1, 1), until=5)],
        {"fence_went_back"},
    ),
    "sold out, and one was free": ([refused("sold_out", 0, 1)], {"false_refusal", "false_sold_out"}),
    "sold out, and it was only held and then let go": (
        [hold("ann", 0, 1, (1, 1)), release("ann", 3, 4), refused("sold_out", 2, 5)],
        {"false_sold_out"},
    ),
    "held by others, and it had been let go": (
        [hold("ann", 0, 1, (1, 1)), release("ann", 2, 3), refused("held_by_others", 4, 5), hold("ben", 6, 7, (1, 2))],
        {"false_refusal"},
    ),
    "held by others, and it had lapsed": (
        [hold("ann", 0, 1, (1, 1), until=10), refused("held_by_others", 11, 12)],
        {"false_refusal"},
    ),
    "only some left, and enough were free": (
        [refused("only_some_left", 0, 1)],
        {"false_refusal"},
    ),
    "the counts do not add up": ([read(0, 1, 1, 1, 1, 0)], {"not_conserved", "never_true"}),
    "a held unit was shown as free": ([hold("ann", 0, 1, (1, 1)), read(2, 3, 1, 1, 0, 0)], {"never_true"}),
    "an extended unit was shown as free": (
        [hold("ann", 0, 1, (1, 1), until=10), move("ann", 8, 9, until=20), read(11, 12, 1, 1, 0, 0)],
        {"never_true"},
    ),
    "a lapsed unit was shown as held": (
        [hold("ann", 0, 1, (1, 1), until=10), read(11, 12, 1, 0, 1, 0)],
        {"never_true"},
    ),
    "a sold unit was shown as held": (
        [hold("ann", 0, 1, (1, 1)), sell("ann", 2, 3, (1, 1)), read(4, 5, 1, 0, 1, 0)],
        {"never_true"},
    ),
    "a unit was shown that is not there": ([read(0, 1, 2, 2, 0, 0)], {"never_true"}),
}


@pytest.mark.parametrize("steps", TRUE.values(), ids=TRUE)
def test_what_can_be_true_is_not_called_a_lie(steps):
    assert codes(*steps) == set()


@pytest.mark.parametrize(("steps", "expected"), LIES.values(), ids=LIES)
def test_every_kind_of_lie_is_found(steps, expected):
    assert codes(*steps) == expected


def test_counts_have_to_be_true_of_all_units_at_one_and_the_same_instant():
    first, second = [hold("ann", 0, 1, (1, 1)), release("ann", 10, 11)], hold("ben", 20, 21, (2, 1))

    assert codes(*first, second, read(5, 30, 2, 2, 0, 0), units=2) == set()
    assert codes(*first, second, read(5, 30, 2, 1, 1, 0), units=2) == set()
    assert codes(*first, second, read(5, 30, 2, 0, 2, 0), units=2) == {"never_true"}


def test_a_statement_that_dawdles_goes_by_the_time_when_it_arrived_and_sees_what_was_done_since():
    first, second = hold("ann", 0, 1, (1, 1), until=10), hold("ben", 20, 21, (2, 1))

    assert codes(first, second, read(5, 30, 2, 0, 2, 0), units=2) == set()
    assert codes(first, second, read(11, 30, 2, 0, 2, 0), units=2) == {"never_true"}


def test_the_order_in_which_steps_were_written_down_does_not_matter():
    steps = LIES["two held it at once"][0]

    assert codes(*reversed(steps)) == {"two_owners"}
