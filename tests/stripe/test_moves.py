"""
Money back to shoppers, on to creators, and back from there.
"""

import pytest

from creatorshop.adapters.stripe.moves import RefundRefused
from creatorshop.adapters.stripe.provider import StripePayments
from drops.clock import database_now
from drops.sales.models import Refund
from drops.sales.payment import RefundFailed, TransferOrder, TransferRefused
from tests.stripe import bank
from tests.stripe.double import StripeDouble

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(payment):
    bank.authorise(payment.provider_ref)
    StripePayments().capture(payment=payment, key="capture:1")
    return StripePayments()


def owe(payment, amount_minor, key="refund:1"):
    """Make a refund that is not written down: the shop's own books would not take all of them."""
    return Refund(payment=payment, key=key, amount_minor=amount_minor, reason="test", created_at=database_now())


def test_a_part_goes_back_under_our_key(provider, payment):
    provider.refund(refund=owe(payment, 1000))

    method, path, given = StripeDouble.asked[-1]
    assert (method, path) == ("post", "/v1/refunds")
    assert given == {"payment_intent": payment.provider_ref, "amount": "1000", "metadata[refund]": "refund:1"}
    assert StripeDouble.headers[-1]["Idempotency-Key"] == "refund:1"


def test_more_than_is_left_is_refused_in_stripes_words(provider, payment):
    provider.refund(refund=owe(payment, 3914))

    with pytest.raises(RefundRefused) as refusal:
        provider.refund(refund=owe(payment, 1, key="refund:2"))

    assert refusal.value.facts == {"reason": "charge_already_refunded"}
    assert [refund["amount"] for refund in StripeDouble.refunds] == [3914]


def test_a_refund_that_the_bank_sent_back_did_not_go(provider, payment, monkeypatch):
    def fail(self, given):
        return {"id": "re_1", "object": "refund", "status": "failed", "failure_reason": "lost_or_stolen_card"}

    monkeypatch.setattr(StripeDouble, "_refund", fail)

    with pytest.raises(RefundFailed) as refusal:
        provider.refund(refund=owe(payment, 1000))

    assert refusal.value.message == "The card was lost or stolen."


def test_a_transfer_goes_to_the_creators_account_in_the_orders_group(provider):
    ref = provider.transfer(order=TransferOrder("transfer:1", "acct_mira", 2000, "EUR", group="hold-1"))

    assert StripeDouble.asked[-1] == (
        "post",
        "/v1/transfers",
        {"amount": "2000", "currency": "eur", "destination": "acct_mira", "transfer_group": "hold-1"},
    )
    assert provider.cash(currency="EUR") == 1831
    assert StripeDouble.transfers[ref]["amount_reversed"] == 0


def test_a_transfer_to_nobody_is_refused(provider):
    with pytest.raises(TransferRefused) as refusal:
        provider.transfer(order=TransferOrder("transfer:1", "acct_nobody", 2000, "EUR"))

    assert refusal.value.facts == {"reason": "resource_missing"}
    assert StripeDouble.transfers == {}


def test_a_part_of_a_transfer_comes_back(provider):
    ref = provider.transfer(order=TransferOrder("transfer:1", "acct_mira", 2000, "EUR"))

    provider.reverse(transfer_ref=ref, amount_minor=500, key="reverse:1")

    assert StripeDouble.transfers[ref]["amount_reversed"] == 500
    assert provider.cash(currency="EUR") == 2331


def test_cash_is_counted_for_each_currency(provider):
    assert (provider.cash(currency="EUR"), provider.cash(currency="JPY")) == (3831, 0)
