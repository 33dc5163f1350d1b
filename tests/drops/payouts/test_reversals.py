"""What a payee has already is asked back from the provider after a refund, once, and what is not to be had stays a debt."""

from datetime import timedelta

import pytest

from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account
from drops.payouts import reversals
from drops.payouts.models import Payout, PayoutState, ReversalState, TransferReversal
from drops.payouts.reversals import REST_AFTER_REFUSAL, plan_reversals, take_back_debts
from drops.payouts.runs import NobodyToPay, start_run
from drops.payouts.sending import CLAIM_LASTS, carry_out_run
from drops.sales.payment import TransferRefused
from tests.clock import advance, stopped_clock
from tests.doubles import InMemoryProvider
from tests.drops.payouts.makers import lend, make_creditor, owe, standing
from tests.drops.sales.test_crashes import Died, dying_before_step
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


def pay_out(payee, amount_minor):
    """Let a payee have an amount on their own account."""
    lend(payee, amount_minor)
    carry_out_run(run_id=start_run(currency="EUR", created_by="office:ana", now=NOON).pk)
    return Payout.objects.filter(payee=payee).latest("pk")


def paid_payee(*amounts):
    payee = make_creditor(amounts[0])
    carry_out_run(run_id=start_run(currency="EUR", created_by="office:ana", now=NOON).pk)
    for amount in amounts[1:]:
        pay_out(payee, amount)
    assert standing(payee) == {}
    return payee


def taken_back():
    return [amount for _, amount in InMemoryProvider.reversals.values()]


def is_right():
    ours = balance_of(account=Account.CASH, currency="EUR")
    return unbalanced_causes() == [] and ours == InMemoryProvider().cash(currency="EUR")


def test_a_debt_is_taken_back_from_the_newest_payouts_first_and_is_gone():
    payee = paid_payee(3000, 2000)
    owe(payee, 2500)

    assert take_back_debts() == 2

    newest, oldest = Payout.objects.order_by("-pk")
    assert [(one.payout, one.amount_minor, one.state) for one in TransferReversal.objects.order_by("pk")] == [
        (newest, 2000, ReversalState.DONE),
        (oldest, 500, ReversalState.DONE),
    ]
    assert (taken_back(), standing(payee), is_right()) == ([2000, 500], {}, True)
    assert take_back_debts() == 0


def test_more_than_was_paid_out_is_never_asked_back_and_the_rest_stays_a_debt():
    payee = paid_payee(2000)
    owe(payee, 2500)

    take_back_debts()
    take_back_debts()

    assert (taken_back(), standing(payee), is_right()) == ([2000], {"receivable": -500}, True)


def test_a_payee_who_owes_nothing_and_one_who_was_paid_by_hand_are_left_alone():
    free, by_hand = paid_payee(2000), paid_payee(3000)
    Payout.objects.filter(payee=by_hand).update(
        state=PayoutState.PAID, provider="", account="", transfer_ref="", bank_ref="SEPA 1"
    )
    owe(by_hand, 700)

    assert take_back_debts() == 0
    assert (TransferReversal.objects.count(), standing(free), standing(by_hand)) == (0, {}, {"receivable": -700})


def test_where_the_provider_says_no_the_debt_stays_and_is_kept_back_from_the_next_payout(monkeypatch):
    payee = paid_payee(2000)
    owe(payee, 500)

    def refuse(self, **asked):
        raise TransferRefused("The payee has spent it.")

    monkeypatch.setattr(InMemoryProvider, "reverse", refuse)

    assert take_back_debts() == 0
    refused = TransferReversal.objects.get()
    assert (refused.state, refused.failure) == (ReversalState.REFUSED, "The payee has spent it.")
    assert standing(payee) == {"receivable": -500}

    take_back_debts()
    assert TransferReversal.objects.count() == 1, "it rests after a refusal"

    lend(payee, 3000)
    run = start_run(currency="EUR", created_by="office:ana", now=NOON)
    assert (run.payouts.get().amount_minor, run.payouts.get().set_off_minor) == (2500, 500)


def test_after_a_days_rest_a_refused_transfer_is_asked_about_again():
    payee = paid_payee(2000)
    owe(payee, 500)
    TransferReversal.objects.create(
        payout=Payout.objects.get(),
        amount_minor=500,
        key="reversal:before",
        state=ReversalState.REFUSED,
        created_at=NOON,
        closed_at=NOON,
    )

    assert take_back_debts() == 0
    advance(REST_AFTER_REFUSAL + timedelta(seconds=1))

    assert take_back_debts() == 1
    assert (taken_back(), standing(payee)) == ([500], {})


def test_silence_is_asked_again_under_the_same_key():
    payee = paid_payee(2000)
    owe(payee, 500)
    InMemoryProvider.is_down = True
    assert take_back_debts() == 0
    key = TransferReversal.objects.get().key

    InMemoryProvider.is_down = False
    assert take_back_debts() == 1

    assert (list(InMemoryProvider.reversals), standing(payee)) == ([key], {})


def test_what_is_on_its_way_back_is_not_kept_back_from_a_payout_as_well():
    payee = paid_payee(2000)
    owe(payee, 500)
    plan_reversals(payee_id=payee.pk, currency="EUR", now=NOON)
    lend(payee, 1500)

    run = start_run(currency="EUR", created_by="office:ana", now=NOON)

    assert (run.payouts.get().amount_minor, run.payouts.get().set_off_minor) == (1500, 0)
    take_back_debts()
    assert standing(payee) == {"paying": 1500}


def test_a_debt_that_was_settled_meanwhile_leaves_what_comes_back_to_the_payee():
    payee = paid_payee(2000)
    owe(payee, 500)
    plan_reversals(payee_id=payee.pk, currency="EUR", now=NOON)
    owe(payee, -500)

    take_back_debts()

    assert standing(payee) == {"payable": 500}


def live_through(number):
    payee = paid_payee(2000)
    owe(payee, 500)
    try:
        with dying_before_step(number):
            take_back_debts()
    except Died:
        has_died = True
    else:
        has_died = False
    advance(CLAIM_LASTS + timedelta(seconds=1))
    take_back_debts()
    return payee, has_died


def test_whenever_it_dies_the_debt_is_taken_back_once_in_the_end():
    died = 0
    for number in range(1, 60):
        before = sum(taken_back())
        payee, has_died = live_through(number)

        assert (sum(taken_back()) - before, standing(payee)) == (500, {}), f"after dying before step {number}"
        assert unbalanced_causes() == []
        died += has_died
        if not has_died:
            break

    assert not has_died, "there are more steps than were tried"
    assert died >= 6


def test_control_with_a_new_key_for_each_try_it_is_taken_back_twice(monkeypatch):
    guarded, tries = reversals.attempts.reverse, iter(range(10_000))

    def forgetful(*, key, **asked):
        return guarded(key=f"{key}:{next(tries)}", **asked)

    monkeypatch.setattr(reversals.attempts, "reverse", forgetful)
    twice = False
    for number in range(1, 60):
        before = sum(taken_back())
        _, has_died = live_through(number)
        twice = twice or sum(taken_back()) - before == 1000
        if not has_died:
            break

    assert twice


def test_a_run_without_anybody_to_pay_leaves_the_debt():
    payee = paid_payee(2000)
    owe(payee, 500)

    with pytest.raises(NobodyToPay):
        start_run(currency="EUR", created_by="office:ana", now=NOON)

    assert standing(payee) == {"receivable": -500}
