"""
What a refund means in the ledger: the plan, account by account.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drops.ledger.entries import PLATFORM, Posting
from drops.ledger.models import Account, LedgerTransaction
from drops.sales.models import Order, Refund
from drops.sales.postings import post_reversal

# Where a plan takes money from, and on which account of the payee that is booked. What comes back from a transfer is
# owed by the payee until the provider says that it came; what the platform's own part does not cover is its loss.
_SOURCES = {
    "postage": Account.POSTAGE,
    "accrued": Account.ACCRUED,
    "released": Account.PAYABLE,
    "receivable": Account.RECEIVABLE,
    "cost": Account.ACCRUED,
}


def post_refund(*, order: Order, refund: Refund, at: datetime) -> LedgerTransaction:
    """Post what a refund's plan takes from everybody; it is owed to the shopper from this moment on."""
    plan = refund.plan
    return post_reversal(
        cause=f"{order.ref}:{refund.number}",
        currency=order.currency,
        order_ref=order.ref,
        at=at,
        postings=[
            *(
                Posting(Account.TAX, amount, memo="tax of what went back", country=country)
                for country, amount in _by_country(plan).items()
            ),
            Posting(Account.DUTY, plan["duties_minor"], memo="duties of what went back"),
            *_of_payees(plan),
            Posting(Account.ACCRUED, plan["provider_keeps_minor"], PLATFORM, "the processor's fee is not returned"),
            Posting(Account.REFUND, -plan["amount_minor"], memo="to be sent back"),
        ],
    )


def _of_payees(plan: Mapping[str, Any]) -> list[Posting]:
    postage = {"payee": plan["postage_payee"], "from": plan["postage_from"], "role": "postage"}
    return [
        Posting(_SOURCES[source], amount, part["payee"], f"{part['role']}: {source}")
        for part in [*plan["payees"], postage]
        for source, amount in part["from"].items()
    ]


def _by_country(plan: Mapping[str, Any]) -> dict[str, int]:
    amounts: dict[str, int] = {}
    for tax in plan["tax"]:
        amounts[tax["country"]] = amounts.get(tax["country"], 0) + tax["amount_minor"]
    return amounts
