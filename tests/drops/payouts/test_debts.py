"""A debt is given up as a whole, once, with a reason, and the platform bears it."""

import pytest
from django.db import DatabaseError, transaction

from drops.ledger.entries import unbalanced_causes
from drops.ledger.models import LedgerTransaction
from drops.ledger.payees import platform_payee
from drops.payouts.debts import DebtIsAnother, give_up_debt
from drops.payouts.models import WriteOff
from drops.payouts.reversals import plan_reversals, take_back_debts
from drops.sales.refunds import ReasonMissing
from tests.clock import stopped_clock
from tests.drops.payouts.makers import lend, make_creditor, owe, standing
from tests.drops.payouts.test_reversals import paid_payee
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def debtor():
    payee = make_creditor(1)
    owe(payee, 500)
    return payee


def give_up(payee, amount_minor=500, **given):
    facts = {"currency": "EUR", "reason": "She closed her shop.", "actor": "office:ana", "key": "form 1", "now": NOON}
    return give_up_debt(payee=payee, amount_minor=amount_minor, **(facts | given))


def written():
    return WriteOff.objects.count(), LedgerTransaction.objects.filter(kind="write_off").count()


def test_a_debt_that_is_given_up_is_gone_from_the_payee_and_is_the_platforms_cost(debtor):
    give_up(debtor)

    row = WriteOff.objects.get()
    assert (row.amount_minor, row.reason, row.created_by) == (500, "She closed her shop.", "office:ana")
    assert standing(debtor) == {"payable": 1}
    assert standing(platform_payee(currency="EUR")) == {"accrued": -500}
    assert unbalanced_causes() == []


def test_the_same_form_sent_twice_gives_up_once_even_if_there_is_a_new_debt(debtor):
    first = give_up(debtor)
    owe(debtor, 500)

    assert give_up(debtor) == first

    assert (written(), standing(debtor)) == ((1, 1), {"payable": 1, "receivable": -500})


@pytest.mark.parametrize("seen", [499, 501, 0])
def test_a_debt_that_is_another_than_the_one_seen_is_not_given_up(debtor, seen):
    with pytest.raises(DebtIsAnother, match=r"owes €5\.00 by now"):
        give_up(debtor, seen)

    assert (written(), standing(debtor)) == ((0, 0), {"payable": 1, "receivable": -500})


def test_who_owes_nothing_is_given_up_nothing():
    payee = make_creditor(700)

    with pytest.raises(DebtIsAnother, match="owes nothing"):
        give_up(payee, 0)

    assert (written(), standing(payee)) == ((0, 0), {"payable": 700})


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_without_a_reason_nothing_is_given_up(debtor, reason):
    with pytest.raises(ReasonMissing):
        give_up(debtor, reason=reason)

    assert (written(), standing(debtor)) == ((0, 0), {"payable": 1, "receivable": -500})


def test_what_the_provider_is_asked_to_take_back_is_not_given_up_but_the_rest_is():
    payee = paid_payee(2000)
    owe(payee, 2300)
    plan_reversals(payee_id=payee.pk, currency="EUR", now=NOON)

    with pytest.raises(DebtIsAnother, match=r"owes €3\.00 by now"):
        give_up(payee)
    give_up(payee, 300)
    take_back_debts()

    assert (written(), standing(payee)) == ((1, 1), {})


def test_what_is_earned_after_a_debt_was_given_up_is_the_payees(debtor):
    give_up(debtor)

    lend(debtor, 800)

    assert standing(debtor) == {"payable": 801}


def test_the_database_refuses_to_change_or_forget_what_was_given_up(debtor):
    give_up(debtor)

    for change in (lambda: WriteOff.objects.update(amount_minor=1), lambda: WriteOff.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()

    assert WriteOff.objects.get().amount_minor == 500
