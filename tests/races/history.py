"""
What was asked of a shop and what it answered, when; and an offline check that such answers can be true.

Pure: no database, no Django. The tests of races log a few hundred steps into it, `bench.hold_rush` some thousands.

A step lasts from `began` to `ended`, and whatever it did was done at one unknown instant in between. So a unit's life is known
only within bounds, and the check complains of nothing that could have happened in some order: every problem is a lie.
All times are seconds of one clock, that of the database's machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from operator import or_
from typing import Literal

SOLD_OUT, ALL_TAKEN, FEWER_LEFT = "sold_out", "held_by_others", "only_some_left"
UNKNOWN = "unknown"  # no answer came: whatever was asked may have been done, and may still be


@dataclass(frozen=True)
class Claim:
    """A unit under the fence by which somebody owns it."""

    token: int
    fence: int


@dataclass(frozen=True)
class Counts:
    """The units of a SKU as somebody read them."""

    total: int
    free: int
    held: int
    sold: int
    void: int = 0


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    One request and its answer.

    hold     took `claims` for `hold`, which keeps them `until` an instant; or was refused with `answer`
    move     gave a hold's units another `until`: an extension, a grace, or the end of one
    release  let a hold's units go: by the shopper, a creator, or a payment that came too late
    sell     made `claims` the hold's for good; those it did not have were taken in the same step
    read     saw `counts`
    """

    what: Literal["hold", "move", "release", "sell", "read"]
    began: float
    ended: float
    answer: str = "ok"
    quantity: int = 1
    hold: str = ""
    claims: tuple[Claim, ...] = ()
    until: float = inf
    counts: Counts | None = None


@dataclass
class History:
    """The steps of one SKU, in any order, and all tokens it had from before the first step on."""

    tokens: frozenset[int]
    steps: list[Step] = field(default_factory=list)


@dataclass(frozen=True)
class Problem:
    """Something that cannot have been true; `code` names the kind."""

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


def check(history: History) -> list[Problem]:
    """Return everything in a history that no order of its steps explains."""
    lives = _lives(history)
    return [
        *_two_owners(lives),
        *_fences_going_back(lives),
        *_false_refusals(history, lives),
        *_impossible_counts(history, lives),
    ]


@dataclass
class _Span:
    """
    A unit in one hold's hands, from an instant between `first` and `since` on.

    It ends by a deed, which somebody sees once it is committed, or by the clock, for which nobody has to do anything.
    """

    token: int
    fence: int
    hold: str
    first: float
    since: float
    until: float  # the earliest instant at which its time may be over
    last: float  # and the latest
    let_go_first: float = inf
    let_go_since: float = inf
    sold_first: float = inf
    sold_since: float = inf
    # Asked for in time and committed when the old end had passed: until then it looked free, and nobody could have it.
    gaps: list[tuple[float, float]] = field(default_factory=list)

    @property
    def surely_until(self) -> float:
        return inf if self.sold_since < inf else min(self.until, self.let_go_first)

    # A statement goes by two instants: its time is when it arrived, and it sees what was committed a little later.

    def is_surely_held(self, *, seen: float, clock: float) -> bool:
        is_in_a_gap = any(old_end <= clock and seen < committed for old_end, committed in self.gaps)
        return self.since <= seen < min(self.let_go_first, self.sold_first) and clock < self.until and not is_in_a_gap

    def may_be_held(self, *, seen: float, clock: float) -> bool:
        return self.first <= seen < min(self.let_go_since, self.sold_since) and clock < self.last

    def is_surely_sold(self, *, seen: float) -> bool:
        return self.sold_since <= seen

    def may_be_sold(self, *, seen: float) -> bool:
        return self.sold_first <= seen

    def may_be_owned_between(self, began: float, ended: float) -> bool:
        return self.sold_first <= ended or (self.first <= ended and began < min(self.last, self.let_go_since))

    def edges(self) -> tuple[float, ...]:
        """Return the instants at which something of it changes."""
        deeds = (self.first, self.since, self.let_go_first, self.let_go_since, self.sold_first, self.sold_since)
        return (*deeds, self.until, self.last, *(edge for gap in self.gaps for edge in gap))


_Lives = dict[int, list[_Span]]


def _lives(history: History) -> _Lives:
    """Return what is known of each unit's owners, by fence."""
    done = sorted((step for step in history.steps if step.answer == "ok"), key=lambda step: step.began)
    spans: dict[tuple[str, Claim], _Span] = {}
    lives: _Lives = {token: [] for token in history.tokens}
    for step in done:
        if step.what not in ("hold", "sell"):
            continue
        for claim in step.claims:
            if (step.hold, claim) not in spans:
                spans[step.hold, claim] = _Span(
                    token=claim.token,
                    fence=claim.fence,
                    hold=step.hold,
                    first=step.began,
                    since=step.ended,
                    until=step.until,
                    last=max(step.until, step.ended),
                )
                lives.setdefault(claim.token, []).append(spans[step.hold, claim])
            if step.what == "sell":
                span = spans[step.hold, claim]
                span.sold_first, span.sold_since = step.began, step.ended
    for step in done:
        if step.what in ("move", "release"):
            for span in spans.values():
                if span.hold == step.hold:
                    _end(span, step)
    for step in history.steps:
        if step.answer == UNKNOWN and step.what in ("move", "release", "sell"):
            for span in spans.values():
                if span.hold == step.hold:
                    _blur(span, step)
    return {token: sorted(life, key=lambda span: (span.fence, span.first)) for token, life in lives.items()}


def _end(span: _Span, step: Step) -> None:
    if step.what == "release":
        span.let_go_first, span.let_go_since = min(span.let_go_first, step.began), min(span.let_go_since, step.ended)
    elif step.until >= span.until:
        span.gaps.append((span.until, step.ended))
        span.until, span.last = step.until, max(step.until, step.ended)
    else:
        # Cut short: by then at the latest, but not before it was asked for.
        span.until, span.last = max(step.until, step.began), max(step.until, step.ended)


def _blur(span: _Span, step: Step) -> None:
    """Nobody heard what came of it: it may have moved, ended or sold the hold from then on, or done nothing."""
    if step.what == "sell":
        span.sold_first = min(span.sold_first, step.began)
    elif step.what == "release":
        span.let_go_first = min(span.let_go_first, step.began)
    else:
        span.until, span.last = min(span.until, step.began), inf


def _two_owners(lives: _Lives) -> Iterator[Problem]:
    """Find units that two had at one time, going by the order of their fences."""
    for token, life in lives.items():
        for early, late in pairwise(life):
            if early.fence == late.fence:
                yield Problem(
                    "same_fence", f"unit {token} went to {early.hold} and {late.hold} under fence {late.fence}"
                )
            # By then the later one had it, and may have lost it again at once.
            last_sight = max(late.surely_until, late.since)
            if late.since < early.surely_until and early.since < last_sight:
                when = f"by {late.since:.6f}, and until {early.surely_until:.6f} it was {early.hold}'s"
                yield Problem("two_owners", f"unit {token} was {late.hold}'s {when}")


def _fences_going_back(lives: _Lives) -> Iterator[Problem]:
    for token, life in lives.items():
        # In the order of fences: nobody later may have been done before somebody earlier began.
        latest_start, by = -inf, ""
        for span in life:
            if span.since < latest_start:
                yield Problem(
                    "fence_went_back", f"unit {token}: {span.hold} has a higher fence than {by}, who came later"
                )
            if span.first > latest_start:
                latest_start, by = span.first, span.hold


def _false_refusals(history: History, lives: _Lives) -> Iterator[Problem]:
    """
    Find "none left" although as many as asked were free from before the question until after the answer, and "sold out"
    although something was not: whoever hears that does not come back.
    """
    for step in history.steps:
        if step.what != "hold" or step.answer not in (SOLD_OUT, ALL_TAKEN, FEWER_LEFT):
            continue
        enough = step.quantity if step.answer == FEWER_LEFT else 1
        free = sum(
            not any(span.may_be_owned_between(step.began, step.ended) for span in life) for life in lives.values()
        )
        free -= _unheard(history, before=step.ended)
        if free >= enough:
            yield Problem("false_refusal", f"{step.answer} at {step.ended:.6f}, and {free} were free all along")
        unsold = sum(not any(span.may_be_sold(seen=step.ended) for span in life) for life in lives.values())
        if step.answer == SOLD_OUT and unsold > _unheard(history, before=step.ended):
            yield Problem("false_sold_out", f"at {step.ended:.6f}, and {unsold} had not been sold to anybody")


def _impossible_counts(history: History, lives: _Lives) -> Iterator[Problem]:
    """Find reads whose units do not add up, or that were true at no instant while they were read."""
    edges = sorted({edge for life in lives.values() for span in life for edge in span.edges()})
    for step in history.steps:
        counts = step.counts
        if step.what != "read" or counts is None:
            continue
        if counts.free + counts.held + counts.sold + counts.void != counts.total:
            yield Problem("not_conserved", f"{counts} does not add up")
        moments = [step.began, *(edge for edge in edges if step.began < edge < step.ended), step.ended]
        unsure = _unheard(history, before=step.ended)
        instants = [(clock, seen) for number, clock in enumerate(moments) for seen in moments[number:]]
        if not any(_could_be(counts, lives, seen, clock, unsure) for clock, seen in instants):
            yield Problem("never_true", f"{counts} between {step.began:.6f} and {step.ended:.6f}")


def _could_be(counts: Counts, lives: _Lives, seen: float, clock: float, unsure: int) -> bool:
    held = sum(any(span.is_surely_held(seen=seen, clock=clock) for span in life) for life in lives.values())
    sold = sum(any(span.is_surely_sold(seen=seen) for span in life) for life in lives.values())
    maybe_held = [any(span.may_be_held(seen=seen, clock=clock) for span in life) for life in lives.values()]
    maybe_sold = [any(span.may_be_sold(seen=seen) for span in life) for life in lives.values()]
    maybe_taken = sum(map(or_, maybe_held, maybe_sold))
    units = len(lives) - counts.void
    return (
        counts.total == len(lives)
        and held <= counts.held <= sum(maybe_held) + unsure
        and sold <= counts.sold <= sum(maybe_sold) + unsure
        and units - maybe_taken - unsure <= counts.free <= units - held - sold
    )


def _unheard(history: History, *, before: float) -> int:
    """Return how many units may be in the hands of people who never got an answer."""
    silent = (step for step in history.steps if step.answer == UNKNOWN and step.what in ("hold", "sell"))
    return sum(step.quantity for step in silent if step.began <= before)
