"""Who is in a run, for how much, and what becomes of each payout: to the cent, once."""

import pytest

from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account, LedgerTransaction, PayeeKind
from drops.ledger.payees import platform_payee
from drops.payouts.models import Payout, PayoutRun, PayoutState, RunState
from drops.payouts.runs import NobodyToPay, start_run
from drops.payouts.sending import (
    BankRefMissing,
    PayoutInOtherState,
    PayoutNotFound,
    carry_out_run,
    give_back,
    mark_paid_by_hand,
    retry_payout,
    send_open_payouts,
    send_payout,
)
from drops.sales.models import AttemptKind, AttemptState, PaymentAttempt
from tests.clock import stopped_clock
from tests.doubles import InMemoryProvider, MemoryAccounts
from tests.drops.payouts.makers import lend, make_creditor, owe, standing
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


def run(**given):
    return start_run(**{"currency": "EUR", "created_by": "office:ana", "now": NOON} | given)


def only():
    return Payout.objects.get()


def by_hand(payout, *, bank_ref="SEPA 4711"):
    return mark_paid_by_hand(payout_ref=payout.ref, bank_ref=bank_ref, actor="office:ana", now=NOON)


def sent():
    return [(order.account, order.amount_minor, order.currency) for order in InMemoryProvider.transfers.values()]


def is_right():
    """Return whether the books balance, and hold as much cash as the provider does."""
    ours = balance_of(account=Account.CASH, currency="EUR")
    return unbalanced_causes() == [] and ours == InMemoryProvider().cash(currency="EUR")


def test_a_run_keeps_money_aside_and_sends_it_to_each_payees_account():
    ana, ben = make_creditor(3000), make_creditor(2500)

    started = run()

    assert [standing(ana), standing(ben)] == [{"paying": 3000}, {"paying": 2500}]
    assert sent() == []
    assert carry_out_run(run_id=started.pk) == 2
    assert sent() == [(f"memory:{ana.pk}", 3000, "EUR"), (f"memory:{ben.pk}", 2500, "EUR")]
    assert [standing(ana), standing(ben)] == [{}, {}]
    assert {payout.state for payout in Payout.objects.all()} == {PayoutState.SENT}
    started.refresh_from_db()
    assert (started.state, started.closed_at) == (RunState.DONE, NOON)
    assert is_right()


def test_whoever_has_less_than_the_minimum_waits_for_a_later_run(settings):
    settings.PAYOUT_MINIMUM_MINOR = 1000
    little, enough = make_creditor(999), make_creditor(1000)

    run()

    assert [standing(little), standing(enough)] == [{"payable": 999}, {"paying": 1000}]
    assert only().payee == enough


def test_a_payees_debt_is_kept_back_from_their_own_money_and_from_nobody_elses():
    debtor, other = make_creditor(3000, owes_minor=1200), make_creditor(3000)

    carry_out_run(run_id=run().pk)

    assert [amount for _, amount, _ in sent()] == [1800, 3000]
    assert [standing(debtor), standing(other)] == [{}, {}]
    assert [payout.set_off_minor for payout in Payout.objects.order_by("pk")] == [1200, 0]


def test_a_debt_that_is_more_than_there_is_takes_all_and_stays():
    debtor, other = make_creditor(3000, owes_minor=4000), make_creditor(1000)

    run()

    assert standing(debtor) == {"receivable": -1000}
    assert only().payee == other


def test_where_nobody_has_enough_there_is_no_run_and_debts_are_set_off_all_the_same():
    debtor = make_creditor(1500, owes_minor=1400)

    with pytest.raises(NobodyToPay):
        run()

    assert (PayoutRun.objects.count(), Payout.objects.count()) == (0, 0)
    assert standing(debtor) == {"payable": 100}


def test_a_run_pays_one_currency_and_never_the_platform():
    make_creditor(2000)
    lend(platform_payee(currency="EUR"), 5000)

    with pytest.raises(NobodyToPay):
        run(currency="GBP")
    run()

    assert only().amount_minor == 2000
    assert standing(platform_payee(currency="EUR")) == {"payable": 5000}


def test_starting_the_same_run_twice_and_carrying_it_out_twice_pays_once():
    make_creditor(2000)

    first, second = run(key="form-7"), run(key="form-7")

    assert first == second
    assert [carry_out_run(run_id=first.pk), carry_out_run(run_id=second.pk), send_open_payouts()] == [1, 0, 0]
    with pytest.raises(NobodyToPay):
        run(key="form-8")
    assert [amount for _, amount, _ in sent()] == [2000]


def test_every_transfer_is_a_written_attempt_with_the_payouts_own_key():
    make_creditor(2000)

    carry_out_run(run_id=run().pk)

    attempt = PaymentAttempt.objects.get(kind=AttemptKind.TRANSFER)
    assert (attempt.key, attempt.state) == (only().key, AttemptState.DONE)


def test_a_payee_without_an_account_is_paid_by_hand_and_the_provider_keeps_its_cash():
    cafe = make_creditor(1500, kind=PayeeKind.PARTNER)
    started = run()

    assert carry_out_run(run_id=started.pk) == 0
    payout = by_hand(only())

    assert (payout.state, payout.bank_ref, payout.closed_by) == (PayoutState.PAID, "SEPA 4711", "office:ana")
    assert standing(cafe) == {}
    assert standing(platform_payee(currency="EUR")) == {"payable": 1500}
    started.refresh_from_db()
    assert started.state == RunState.DONE
    assert is_right()


def test_marking_it_paid_again_changes_nothing_and_with_another_reference_it_is_refused():
    make_creditor(1500, kind=PayeeKind.PARTNER)
    run()
    by_hand(only())
    written = LedgerTransaction.objects.count()

    by_hand(only())
    with pytest.raises(PayoutInOtherState):
        by_hand(only(), bank_ref="another")

    assert (only().bank_ref, LedgerTransaction.objects.count()) == ("SEPA 4711", written)


def test_a_payment_by_hand_needs_a_reference_and_a_payout():
    make_creditor(1500, kind=PayeeKind.PARTNER)
    run()

    with pytest.raises(BankRefMissing):
        by_hand(only(), bank_ref="  ")
    with pytest.raises(PayoutNotFound):
        mark_paid_by_hand(payout_ref="nobody", bank_ref="x", actor="office:ana", now=NOON)

    assert only().state == PayoutState.DRAFT


def test_what_the_provider_may_still_send_is_nobodys_to_pay_by_hand_or_give_back():
    payee = make_creditor(1500)
    InMemoryProvider.is_down = True
    carry_out_run(run_id=run().pk)

    for refused in (lambda: by_hand(only()), lambda: give_back(payout_ref=only().ref, actor="a", now=NOON)):
        with pytest.raises(PayoutInOtherState):
            refused()

    assert (only().state, only().failure) == (PayoutState.DRAFT, "The provider does not answer.")
    assert standing(payee) == {"paying": 1500}


def test_a_provider_that_did_not_answer_is_asked_again_under_the_same_key():
    make_creditor(1500)
    InMemoryProvider.is_down = True
    assert carry_out_run(run_id=run().pk) == 0
    key = only().key

    InMemoryProvider.is_down = False

    assert send_open_payouts() == 1
    assert list(InMemoryProvider.transfers) == [key]


def test_a_refused_payout_says_why_keeps_its_money_and_goes_when_it_is_retried():
    payee = make_creditor(1500)
    InMemoryProvider.deposits[:] = [500]
    started = run()
    key = only().key

    assert carry_out_run(run_id=started.pk) == 0
    assert (only().state, only().failure) == (PayoutState.FAILED, "There is not enough money here.")
    assert standing(payee) == {"paying": 1500}
    assert send_open_payouts() == 0
    started.refresh_from_db()
    assert started.state == RunState.OPEN

    InMemoryProvider.deposits[:] = [1500]
    retry_payout(payout_ref=only().ref, now=NOON)

    assert send_open_payouts() == 1
    assert only().key != key
    assert (standing(payee), only().state) == ({}, PayoutState.SENT)
    with pytest.raises(PayoutInOtherState):
        retry_payout(payout_ref=only().ref, now=NOON)
    assert is_right()


def test_a_retry_goes_to_the_account_that_the_payee_has_by_now():
    payee = make_creditor(1500)
    InMemoryProvider.deposits[:] = [500]
    carry_out_run(run_id=run().pk)
    MemoryAccounts.closed.add(payee.pk)

    retried = retry_payout(payout_ref=only().ref, now=NOON)

    assert (retried.provider, retried.account, send_open_payouts()) == ("", "", 0)
    assert by_hand(only()).state == PayoutState.PAID


def test_a_payout_that_is_given_back_is_in_the_next_run():
    payee = make_creditor(1500, kind=PayeeKind.PARTNER)
    first = run()

    give_back(payout_ref=only().ref, actor="office:ana", now=NOON)
    first.refresh_from_db()
    assert (standing(payee), first.state) == ({"payable": 1500}, RunState.DONE)
    second = run()

    assert Payout.objects.get(run=second).amount_minor == 1500
    with pytest.raises(PayoutInOtherState):
        give_back(payout_ref=Payout.objects.get(run=first).ref, actor="office:ana", now=NOON)
    assert standing(payee) == {"paying": 1500}


def test_what_a_payee_comes_to_owe_during_a_run_is_not_taken_from_the_money_on_its_way():
    payee = make_creditor(1500)
    started = run()
    owe(payee, 400)
    carry_out_run(run_id=started.pk)
    assert standing(payee) == {"receivable": -400}

    lend(payee, 2000)
    carry_out_run(run_id=run().pk)

    assert [amount for _, amount, _ in sent()] == [1500, 1600]
    assert standing(payee) == {}


def test_somebody_else_at_it_is_left_alone():
    make_creditor(1500)
    run()
    Payout.objects.update(claimed_until=NOON.replace(minute=5))

    assert not send_payout(payout_id=only().pk)
    assert (sent(), only().tries) == ([], 0)
