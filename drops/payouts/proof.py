"""
What the books have to say of payouts: nothing was paid that was not released, and what is kept aside has its payout.
"""

from django.db.models import Sum

from drops.ledger.balances import balances_by_payee
from drops.ledger.models import Account, LedgerTransaction
from drops.ledger.proof import Check
from drops.payouts.models import UNPAID, Payout


def payout_check() -> Check:
    """Return whether no payee was paid more than was released, and payouts on their way are what is kept aside for them."""
    wrong = []
    for currency in LedgerTransaction.objects.order_by("currency").values_list("currency", flat=True).distinct():
        for payee_id, amount in balances_by_payee(account=Account.PAYABLE, currency=currency).items():
            if amount > 0:
                wrong.append(
                    (f"payee {payee_id}", f"{amount} {currency} minor units were taken beyond what was released")
                )
        kept = balances_by_payee(account=Account.PAYING, currency=currency)
        open_payouts = Payout.objects.filter(state__in=UNPAID, currency=currency).values("payee")
        asked = {
            row["payee"]: row["total"] for row in open_payouts.annotate(total=Sum("amount_minor")).order_by("payee")
        }
        for payee_id in sorted({*kept, *asked}):
            aside, wanted = -kept.get(payee_id, 0), asked.get(payee_id, 0)
            if aside != wanted:
                wrong.append(
                    (
                        f"payee {payee_id}",
                        f"{aside} {currency} minor units are kept aside, and payouts ask for {wanted}",
                    )
                )
    return Check("payouts", "nothing is paid out that was not released", Payout.objects.count(), wrong)
