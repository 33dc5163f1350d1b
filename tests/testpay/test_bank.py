"""`manage.py testpay`: the bank after the sale, and what its word does to the books."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from creatorshop.adapters.testpay import transfers
from creatorshop.adapters.testpay.models import ChargeState, TestCharge
from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account, LedgerTransaction
from drops.sales.models import DisputeState, Order, OrderState, PaymentState
from drops.sales.settling import refresh_payment
from tests.factories import make_drop_sku, make_hold, make_payment

pytestmark = pytest.mark.django_db(transaction=True)

FEE = 80  # 1.4 % of 39.14, half a cent up, and 0.25
BOOKS = (Account.CASH, Account.CLEARING)


@pytest.fixture(autouse=True)
def shop(settings, live_server):
    settings.SHOP_URL = live_server.url


@pytest.fixture
def payment():
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku()), provider="test")
    Client().post(f"/pay/test/{payment.ref}/", {"decision": "approve"})
    return payment


@pytest.fixture
def paid(payment):
    refresh_payment(payment_ref=payment.ref)
    assert books() == (3914 - FEE, 0)
    return payment


def books():
    return tuple(balance_of(account=account, currency="EUR") for account in BOOKS)


def bank(deed, payment, capsys):
    call_command("testpay", deed, payment.ref)
    payment.refresh_from_db()
    return capsys.readouterr().out


def test_a_dispute_takes_the_money_until_it_is_decided(paid, capsys):
    said = bank("dispute", paid, capsys)

    assert said.endswith("done; the shop was told.\n")
    assert paid.dispute == DisputeState.OPEN
    assert books() == (-FEE, 3914)
    assert transfers.cash(currency="EUR") == -FEE


def test_a_dispute_that_is_won_brings_it_back(paid, capsys):
    bank("dispute", paid, capsys)

    bank("win", paid, capsys)

    assert (paid.dispute, paid.state, Order.objects.get().state) == (
        DisputeState.WON,
        PaymentState.CAPTURED,
        OrderState.PAID,
    )
    assert (books(), transfers.cash(currency="EUR")) == ((3914 - FEE, 0), 3914 - FEE)
    assert unbalanced_causes() == []


def test_a_dispute_that_is_lost_is_the_platforms_loss(paid, capsys):
    before = balance_of(account=Account.ACCRUED, currency="EUR")
    bank("dispute", paid, capsys)

    bank("lose", paid, capsys)

    assert paid.dispute == DisputeState.LOST
    assert (books(), transfers.cash(currency="EUR")) == ((-FEE, 0), -FEE)
    assert balance_of(account=Account.ACCRUED, currency="EUR") - before == 3914
    assert unbalanced_causes() == []


def test_a_bank_decides_only_what_is_open(paid, capsys):
    causes = set(LedgerTransaction.objects.values_list("cause", flat=True))

    with pytest.raises(CommandError, match="There is no such dispute to be had"):
        bank("win", paid, capsys)

    paid.refresh_from_db()
    assert (paid.dispute, TestCharge.objects.get().dispute) == (DisputeState.NONE, DisputeState.NONE)
    assert set(LedgerTransaction.objects.values_list("cause", flat=True)) == causes


def test_a_decided_dispute_is_not_opened_again(paid, capsys):
    bank("dispute", paid, capsys)
    bank("lose", paid, capsys)

    for deed in ("dispute", "win", "lose"):
        with pytest.raises(CommandError):
            bank(deed, paid, capsys)

    assert (TestCharge.objects.get().dispute, books()) == (DisputeState.LOST, (-FEE, 0))


def test_an_authorisation_that_has_expired_calls_the_order_off_that_was_made_of_it(payment, capsys):
    bank("expire", payment, capsys)

    assert (payment.state, payment.failure) == (PaymentState.CANCELLED, "The authorisation has expired.")
    # The word that it was reserved came first, and what was made of it is undone.
    assert (TestCharge.objects.get().state, Order.objects.get().state) == (ChargeState.CANCELLED, OrderState.REFUNDED)
    assert (books(), unbalanced_causes()) == ((0, 0), [])


def test_what_was_captured_does_not_expire(paid, capsys):
    with pytest.raises(CommandError, match="Nothing is reserved that could expire"):
        bank("expire", paid, capsys)

    assert (TestCharge.objects.get().state, books()) == (ChargeState.CAPTURED, (3914 - FEE, 0))


def test_a_shop_that_does_not_answer_is_told_later(paid, capsys, settings):
    settings.SHOP_URL = "http://127.0.0.1:1"

    said = bank("dispute", paid, capsys)

    assert said.endswith("done; the shop is told as soon as it answers.\n")
    assert (paid.dispute, TestCharge.objects.get().dispute) == (DisputeState.NONE, DisputeState.OPEN)


@pytest.mark.parametrize("deed", ["dispute", "win", "lose", "expire"])
def test_nobody_is_the_bank_of_a_payment_that_is_not_there(deed):
    with pytest.raises(CommandError, match="There is no such test payment"):
        call_command("testpay", deed, "0" * 32)


def test_there_is_no_bank_where_test_payments_are_off(paid, settings, capsys):
    settings.ALLOW_TEST_PAYMENTS = False

    with pytest.raises(CommandError, match="Test payments are switched off here"):
        bank("dispute", paid, capsys)

    assert TestCharge.objects.get().dispute == DisputeState.NONE
