"""Two runs at once, and two workers on one run, never pay the same money twice."""

from contextlib import ExitStack

import pytest
from django.utils import timezone

from drops.ledger.models import Account
from drops.payouts import debts, runs, sending
from drops.payouts.debts import DebtIsAnother, give_up_debt
from drops.payouts.models import Payout, PayoutRun
from drops.payouts.runs import NobodyToPay, start_run
from drops.payouts.sending import carry_out_run
from tests.doubles import InMemoryProvider
from tests.drops.payouts.makers import make_creditor, owe, standing
from tests.races.crowd import at_once, rival_after, swapped

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def start():
    return start_run(currency="EUR", created_by="office:ana", now=timezone.now())


def two_runs_at_once(*, are_locked=True):
    """Let a second run begin when the first has read what there is, and return what both came to."""
    make_creditor(2000)
    with ExitStack() as stack:
        if not are_locked:
            stack.enter_context(swapped(runs, "_one_at_a_time", lambda currency: None))
            stack.enter_context(swapped(runs, "lock_payees", lambda payee_ids: None))
        answers = stack.enter_context(rival_after(runs, "_planned", start))
        first = start()
    return [first, *answers]


def test_two_runs_at_once_pay_the_same_money_once():
    first, second = two_runs_at_once()

    assert isinstance(first, PayoutRun)
    assert isinstance(second, NobodyToPay)
    assert [payout.amount_minor for payout in Payout.objects.all()] == [2000]
    assert standing(Payout.objects.get().payee) == {"paying": 2000}


def test_control_without_their_locks_two_runs_keep_the_same_money_aside_twice():
    two_runs_at_once(are_locked=False)

    payee = Payout.objects.first().payee
    assert standing(payee) == {"paying": 4000, str(Account.PAYABLE): -2000}


def test_workers_on_the_same_run_send_each_payout_once():
    payees = [make_creditor(2000) for _ in range(4)]
    run = start()

    went = at_once(*[lambda: carry_out_run(run_id=run.pk)] * 4)

    assert sum(went) == 4
    assert len(InMemoryProvider.transfers) == 4
    assert [standing(payee) for payee in payees] == [{}] * 4
    assert list(Payout.objects.values_list("tries", flat=True)) == [1] * 4


def test_control_without_the_claim_several_workers_ask_for_the_same_payout():
    make_creditor(2000)
    run = start()
    asked = []
    guarded = sending.attempts.transfer

    def counted(*, provider, order):
        asked.append(order.key)
        return guarded(provider=provider, order=order)

    with (
        swapped(sending, "CLAIM_LASTS", -sending.CLAIM_LASTS),
        swapped(sending.attempts, "transfer", counted),
        rival_after(sending.attempts, "transfer", lambda: carry_out_run(run_id=run.pk)),
    ):
        carry_out_run(run_id=run.pk)

    assert len(asked) == 2
    assert len(InMemoryProvider.transfers) == 1  # and yet the key lets it go once


def gave_up(payee, key):
    return give_up_debt(
        payee=payee,
        currency="EUR",
        amount_minor=500,
        reason="Closed.",
        actor="office:ana",
        key=key,
        now=timezone.now(),
    )


def two_give_up_at_once(*, is_locked=True):
    """Let somebody else give up the same debt when the first has read it; return what the debt is worth then."""
    payee = make_creditor(1)
    owe(payee, 500)
    with ExitStack() as stack:
        if not is_locked:
            stack.enter_context(swapped(debts, "lock_payees", lambda payee_ids: None))
        answers = stack.enter_context(rival_after(debts, "open_debt", lambda: gave_up(payee, "theirs")))
        gave_up(payee, "ours")
    return answers, standing(payee)


def test_two_operators_give_up_a_debt_once():
    [answer], left = two_give_up_at_once()

    assert isinstance(answer, DebtIsAnother)
    assert left == {"payable": 1}


def test_control_without_the_lock_a_debt_is_given_up_twice_and_becomes_a_gift():
    _, left = two_give_up_at_once(is_locked=False)

    assert left == {"payable": 1, "receivable": 500}
