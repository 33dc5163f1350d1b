"""
How a return goes on: which step may follow which, and writing it down. Every step locks the return's row first, before the
hold, the payment, the order and the stock that some of them need.
"""

from __future__ import annotations

from datetime import datetime

from drops.errors import Invalid, NotFound, Refused
from drops.events import announce, return_changed
from drops.returns.models import OPEN_STATES, Return, ReturnEvent, ReturnState

LONGEST_WORDS, _ACTOR = 300, 60

# Once it arrived, it is looked at: from then on nobody can act as if it had never come.
NEXT: dict[str, frozenset[str]] = {
    ReturnState.REQUESTED: frozenset({ReturnState.APPROVED, ReturnState.REJECTED, ReturnState.WITHDRAWN}),
    ReturnState.APPROVED: frozenset(
        {
            ReturnState.IN_TRANSIT,
            ReturnState.RECEIVED,
            ReturnState.CLOSED,
            ReturnState.CANCELLED,
            ReturnState.WITHDRAWN,
        }
    ),
    ReturnState.IN_TRANSIT: frozenset(
        {ReturnState.RECEIVED, ReturnState.CLOSED, ReturnState.CANCELLED, ReturnState.WITHDRAWN}
    ),
    ReturnState.RECEIVED: frozenset({ReturnState.INSPECTED}),
    ReturnState.INSPECTED: frozenset({ReturnState.CLOSED}),
}


class ReturnNotFound(NotFound):
    code = "return_not_found"


class StepNotNow(Refused):
    """Where the return stands, this step does not follow: somebody was faster, or the page is an old one."""

    code = "return_step_not_now"


class WordsMissing(Invalid):
    """The buyer is told why."""

    code = "words_missing"


def lock_return(*, ref: str) -> Return:
    """
    Return a return, locked until the transaction ends.

    :raises ReturnNotFound: if there is none.
    """
    found = Return.objects.select_for_update(no_key=True).filter(ref=ref).first()
    if found is None:
        raise ReturnNotFound("There is no such return.")
    return found


def refuse_step(returned: Return, to: ReturnState) -> None:
    """
    Do nothing if a locked return may go on to a state.

    :raises StepNotNow: otherwise.
    """
    if to not in NEXT.get(returned.state, frozenset()):
        raise StepNotNow(
            f"{returned} is at “{returned.get_state_display()}” by now. Nothing was changed; please look again.",
            state=returned.state,
        )


def step(*, returned: Return, to: ReturnState, actor: str, at: datetime, words: str = "") -> None:
    """
    Take a locked return on to its next state, and keep who did it and what was said.

    :raises StepNotNow: if that state does not follow.
    """
    refuse_step(returned, to)
    words = words.strip()[:LONGEST_WORDS]
    before, returned.state = returned.state, to
    if to == ReturnState.APPROVED:
        returned.approved_at = at
    if to not in OPEN_STATES:
        returned.closed_at = at
    if words and not actor.startswith("shopper:"):
        returned.answer = words
    returned.save(update_fields=["state", "approved_at", "closed_at", "answer", "refund"])
    write_event(returned=returned, before=before, actor=actor, words=words, at=at)


def write_event(*, returned: Return, before: str, actor: str, words: str, at: datetime) -> None:
    """Keep a step that was taken, and tell whoever listens."""
    ReturnEvent.objects.create(
        of=returned, from_state=before, to_state=returned.state, actor=actor[:_ACTOR], words=words, at=at
    )
    announce(return_changed, order_id=returned.order_id, return_id=returned.pk, state=str(returned.state))
