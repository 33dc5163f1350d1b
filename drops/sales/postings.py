"""
What a sale, a refund and a dispute mean in the ledger. Each is posted once per cause, in one round trip.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from drops.ledger.entries import PLATFORM, Posting, post, written_by
from drops.ledger.models import Account, LedgerTransaction
from drops.ledger.payees import payee_of
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
    seller = order.creator.payee_id or payee_of(creator=order.creator).pk
    postings = [
        Posting(Account.CLEARING, order.total_minor, memo="to be captured"),
        *_taxes(order),
        Posting(Account.DUTY, -parts.get("duties_minor", 0), memo="duties and import tax"),
        Posting(Account.FEES, -_processor_minor(parts), memo="set aside for the processor"),
        Posting(Account.POSTAGE, -parts["postage_minor"], seller, "postage passed on"),
        Posting(
            Account.ACCRUED,
            parts.get("platform_absorbs_minor", 0) - parts["platform_minor"],
            PLATFORM,
            "service fee",
        ),
        *(Posting(Account.ACCRUED, -share.amount_minor, share.payee_id, share.memo) for share in shares),
    ]
    rest = sum(posting.amount_minor for posting in postings)
    creators = parts.get("creators") or [{"payee": None, "share_bp": BASIS}]
    agreed = [part["share_bp"] for part in creators]
    amounts = [part["amount_minor"] for part in creators] if "creators" in parts else [rest]
    if sum(amounts) != rest:
        # The partner's part is not what the quote thought: the creators bear it, or gain it, by their shares.
        amounts = split(rest, agreed)
    postings += [
        Posting(Account.ACCRUED, -amount, part["payee"] or seller, "creator's share")
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
    if amount_minor == 0:  # A sale of nothing was not posted either.
        return post(
            cause=f"capture:{payment.ref}",
            kind="capture",
            currency=payment.currency,
            order_ref=order_ref,
            postings=[],
            at=at,
        )
    return written_by(
        "SELECT * FROM drops_post_capture(%s, %s, %s, %s, %s, %s)",
        [payment.ref, order_ref, payment.currency, amount_minor, fee_minor, at],
        currency=payment.currency,
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


def post_fee(*, payment: Payment, order_ref: str = "", fee_minor: int, at: datetime) -> LedgerTransaction:
    """
    Post what the processor kept, apart from the capture: of money that goes back in full, or known only later.

    It is the platform's cost either way. Whoever bears the fee bore what was set aside for it when the price was made, and the
    capture has given the platform that.
    """
    return post(
        cause=f"fee:{payment.ref}",
        kind="fee",
        currency=payment.currency,
        order_ref=order_ref,
        at=at,
        postings=[
            Posting(Account.CASH, -fee_minor, memo="the processor's fee"),
            Posting(
                Account.ACCRUED,
                fee_minor,
                PLATFORM,
                "the processor's fee, told later" if order_ref else "the processor's fee is not returned",
            ),
        ],
    )


def post_reversal(
    *, order_ref: str, cause: str, currency: str, postings: Iterable[Posting], at: datetime
) -> LedgerTransaction:
    """
    Post that an order or a part of it is taken back, as a plan says it.

    :raises Unbalanced: if the plan does not sum to zero.
    """
    return post(
        cause=f"reversal:{cause}", kind="reversal", currency=currency, order_ref=order_ref, postings=postings, at=at
    )


def post_dispute_opened(
    *, payment: Payment, key: str, order_ref: str, amount_minor: int, fee_minor: int, at: datetime
) -> LedgerTransaction:
    """Post that a bank took money back until a dispute is decided; what the provider asks for it is the platform's cost."""
    return post(
        cause=f"dispute:{key}",
        kind="dispute_opened",
        currency=payment.currency,
        order_ref=order_ref,
        at=at,
        postings=[
            Posting(Account.CASH, -amount_minor - fee_minor, memo="taken by the bank"),
            Posting(Account.CLEARING, amount_minor, memo="disputed"),
            Posting(Account.ACCRUED, fee_minor, PLATFORM, "the fee of a dispute"),
        ],
    )


def post_dispute_won(
    *, payment: Payment, key: str, order_ref: str, amount_minor: int, fee_returned_minor: int = 0, at: datetime
) -> LedgerTransaction:
    """Post that the money of a dispute came back, and perhaps its fee."""
    return post(
        cause=f"dispute_end:{key}",
        kind="dispute_won",
        currency=payment.currency,
        order_ref=order_ref,
        at=at,
        postings=[
            Posting(Account.CASH, amount_minor + fee_returned_minor, memo="given back by the bank"),
            Posting(Account.CLEARING, -amount_minor, memo="dispute won"),
            Posting(Account.ACCRUED, -fee_returned_minor, PLATFORM, "the fee of a dispute, returned"),
        ],
    )


def post_dispute_lost(
    *,
    payment: Payment,
    key: str,
    order_ref: str,
    amount_minor: int,
    postings: Iterable[Posting] = (),
    at: datetime,
) -> LedgerTransaction:
    """
    Post that the money of a dispute is gone. What a plan takes back from payees makes up for it, the platform bears the rest.

    A dispute ends once: its cause is the same whether it was won or lost.
    """
    taken_back = list(postings)
    rest = amount_minor - sum(posting.amount_minor for posting in taken_back)
    return post(
        cause=f"dispute_end:{key}",
        kind="dispute_lost",
        currency=payment.currency,
        order_ref=order_ref,
        at=at,
        postings=[
            Posting(Account.CLEARING, -amount_minor, memo="dispute lost"),
            *taken_back,
            Posting(Account.ACCRUED, rest, PLATFORM, "a dispute lost"),
        ],
    )


def post_refund_sent(*, refund: Refund, at: datetime) -> LedgerTransaction:
    """Post that money which was owed back has gone."""
    return post(
        cause=f"sent:{refund.sending_key}",
        kind="refund",
        currency=refund.payment.currency,
        order_ref="",
        at=at,
        postings=[
            Posting(Account.REFUND, refund.amount_minor, memo=refund.reason),
            Posting(Account.CASH, -refund.amount_minor, memo="sent back"),
        ],
    )


def post_refund_failed(*, refund: Refund, at: datetime) -> LedgerTransaction:
    """Post that money which was sent back came back to us: the provider holds it again, and it is owed again."""
    return post(
        cause=f"failed:{refund.sending_key}",
        kind="refund_failed",
        currency=refund.payment.currency,
        order_ref="",
        at=at,
        postings=[
            Posting(Account.CASH, refund.amount_minor, memo="a refund that came back"),
            Posting(Account.REFUND, -refund.amount_minor, memo="owed to the shopper again"),
        ],
    )


def post_refund_by_hand(*, refund: Refund, at: datetime) -> LedgerTransaction:
    """Post that the platform paid a refund from elsewhere: what stays at the provider for it is the platform's now."""
    return post(
        cause=f"by_hand:{refund.sending_key}",
        kind="refund_by_hand",
        currency=refund.payment.currency,
        order_ref="",
        at=at,
        postings=[
            Posting(Account.REFUND, refund.amount_minor, memo="paid past the provider"),
            Posting(Account.PAYABLE, -refund.amount_minor, PLATFORM, "laid out for a refund"),
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
