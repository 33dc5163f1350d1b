from creatorshop.adapters.stripe.models import StripeAccount
from drops.ledger.models import Payee
from drops.payouts.accounts import PayoutAccounts


class StripeAccounts(PayoutAccounts):
    """The accounts that creators have connected, as Stripe last told of them. Partners are paid by hand."""

    name = "stripe"

    def account_of(self, *, payee: Payee) -> str:
        """Return the account of the creator that a payee stands for, once Stripe takes transfers to it."""
        connected = StripeAccount.objects.filter(creator__payee=payee, is_transfer_enabled=True)
        return connected.values_list("account_id", flat=True).first() or ""
