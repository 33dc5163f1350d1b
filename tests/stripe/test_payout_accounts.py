"""Which account of Stripe's a payee's money goes to."""

import pytest

from creatorshop.adapters.stripe.models import StripeAccount
from creatorshop.adapters.stripe.payout_accounts import StripeAccounts
from drops.ledger.models import Payee, PayeeKind
from drops.ledger.payees import payee_of
from drops.payouts.accounts import PayoutAccount, payout_account
from tests.factories import NOON, make_creator

pytestmark = pytest.mark.django_db


@pytest.fixture
def creator():
    creator = make_creator()
    StripeAccount.objects.create(creator=creator, account_id="acct_mira", created_at=NOON, told_at=NOON)
    return creator


def test_a_creators_money_goes_to_their_account_once_stripe_takes_transfers(creator, settings):
    settings.PAYOUT_ACCOUNTS = ["creatorshop.adapters.stripe.payout_accounts.StripeAccounts"]
    payee = payee_of(creator=creator)
    assert payout_account(payee=payee) is None

    StripeAccount.objects.update(is_transfer_enabled=True)

    assert payout_account(payee=payee) == PayoutAccount("stripe", "acct_mira")


def test_a_partner_and_a_creator_who_is_not_connected_have_none(creator):
    StripeAccount.objects.update(is_transfer_enabled=True)
    partner = Payee.objects.create(kind=PayeeKind.PARTNER, name="Café Mira")
    other = payee_of(creator=make_creator())

    assert [StripeAccounts().account_of(payee=payee) for payee in (partner, other)] == ["", ""]
