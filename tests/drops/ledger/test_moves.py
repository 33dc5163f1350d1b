"""
Money after it was earned, to the cent and once per key.
"""

import pytest

from drops.ledger import moves
from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account, LedgerTransaction, Payee, PayeeKind
from drops.ledger.payees import platform_payee
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana():
    return Payee.objects.create(kind=PayeeKind.CREATOR, name="Ana")


def standing(payee):
    """Return what stands on each account of a payee, and the cash."""
    own = {
        account: balance_of(account=account, currency="EUR", payee=payee)
        for account in (Account.ACCRUED, Account.POSTAGE, Account.PAYABLE, Account.RECEIVABLE)
    }
    own[Account.CASH] = balance_of(account=Account.CASH, currency="EUR")
    return {account: amount for account, amount in own.items() if amount}


def facts(payee, amount_minor=3089):
    return {"key": "A", "payee": payee, "amount_minor": amount_minor, "currency": "EUR", "order_ref": "A", "at": NOON}


@pytest.mark.parametrize(
    ("move", "expected"),
    [
        (moves.post_release, {Account.ACCRUED: 3089, Account.PAYABLE: -3089}),
        (moves.post_transfer_reversal, {Account.PAYABLE: -3089, Account.CASH: 3089}),
        (moves.post_set_off, {Account.PAYABLE: 3089, Account.RECEIVABLE: -3089}),
        (moves.post_write_off, {Account.RECEIVABLE: -3089}),
    ],
)
def test_a_move_is_posted_to_the_cent_and_once(ana, move, expected):
    for _ in range(2):
        move(**facts(ana))

    assert standing(ana) == expected
    assert LedgerTransaction.objects.count() == 1
    assert unbalanced_causes() == []


def test_postage_is_released_with_what_was_earned(ana):
    moves.post_release(**facts(ana), postage_minor=398)

    assert standing(ana) == {Account.ACCRUED: 3089, Account.POSTAGE: 398, Account.PAYABLE: -3487}


def test_a_debt_that_is_given_up_is_the_platforms_cost(ana):
    moves.post_write_off(**facts(ana))

    assert standing(platform_payee(currency="EUR")) == {Account.ACCRUED: 3089}


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_not_moved(ana, amount):
    with pytest.raises(moves.AmountNotPositive):
        moves.post_transfer_reversal(**facts(ana, amount))

    assert LedgerTransaction.objects.count() == 0
