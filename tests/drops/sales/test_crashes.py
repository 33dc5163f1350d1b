"""
A process dies between any two steps of money, and the periodic tasks bring it to the right end.

What happens inside a transaction is undone as a whole, so the moments that count are those outside of one: before each
transaction, and before and after each call to the provider.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection

from drops.sales import attempts, holding, revoking
from drops.sales.models import AttemptKind, Order, Payment, PaymentAttempt
from drops.sales.payment import Outcome
from drops.sales.settling import settle
from tests.clock import advance, stopped_clock
from tests.doubles import InMemoryProvider, event_of
from tests.drops.sales.money import do_what_was_left, lost_money, unfinished_books
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment

pytestmark = pytest.mark.django_db

MOST_STEPS = 60


class Died(BaseException):
    """The process is gone."""


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@contextmanager
def dying_before_step(number: int) -> Iterator[None]:
    """Die before so many statements outside of a transaction; a transaction's beginning is one of them."""
    steps = count(1)

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        # The test's own transaction stands for none.
        is_outside = all(block._from_testcase for block in connection.atomic_blocks)
        if is_outside and not sql.startswith(("RELEASE", "ROLLBACK")) and next(steps) == number:
            raise Died
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield


def scene() -> tuple[Payment, Any]:
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    drop_sku = make_drop_sku(drop=drop, units=1)
    payment = make_payment(hold=make_hold(drop_sku=drop_sku))
    return payment, drop_sku


def pay_in_time(payment: Payment, drop_sku: Any) -> None:
    InMemoryProvider.outcomes[payment.ref] = Outcome.AUTHORISED
    settle(provider="memory", event=event_of(payment, Outcome.AUTHORISED))


def pay_too_late(payment: Payment, drop_sku: Any) -> None:
    InMemoryProvider.outcomes[payment.ref] = Outcome.AUTHORISED
    settle(provider="memory", event=event_of(payment, Outcome.AUTHORISED))


def let_go_while_paying(payment: Payment, drop_sku: Any) -> None:
    InMemoryProvider.outcomes[payment.ref] = Outcome.AUTHORISED
    holding.release_hold(hold_ref=payment.hold.ref, shopper=payment.hold.shopper)


def revoke_while_paying(payment: Payment, drop_sku: Any) -> None:
    InMemoryProvider.outcomes[payment.ref] = Outcome.AUTHORISED
    revoking.revoke_hold(hold_ref=payment.hold.ref, actor="admin:mira", reason="bot")


def pay_and_the_bank_breaks_its_promise(payment: Payment, drop_sku: Any) -> None:
    InMemoryProvider.on_capture[payment.ref] = Outcome.FAILED
    pay_in_time(payment, drop_sku)


def pay_and_the_capture_is_refused(payment: Payment, drop_sku: Any) -> None:
    InMemoryProvider.captures[payment.ref] = "another key"
    pay_in_time(payment, drop_sku)


def pay_late_at_a_provider_that_takes_at_once(payment: Payment, drop_sku: Any) -> None:
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))


ENDS = {
    pay_in_time: ("captured", ["paid"]),
    pay_too_late: ("cancelled", []),
    let_go_while_paying: ("captured or cancelled", None),  # either is right: it was paid, or it was let go
    revoke_while_paying: ("captured or cancelled", None),
    pay_and_the_bank_breaks_its_promise: ("failed", ["refunded"]),
    pay_and_the_capture_is_refused: ("failed", ["refunded"]),
    pay_late_at_a_provider_that_takes_at_once: ("refunded", []),
}
LATE = (pay_too_late, pay_late_at_a_provider_that_takes_at_once)


def live_through(story: Callable[..., None], *, die_at: int) -> tuple[bool, Payment]:
    """Run a story until the process dies, and return whether it did."""
    payment, drop_sku = scene()
    if story in LATE:
        advance(timedelta(minutes=20))
        make_hold(drop_sku=drop_sku)
    try:
        with dying_before_step(die_at):
            story(payment, drop_sku)
    except Died:
        return True, payment
    return False, payment


@pytest.mark.parametrize("story", ENDS, ids=lambda story: story.__name__)
def test_whenever_the_process_dies_the_periodic_tasks_bring_money_to_its_right_end(story):
    states, orders = ENDS[story]
    died = 0

    for step in range(1, MOST_STEPS):
        has_died, payment = live_through(story, die_at=step)
        assert lost_money() == [], f"right after dying before step {step}"
        advance(timedelta(minutes=2))
        do_what_was_left()

        payment.refresh_from_db()
        found = list(Order.objects.filter(hold=payment.hold).values_list("state", flat=True))
        assert payment.state in states.split(" or "), f"after dying before step {step}"
        assert orders is None or found == orders
        assert (lost_money(), unfinished_books()) == ([], [])
        died += has_died
        if not has_died:
            break

    assert not has_died, "the story has more steps than were tried"
    assert died >= 5


def test_control_an_owed_capture_that_is_no_row_is_lost_with_the_process(monkeypatch):
    monkeypatch.setattr(attempts, "owe", lambda **what: None)

    problems = [lost for step in range(1, 12) if live_through(pay_in_time, die_at=step) for lost in lost_money()]

    assert any("nobody will take it or let it go" in problem for problem in problems)


def test_control_a_claim_that_forgets_what_is_owed_loses_it_with_the_process(monkeypatch):
    monkeypatch.setattr(
        attempts, "_claim", lambda attempt: PaymentAttempt.objects.filter(pk=attempt.pk).update(next_try_at=None)
    )

    problems = [lost for step in range(1, 12) if live_through(pay_in_time, die_at=step) for lost in lost_money()]

    assert any("nobody will take it or let it go" in problem for problem in problems)


def test_a_second_worker_does_not_make_a_call_that_the_first_one_makes():
    payment, _ = scene()
    InMemoryProvider.is_down = True
    InMemoryProvider.outcomes[payment.ref] = Outcome.AUTHORISED
    settle(provider="memory", event=event_of(payment, Outcome.AUTHORISED))
    advance(attempts.pause_after(1))
    first, second = (PaymentAttempt.objects.get(kind=AttemptKind.CAPTURE) for _ in range(2))
    InMemoryProvider.is_down = False

    attempts.carry_out(attempt=first)
    with pytest.raises(attempts.NotDue):
        attempts.carry_out(attempt=second)

    assert PaymentAttempt.objects.get(kind=AttemptKind.CAPTURE).tries == 2
