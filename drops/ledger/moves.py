"""
What happens to money after somebody has earned it: released, sent, taken back, set off, given up.

Each is posted once per key, in one round trip. Amounts are positive here; the accounts say which way they go.
"""

from datetime import datetime

from drops.errors import Invalid
from drops.ledger.entries import PLATFORM, Posting, post
from drops.ledger.models import Account, LedgerTransaction, Payee


class AmountNotPositive(Invalid):
    code = "amount_not_positive"


def post_release(
    *,
    key: str,
    payee: Payee,
    amount_minor: int,
    postage_minor: int = 0,
    currency: str,
    order_ref: str,
    at: datetime,
) -> LedgerTransaction:
    """
    Post that what a payee earned on an order, and the postage that passes through them, may be paid out from now on.

    :raises AmountNotPositive: if nothing would be released.
    """
    _refuse_nothing(amount_minor + postage_minor)
    return post(
        cause=f"release:{key}",
        kind="release",
        currency=currency,
        order_ref=order_ref,
        at=at,
        postings=[
            Posting(Account.ACCRUED, amount_minor, payee, "released"),
            Posting(Account.POSTAGE, postage_minor, payee, "postage released"),
            Posting(Account.PAYABLE, -amount_minor - postage_minor, payee, "may be paid out"),
        ],
    )


def post_transfer_reversal(
    *, key: str, payee: Payee, amount_minor: int, currency: str, order_ref: str = "", at: datetime
) -> LedgerTransaction:
    """
    Post that money which was sent to a payee came back, all of a transfer or a part.

    :raises AmountNotPositive: if it is none.
    """
    _refuse_nothing(amount_minor)
    return post(
        cause=f"transfer_reversal:{key}",
        kind="transfer_reversal",
        currency=currency,
        order_ref=order_ref,
        at=at,
        postings=[
            Posting(Account.CASH, amount_minor, memo="taken back"),
            Posting(Account.PAYABLE, -amount_minor, payee, "transfer taken back"),
        ],
    )


def post_set_off(
    *, key: str, payee: Payee, amount_minor: int, currency: str, order_ref: str = "", at: datetime
) -> LedgerTransaction:
    """
    Post that a payee's debt was kept back from what was to be paid out to them.

    :raises AmountNotPositive: if it is none.
    """
    _refuse_nothing(amount_minor)
    return post(
        cause=f"set_off:{key}",
        kind="set_off",
        currency=currency,
        order_ref=order_ref,
        at=at,
        postings=[
            Posting(Account.PAYABLE, amount_minor, payee, "kept back"),
            Posting(Account.RECEIVABLE, -amount_minor, payee, "debt set off"),
        ],
    )


def post_write_off(
    *, key: str, payee: Payee, amount_minor: int, currency: str, order_ref: str = "", at: datetime
) -> LedgerTransaction:
    """
    Post that a payee's debt is given up: the platform bears it, never another payee.

    :raises AmountNotPositive: if it is none.
    """
    _refuse_nothing(amount_minor)
    return post(
        cause=f"write_off:{key}",
        kind="write_off",
        currency=currency,
        order_ref=order_ref,
        at=at,
        postings=[
            Posting(Account.RECEIVABLE, -amount_minor, payee, "given up"),
            Posting(Account.ACCRUED, amount_minor, PLATFORM, "a debt given up"),
        ],
    )


def post_set_aside(*, key: str, payee: Payee, amount_minor: int, currency: str, at: datetime) -> LedgerTransaction:
    """
    Post that released money is kept for one payout: from here on nothing else can take it.

    :raises AmountNotPositive: if it is none.
    """
    _refuse_nothing(amount_minor)
    return _kept("set_aside", key, payee, amount_minor, currency, "kept for a payout", at)


def post_given_back(*, key: str, payee: Payee, amount_minor: int, currency: str, at: datetime) -> LedgerTransaction:
    """
    Post that a payout will not be made: its money may be paid out by another one.

    :raises AmountNotPositive: if it is none.
    """
    _refuse_nothing(amount_minor)
    return _kept("given_back", key, payee, -amount_minor, currency, "not paid out", at)


def post_payout_sent(*, key: str, payee: Payee, amount_minor: int, currency: str, at: datetime) -> LedgerTransaction:
    """
    Post that the money of a payout went to a payee's own account at the provider.

    :raises AmountNotPositive: if it is none.
    """
    _refuse_nothing(amount_minor)
    return post(
        cause=f"transfer:{key}",
        kind="transfer",
        currency=currency,
        order_ref="",
        at=at,
        postings=[
            Posting(Account.PAYING, amount_minor, payee, "transferred"),
            Posting(Account.CASH, -amount_minor, memo="transferred"),
        ],
    )


def post_paid_by_hand(*, key: str, payee: Payee, amount_minor: int, currency: str, at: datetime) -> LedgerTransaction:
    """
    Post that the platform paid a payout from its own bank: the provider holds as much as before, and owes it to the platform.

    :raises AmountNotPositive: if it is none.
    """
    _refuse_nothing(amount_minor)
    return post(
        cause=f"payout:{key}",
        kind="payout",
        currency=currency,
        order_ref="",
        at=at,
        postings=[
            Posting(Account.PAYING, amount_minor, payee, "paid from the platform's bank"),
            Posting(Account.PAYABLE, -amount_minor, PLATFORM, "laid out for a payee"),
        ],
    )


def _kept(
    kind: str, key: str, payee: Payee, amount_minor: int, currency: str, memo: str, at: datetime
) -> LedgerTransaction:
    return post(
        cause=f"{kind}:{key}",
        kind=kind,
        currency=currency,
        order_ref="",
        at=at,
        postings=[
            Posting(Account.PAYABLE, amount_minor, payee, memo),
            Posting(Account.PAYING, -amount_minor, payee, memo),
        ],
    )


def _refuse_nothing(amount_minor: int) -> None:
    if amount_minor <= 0:
        raise AmountNotPositive("There is nothing to move.", amount_minor=amount_minor)
