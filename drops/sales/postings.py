"""
What a sale and a refund mean in the ledger.
"""

from datetime import datetime

from django.db.models import Sum

from drops.ledger.entries import Posting, post
from drops.ledger.models import Account, Entry, LedgerTransaction, Payee
from drops.ledger.payees import payee_of, platform_payee
from drops.sales.delivery import Share
from drops.sales.models import Order, Payment, Refund


def post_sale(*, order: Order, shares: list[Share], at: datetime) -> LedgerTransaction:
    """
    Post a paid order: the total in, and what is owed to tax, platform, post, partner and creator.

    The creator's entry is what remains, so the parts always sum to the total.
    """
    parts = order.terms["shares"]
    creator = payee_of(creator=order.creator)
    earned = [(Payee.objects.get(pk=share.payee_id), share) for share in shares]
    others = sum(share.amount_minor for _, share in earned)
    tax, platform, postage = parts["tax_minor"], parts["platform_minor"], parts["postage_minor"]
    rest = order.total_minor - tax - platform - postage - others
    return post(
        cause=f"sale:{order.ref}",
        kind="sale",
        currency=order.currency,
        order_ref=order.ref,
        at=at,
        postings=[
            Posting(Account.CASH, order.total_minor, memo="captured"),
            Posting(Account.TAX, -tax, memo=order.terms["of_which"][0]["label"]),
            Posting(Account.PAYABLE, -platform, platform_payee(currency=order.currency), "service fee"),
            Posting(Account.POSTAGE, -postage, creator, "postage passed on"),
            *(Posting(Account.PAYABLE, -share.amount_minor, payee, share.memo) for payee, share in earned),
            Posting(Account.PAYABLE, -rest, creator, "creator's share"),
        ],
    )


def post_unowned_money(*, payment: Payment, amount_minor: int, at: datetime) -> LedgerTransaction:
    """Post money that came in without a hold to belong to: it is owed back from this moment on."""
    return post(
        cause=f"unowned:{payment.ref}",
        kind="unowned",
        currency=payment.currency,
        order_ref="",
        at=at,
        postings=[
            Posting(Account.CASH, amount_minor, memo="captured"),
            Posting(Account.REFUND, -amount_minor, memo="to be sent back"),
        ],
    )


def post_order_reversal(*, order: Order, at: datetime) -> LedgerTransaction:
    """
    Post that nothing is owed for an order any more: every payee, the tax and the postage back to zero.

    What came in is owed to the shopper instead.
    """
    owed = (
        Entry.objects.filter(transaction__order_ref=order.ref)
        .exclude(account=Account.CASH)
        .values("account", "payee")
        .annotate(total=Sum("amount_minor"))
        .order_by("account", "payee")
    )
    payees = Payee.objects.in_bulk({row["payee"] for row in owed if row["payee"]})
    return post(
        cause=f"reversal:{order.ref}",
        kind="reversal",
        currency=order.currency,
        order_ref=order.ref,
        at=at,
        postings=[
            *(
                Posting(Account(row["account"]), -row["total"], payees.get(row["payee"]), "order refunded")
                for row in owed
            ),
            Posting(Account.REFUND, -order.total_minor, memo="to be sent back"),
        ],
    )


def post_refund_sent(*, refund: Refund, at: datetime) -> LedgerTransaction:
    """Post that money which was owed back has gone."""
    return post(
        cause=f"sent:{refund.key}",
        kind="refund",
        currency=refund.payment.currency,
        order_ref="",
        at=at,
        postings=[
            Posting(Account.REFUND, refund.amount_minor, memo=refund.reason),
            Posting(Account.CASH, -refund.amount_minor, memo="sent back"),
        ],
    )
