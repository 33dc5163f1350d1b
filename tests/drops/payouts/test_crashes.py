"""A payout run dies between any two of its steps, is started again, and everybody is paid exactly once."""

from datetime import timedelta

import pytest

from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account
from drops.payouts import sending
from drops.payouts.models import Payout, PayoutState
from drops.payouts.runs import NobodyToPay, start_run
from drops.payouts.sending import CLAIM_LASTS, carry_out_run, send_open_payouts
from tests.clock import advance, stopped_clock
from tests.doubles import InMemoryProvider
from tests.drops.payouts.makers import make_creditor, standing
from tests.drops.sales.test_crashes import Died, dying_before_step
from tests.factories import NOON

pytestmark = pytest.mark.django_db

MOST_STEPS = 60


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


def pay(key):
    try:
        run = start_run(currency="EUR", created_by="task", now=NOON, key=key)
    except NobodyToPay:
        return
    carry_out_run(run_id=run.pk)


def paid(payee):
    return sum(one.amount_minor for one in InMemoryProvider.transfers.values() if one.account == f"memory:{payee.pk}")


def live_through(number):
    """Pay two payees, die before a step, and let the same be started again and the periodic task do the rest."""
    payees = [make_creditor(2000), make_creditor(3000, owes_minor=500)]
    try:
        with dying_before_step(number):
            pay(f"key-{number}")
    except Died:
        has_died = True
    else:
        has_died = False
    advance(CLAIM_LASTS + timedelta(seconds=1))
    pay(f"key-{number}")
    send_open_payouts()
    return payees, has_died


def test_whenever_a_run_dies_everybody_is_paid_once_in_the_end():
    died = 0
    for number in range(1, MOST_STEPS):
        payees, has_died = live_through(number)

        assert [paid(payee) for payee in payees] == [2000, 2500], f"after dying before step {number}"
        assert [standing(payee) for payee in payees] == [{}, {}]
        assert set(Payout.objects.values_list("state", flat=True)) == {PayoutState.SENT}
        assert balance_of(account=Account.CASH, currency="EUR") == InMemoryProvider().cash(currency="EUR")
        assert unbalanced_causes() == []
        died += has_died
        if not has_died:
            break

    assert not has_died, "a run has more steps than were tried"
    assert died >= 10


def test_control_with_a_new_key_for_each_try_a_run_that_died_pays_twice(monkeypatch):
    guarded, tries = sending.attempts.transfer, iter(range(10_000))

    def forgetful(*, provider, order):
        return guarded(provider=provider, order=type(order)(**{**vars(order), "key": f"{order.key}:{next(tries)}"}))

    monkeypatch.setattr(sending.attempts, "transfer", forgetful)
    InMemoryProvider.deposits.append(100_000)

    payouts = [paid(payee) for number in range(1, 30) for payee in live_through(number)[0]]

    assert max(payouts) > 3000
