from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drops.risk.score import (
    BY_CREATOR,
    BY_SIGNALS,
    Assessment,
    Reason,
    Thresholds,
    after_step_up,
    assess,
    overruled,
    sentences_of,
    verdict_of,
)
from drops.risk.signals import BY_CODE, SIGNALS, Facts
from drops.risk.verdicts import Verdict

NUMBERS = st.none() | st.integers(0, 300)
FACTS = st.builds(Facts, **{field.name: NUMBERS for field in fields(Facts)})
HARDNESS = list(Verdict)


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.code)
def test_a_signal_speaks_at_its_edge_and_not_below(signal):
    below = assess(facts=Facts(**{signal.fact: signal.edge - 1}))
    at = assess(facts=Facts(**{signal.fact: signal.edge}))

    assert (below.score, below.reasons) == (0, ())
    assert (at.score, at.reasons) == (signal.weight, (Reason(signal.code, signal.weight, signal.edge),))


def test_nothing_known_says_nothing():
    assert assess(facts=Facts()) == Assessment(0, (), Verdict.ALLOW, BY_SIGNALS)


def test_every_fact_is_looked_at_by_one_signal_and_every_code_is_its_own():
    assert sorted(signal.fact for signal in SIGNALS) == sorted(field.name for field in fields(Facts))
    assert len(BY_CODE) == len(SIGNALS)


def test_no_signal_blocks_alone_and_none_but_cards_slows_down_alone():
    alone = {signal.code: verdict_of(score=signal.weight, thresholds=Thresholds()) for signal in SIGNALS}

    assert {code for code, verdict in alone.items() if verdict != Verdict.ALLOW} == {"many_cards"}
    assert alone["many_cards"] == Verdict.SLOW_DOWN


@given(FACTS)
def test_the_score_is_the_sum_of_the_reasons_and_each_reason_reached_its_edge(facts):
    assessment = assess(facts=facts)

    assert assessment.score == sum(reason.weight for reason in assessment.reasons)
    for reason in assessment.reasons:
        assert reason.found == getattr(facts, BY_CODE[reason.code].fact) >= BY_CODE[reason.code].edge
    assert assess(facts=facts) == assessment


@given(FACTS, st.sampled_from(SIGNALS))
def test_one_signal_more_never_makes_the_verdict_milder(facts, signal):
    quiet = assess(facts=replace(facts, **{signal.fact: None}))
    loud = assess(facts=replace(facts, **{signal.fact: signal.edge}))

    assert loud.score == quiet.score + signal.weight
    assert HARDNESS.index(loud.verdict) >= HARDNESS.index(quiet.verdict)


@pytest.mark.parametrize(
    ("score", "verdict"),
    [
        (44, Verdict.ALLOW),
        (45, Verdict.SLOW_DOWN),
        (64, Verdict.SLOW_DOWN),
        (65, Verdict.STEP_UP),
        (99, Verdict.STEP_UP),
        (100, Verdict.BLOCK),
    ],
)
def test_thresholds_decide_at_their_number(score, verdict):
    assert verdict_of(score=score, thresholds=Thresholds()) == verdict


def test_a_signal_that_a_creator_does_not_want_is_not_heard():
    facts = Facts(cards=3, declines=4)

    assessment = assess(facts=facts, thresholds=Thresholds(silent=frozenset({"many_cards"})))

    assert (assessment.score, [reason.code for reason in assessment.reasons]) == (40, ["declines"])


def test_a_broken_signal_is_logged_and_counts_as_no_signal(caplog):
    broken = replace(BY_CODE["declines"], fact="never_heard_of")

    assessment = assess(facts=Facts(cards=3), signals=[broken, BY_CODE["many_cards"]])

    assert (assessment.score, [reason.code for reason in assessment.reasons]) == (50, ["many_cards"])
    assert [record.getMessage() for record in caplog.records] == ["Unable to read the signal declines"]


@pytest.mark.parametrize("verdict", [Verdict.ALLOW, Verdict.BLOCK])
def test_the_creators_word_stands_over_any_score_and_hides_none_of_it(verdict):
    assessment = assess(facts=Facts(cards=3, declines=4, others_by_card=2))

    decided = overruled(assessment, verdict=verdict)

    assert (decided.verdict, decided.decided_by) == (verdict, BY_CREATOR)
    assert (decided.score, decided.reasons) == (125, assessment.reasons)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Verdict.ALLOW, Verdict.ALLOW),
        (Verdict.SLOW_DOWN, Verdict.ALLOW),
        (Verdict.STEP_UP, Verdict.ALLOW),
        (Verdict.BLOCK, Verdict.BLOCK),
    ],
)
def test_a_code_opens_every_door_but_a_closed_one(before, after):
    assert after_step_up(Assessment(1, (), before)).verdict == after


def test_reasons_are_told_in_words_the_heaviest_first():
    data = overruled(assess(facts=Facts(cards=3, is_new_account=1)), verdict=Verdict.ALLOW).as_data()
    data["reasons"].append({"code": "a_signal_of_yesterday", "weight": 7, "found": 1})

    assert sentences_of(data) == [
        "3 different cards within 5 minutes. (+50)",
        "a_signal_of_yesterday (+7)",
        "They came to the shop less than a day ago. (+5)",
        "Decided by the creator.",
    ]
    assert sentences_of({}) == []
