"""
From facts to a score, its reasons and a verdict. Pure: the same facts and rules give the same assessment.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from drops.risk.signals import BY_CODE, SIGNALS, Facts, Signal
from drops.risk.verdicts import Verdict

logger = logging.getLogger(__name__)

SLOW_DOWN_FROM, STEP_UP_FROM, BLOCK_FROM = 45, 65, 100

# What somebody who gave back a code is let through.
OPENED_BY_STEP_UP = (Verdict.SLOW_DOWN, Verdict.STEP_UP)
# Who decided, where it was not the signals; kept among the reasons.
BY_SIGNALS, BY_CREATOR, BY_CODE_SENT = "signals", "creator", "code"


@dataclass(frozen=True)
class Thresholds:
    """From which score on what follows, and which signals a creator does not want to hear."""

    slow_down: int = SLOW_DOWN_FROM
    step_up: int = STEP_UP_FROM
    block: int = BLOCK_FROM
    silent: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Reason:
    """A signal that spoke, and the number that it found."""

    code: str
    weight: int
    found: int


@dataclass(frozen=True)
class Assessment:
    score: int
    reasons: tuple[Reason, ...]
    verdict: Verdict
    decided_by: str = BY_SIGNALS

    def as_data(self) -> dict[str, Any]:
        """Return it as it is kept with the quote and the hold."""
        return {
            "score": self.score,
            "reasons": [{"code": why.code, "weight": why.weight, "found": why.found} for why in self.reasons],
            "verdict": str(self.verdict),
            "decided_by": self.decided_by,
        }


def assess(*, facts: Facts, thresholds: Thresholds = Thresholds(), signals: Iterable[Signal] = SIGNALS) -> Assessment:
    """Return what the signals say of these facts; a signal that fails is one that says nothing."""
    reasons = []
    for signal in signals:
        if signal.code in thresholds.silent:
            continue
        try:
            found = getattr(facts, signal.fact)
            speaks = found is not None and found >= signal.edge
        except Exception:
            # Never a reason to stop a sale: whoever broke the signal reads it in the log.
            logger.exception("Unable to read the signal %s", signal.code)
            continue
        if speaks:
            reasons.append(Reason(signal.code, signal.weight, int(found)))
    score = sum(reason.weight for reason in reasons)
    return Assessment(score=score, reasons=tuple(reasons), verdict=verdict_of(score=score, thresholds=thresholds))


def verdict_of(*, score: int, thresholds: Thresholds) -> Verdict:
    """Return what follows from a score: the hardest verdict whose threshold it reaches."""
    if score >= thresholds.block:
        return Verdict.BLOCK
    if score >= thresholds.step_up:
        return Verdict.STEP_UP
    if score >= thresholds.slow_down:
        return Verdict.SLOW_DOWN
    return Verdict.ALLOW


def overruled(assessment: Assessment, *, verdict: Verdict) -> Assessment:
    """Return an assessment with the creator's word in place of the signals'; score and reasons stay to be read."""
    return Assessment(assessment.score, assessment.reasons, verdict, BY_CREATOR)


def after_step_up(assessment: Assessment) -> Assessment:
    """Return what is left of a verdict for somebody who gave back a code: it opens every door but a closed one."""
    if assessment.verdict not in OPENED_BY_STEP_UP:
        return assessment
    return Assessment(assessment.score, assessment.reasons, Verdict.ALLOW, BY_CODE_SENT)


def sentences_of(data: dict[str, Any]) -> list[str]:
    """Return the reasons of a stored assessment in words, the heaviest first; a signal that is gone keeps its code."""
    said = []
    for reason in sorted(data.get("reasons", ()), key=lambda reason: -reason["weight"]):
        signal = BY_CODE.get(reason["code"])
        words = signal.sentence.format(n=reason["found"]) if signal else reason["code"]
        said.append(f"{words} (+{reason['weight']})")
    if data.get("decided_by") == BY_CREATOR:
        said.append("Decided by the creator.")
    elif data.get("decided_by") == BY_CODE_SENT:
        said.append("They gave back a code that was sent to them.")
    return said
