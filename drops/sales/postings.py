"""
What a sale and a refund mean in the ledger.
"""

from datetime import datetime
from typing import Any

from django.db.models import Sum

from drops.ledger.entries import Posting, post
from drops.ledger.models import Account, Entry, LedgerTransaction, Payee
from drops.ledger.payees import payee_of, platform_payee
from drops.ledger.splits import split
from drops.money import BASIS
from drops.sales.delivery import Share
from drops.sales.models import Order, Payment, Refund


def post_sale(*, order: Order, shares: list[Share], at: datetime) -> LedgerTransaction:
    """
    Post a paid order: its total is on its way in, and everybody who has a part of it has earned that.

    Terms written before agreements existed name one creator, who gets what remains.
    """
    parts = order.terms["shares"]
    seller, platform = payee_of(creator=order.creator), platform_payee(currency=order.currency)
    others = Payee.objects.in_bulk(
        [share.payee_id for share in shares] + [part["payee"] for part in parts.get("creators", []) if part["payee"]]
    )
    postings = [
        Posting(Account.CLEARING, order.total_minor, memo="to be captured"),
        *_taxes(order),
        Posting(Account.DUTY, -parts.get("duties_minor", 0), memo="duties and import tax"),
        Posting(Account.FEES, -_processor_minor(parts), memo="set aside for the processor"),
        Posting(Account.POSTAGE, -parts["postage_minor"], seller, "postage passed on"),
        Posting(
            Account.ACCRUED,
            parts.get("platform_absorbs_minor", 0) - parts["platform_minor"],
            platform,
            "service fee",
        ),
        *(Posting(Account.ACCRUED, -share.amount_minor, others[share.payee_id], share.memo) for share in shares),
    ]
    rest = sum(posting.amount_minor for posting in postings)
    creators = parts.get("creators") or [{"payee": None, "share_bp": BASIS}]
    agreed = [part["share_bp"] for part in creators]
    amounts = [part["amount_minor"] for part in creators] if "creators" in parts else [rest]
    if sum(amounts) != rest:
        # The partner's part is not what the quote thought: the creators bear it, or gain it, by their shares.
        amounts = split(rest, agreed)
    postings += [
        Posting(Account.ACCRUED, -amount, others[part["payee"]] if part["payee"] else seller, "creator's share")
        for part, amount in zip(creators, amounts, strict=True)
    ]
    return post(
        cause=f"sale:{order.ref}",
        kind="sale",
        currency=order.currency,
        order_ref=order.ref,
        at=at,
        postings=postings,
    )


def post_capture(
    *, payment: Payment, order_ref: str, amount_minor: int, fee_minor: int, at: datetime
) -> LedgerTransaction:
    """
    Post that the money of a sale came in, less what the processor kept.

    The fee that was set aside is used up. What it was too little is the platform's cost, what was too much its gain.
    """
    set_aside = -sum(
        Entry.objects.filter(transaction__cause=f"sale:{order_ref}", account=Account.FEES).values_list(
            "amount_minor", flat=True
        )
    )
    platform = platform_payee(currency=payment.currency)
    return post(
        cause=f"capture:{payment.ref}",
        kind="capture",
        currency=payment.currency,
        order_ref=order_ref,
        at=at,
        postings=[
            Posting(Account.CASH, amount_minor - fee_minor, memo="captured"),
            Posting(Account.CLEARING, -amount_minor, memo="captured"),
            Posting(Account.FEES, set_aside, memo="the processor's fee"),
            Posting(Account.ACCRUED, fee_minor - set_aside, platform, "the processor's fee, less what was set aside"),
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

    What was paid is owed to the shopper instead. A fee that the processor kept of it is the platform's cost.
    """
    owed = (
        Entry.objects.filter(transaction__order_ref=order.ref)
        .exclude(account__in=[Account.CASH, Account.CLEARING])
        .values("account", "payee", "country")
        .annotate(total=Sum("amount_minor"))
        .order_by("account", "payee", "country")
    )
    kept = order.total_minor + sum(row["total"] for row in owed)
    payees = Payee.objects.in_bulk({row["payee"] for row in owed if row["payee"]})
    return post(
        cause=f"reversal:{order.ref}",
        kind="reversal",
        currency=order.currency,
        order_ref=order.ref,
        at=at,
        postings=[
            *(
                Posting(
                    Account(row["account"]), -row["total"], payees.get(row["payee"]), "order refunded", row["country"]
                )
                for row in owed
            ),
            Posting(
                Account.ACCRUED, kept, platform_payee(currency=order.currency), "the processor's fee is not returned"
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


def _processor_minor(parts: dict[str, Any]) -> int:
    """Return what is kept back for the processor: nothing, if the platform pays it out of its own part."""
    return 0 if parts.get("processor_borne_by", "platform") == "platform" else int(parts["processor_minor"])


def _taxes(order: Order) -> list[Posting]:
    """Return a posting for each country that gets tax; of old terms the one they name."""
    parts = order.terms["shares"]
    if "tax" not in parts:
        label = order.terms["of_which"][0]["label"]
        return [Posting(Account.TAX, -parts["tax_minor"], memo=label, country=order.creator.country)]
    by_country: dict[str, int] = {}
    for tax in parts["tax"]:
        by_country[tax["country"]] = by_country.get(tax["country"], 0) + tax["amount_minor"]
    return [Posting(Account.TAX, -amount, memo="tax", country=country) for country, amount in by_country.items()]
