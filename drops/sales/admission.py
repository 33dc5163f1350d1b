"""
Admitting wishes: many in one transaction, or one by itself. Both doors of the shop come through here.

A batch costs one round trip and one commit however many are in it, and each wish is answered for itself and only after
that commit. Whatever stops a batch as a whole (a lock that took too long, postage that was withdrawn) stops nobody: then
each wish is tried by itself.
"""

from collections.abc import Sequence

from django.db import OperationalError, transaction

from drops.errors import ShopError
from drops.events import announce, stock_changed
from drops.idempotency import StillRunning
from drops.sales import accepting
from drops.sales.accepting import Outcome, Wish
from drops.sales.delivery import DeliveryGone, delivery_method
from drops.sales.refusals import Reasons
from drops.stock import holds, resync
from drops.stock.models import Hold

Answer = Hold | ShopError

_LOCK_TIMEOUT, _DEADLOCK = "55P03", "40P01"


class _Interrupted(Exception):
    """A batch could not go through as a whole; nothing of it was written."""

    def __init__(self, answer: ShopError) -> None:
        super().__init__(answer)
        self.answer = answer


def admit(wishes: Sequence[Wish]) -> list[Answer]:
    """
    Place a hold for each wish, or say why not, in the order in which they arrived.

    A repeat under a key gets the hold of its first try.
    """
    answers: dict[int, Answer] = {}
    waiting = list(range(len(wishes)))
    for number in range(holds.ATTEMPTS):
        try:
            outcomes, placed = _attempt([wishes[n] for n in waiting])
        except _Interrupted as interruption:
            if len(waiting) == 1:
                answers[waiting[0]] = interruption.answer
                break
            answers |= {n: admit([wishes[n]])[0] for n in waiting}
            break
        still, reasons = [], Reasons()
        for n, outcome in zip(waiting, outcomes, strict=True):
            answer = placed.get(wishes[n].ref) or _answer(wishes[n], outcome, reasons)
            if answer is None:
                still.append(n)
            else:
                answers[n] = answer
        waiting = still
        if not waiting:
            break
        if not placed:
            # Nothing moved: other hands are on the units.
            holds.wait_before(number)
    return [answers.get(n) or holds.busy() for n in range(len(wishes))]


def _attempt(wishes: list[Wish]) -> tuple[list[Outcome], dict[str, Hold]]:
    try:
        with transaction.atomic(durable=True):
            outcomes = accepting.accept(wishes)
            placed = {
                wish.ref: accepting.placed_hold(wish=wish, outcome=outcome)
                for wish, outcome in zip(wishes, outcomes, strict=True)
                if outcome.word == "placed"
            }
            if placed:
                _see_to(outcomes, list(placed.values()))
    except DeliveryGone as refusal:
        raise _Interrupted(refusal) from refusal
    except OperationalError as error:
        # A lock that took too long or a deadlock that PostgreSQL broke up: nothing was taken, so "busy" is true.
        if getattr(error.__cause__, "sqlstate", None) not in (_LOCK_TIMEOUT, _DEADLOCK):
            raise
        raise _Interrupted(holds.busy()) from error
    return outcomes, placed


def _see_to(outcomes: list[Outcome], placed: list[Hold]) -> None:
    """Do what belongs into the transaction of holds that were just placed."""
    holds.expire_overtaken(hold_ids=set(outcomes[0].overtaken), now=outcomes[0].at)
    for drop_id in {outcome.drop_id for outcome in outcomes if outcome.word == "placed"}:
        announce(stock_changed, drop_id=drop_id)
    for name in sorted({hold.delivery_method for hold in placed}):
        delivery_method(name).reserve_all(holds=[hold for hold in placed if hold.delivery_method == name])


def _answer(wish: Wish, outcome: Outcome, reasons: Reasons) -> Answer | None:
    """Return what a wish without a hold is told, or None if it is to be tried again."""
    match outcome.word:
        case "answered":
            return _first_answer(wish) or StillRunning("The same request is being answered right now.", key=wish.key)
        case "in_flight":
            # By now the rival has answered, or given up; or the key is an old one that came with another request.
            return _first_answer(wish)
        case "alone":
            return admit([wish])[0]
        case "own_stale":
            with transaction.atomic():
                holds.bound_waiting()
                holds.close_own_expired(shopper_id=outcome.shopper_id, drop_sku_id=outcome.drop_sku_id, now=outcome.at)
            return None
        case "leaving":
            # Units that lapsed unseen are to leave the drop, not to be claimed.
            resync.take_out_returned(drop_sku_id=outcome.drop_sku_id)
            return None
    return reasons.of(outcome)


def _first_answer(wish: Wish) -> Answer | None:
    try:
        ref = wish.answered()
    except ShopError as refusal:
        return refusal
    return Hold.objects.filter(ref=ref, shopper__ref=wish.shopper_ref).first() if ref else None
