"""Orders that are paid, in the books and at the provider, as they are before anything is released."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from drops.ledger.entries import Posting, balance_of, post
from drops.ledger.models import Account, Payee, PayeeKind
from drops.ledger.payees import payee_of
from drops.sales.models import Order, Payment
from drops.sales.orders import mark_fulfilled
from drops.sales.payment import Outcome
from drops.sales.settling import settle
from tests.doubles import InMemoryProvider, event_of
from tests.factories import NOON, make_creator, make_drop, make_drop_sku, make_hold, make_payment

_numbers = count(1)
# The mug is 38.00 and the fee 3 % of it, 1.14; 23 % tax is in both: 7.32. The platform has 0.93, the creator 30.89.
MUG, CREATORS, PLATFORMS = 3914, 3089, 93
DAY = timedelta(days=1)


def make_shop(**given: Any) -> Any:
    """Make an open drop with three mugs, at noon of the 27th of November."""
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8), account_limit=9)
    return make_drop_sku(drop=drop, units=3)


def buy(drop_sku: Any = None, *, method: str = "pickup") -> Order:
    """Buy a mug: authorised, confirmed, captured."""
    option = {"pickup": "counter", "parcel": "post"}[method]
    hold = make_hold(drop_sku=drop_sku or make_shop(), method=method, option=option)
    payment = make_payment(hold=hold)
    InMemoryProvider.outcomes[payment.ref] = Outcome.AUTHORISED
    settle(provider="memory", event=event_of(payment, Outcome.AUTHORISED))
    return Order.objects.get(hold=hold)


def payment_of(order: Order) -> Payment:
    return Payment.objects.get(hold=order.hold_id)


def hand_over(order: Order, at: datetime) -> None:
    mark_fulfilled(order_id=order.pk, at=at)
    order.refresh_from_db()


def standing(payee: Payee, currency: str = "EUR") -> dict[str, int]:
    """Return what a payee is owed, by account and without zeros; a debt is negative."""
    accounts = (Account.ACCRUED, Account.POSTAGE, Account.PAYABLE, Account.PAYING, Account.RECEIVABLE)
    found = {str(one): -balance_of(account=one, currency=currency, payee=payee) for one in accounts}
    return {name: amount for name, amount in found.items() if amount}


def make_creditor(
    released_minor: int, *, owes_minor: int = 0, kind: PayeeKind = PayeeKind.CREATOR, **given: Any
) -> Payee:
    """Make a payee who may be paid out, from money that a provider holds for us."""
    if kind == PayeeKind.CREATOR:
        payee = payee_of(creator=make_creator(**given))
    else:
        payee = Payee.objects.create(kind=kind, name=given.get("name", "Café Mira"))
    lend(payee, released_minor)
    if owes_minor:
        owe(payee, owes_minor)
    return payee


def lend(payee: Payee, amount_minor: int) -> None:
    _post(Posting(Account.CASH, amount_minor), Posting(Account.PAYABLE, -amount_minor, payee))
    InMemoryProvider.deposits.append(amount_minor)


def owe(payee: Payee, amount_minor: int) -> None:
    _post(Posting(Account.RECEIVABLE, amount_minor, payee), Posting(Account.REFUND, -amount_minor))


def _post(*postings: Posting) -> None:
    cause = f"made:{next(_numbers)}"
    post(cause=cause, kind="made", currency="EUR", order_ref="", postings=postings, at=NOON)
