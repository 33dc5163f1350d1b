from drops.ledger.models import Payee, PayeeKind
from drops.payouts.accounts import PayoutAccounts


class TestAccounts(PayoutAccounts):
    """Every creator has an account at the test provider. Partners have none, so that payments by hand can be tried too."""

    __test__ = False
    name = "test"

    def account_of(self, *, payee: Payee) -> str:
        """Return an account that the test provider takes transfers for."""
        return f"test:{payee.pk}" if payee.kind == PayeeKind.CREATOR else ""
