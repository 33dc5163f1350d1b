"""
I4 and its neighbours: no money without an owner, nothing reserved that nobody will take or let go, and the books say the same.
"""

from drops.ledger.entries import balance_of, unbalanced_causes
from drops.ledger.models import Account
from drops.sales import refunds, settling, sweep
from drops.sales.models import AttemptKind, Order, OrderState, Payment, PaymentAttempt, PaymentState, Refund
from drops.sales.payment import Outcome
from drops.stock.models import HoldState
from tests.doubles import InMemoryProvider
from tests.paying import let_pauses_pass

STANDING = [OrderState.PAID, OrderState.FULFILLED]


def lost_money() -> list[str]:
    """Return a sentence for everything that contradicts I4 at this instant, whatever was interrupted."""
    problems = []
    for payment in Payment.objects.select_related("hold").order_by("pk"):
        owed = set(
            PaymentAttempt.objects.filter(payment=payment, next_try_at__isnull=False).values_list("kind", flat=True)
        )
        is_confirmed = payment.hold.state == HoldState.CONFIRMED
        has_refund = Refund.objects.filter(payment=payment).exists()
        has_order = Order.objects.filter(hold=payment.hold_id, state__in=STANDING).exists()
        if payment.state == PaymentState.AUTHORISED and not (
            (AttemptKind.CAPTURE in owed and is_confirmed and has_order) or AttemptKind.VOID in owed
        ):
            problems.append(f"{payment} is reserved, and nobody will take it or let it go")
        if payment.state == PaymentState.CAPTURED and not (is_confirmed and has_order) and not has_refund:
            problems.append(f"{payment} is captured for nobody")
        bank = InMemoryProvider.outcomes.get(payment.ref)
        may_still_be_heard = payment.state == PaymentState.STARTED or owed
        if bank == Outcome.CAPTURED and payment.state in (PaymentState.FAILED, PaymentState.CANCELLED) and not owed:
            problems.append(f"{payment} is {payment.state}, and the bank took its money")
        if bank == Outcome.AUTHORISED and not may_still_be_heard:
            problems.append(f"{payment} is {payment.state}, and its money stays reserved")
    paid = Payment.objects.filter(state__in=[PaymentState.CAPTURED, PaymentState.AUTHORISED])
    for order in Order.objects.filter(state__in=STANDING):
        if not paid.filter(hold=order.hold_id).exists():
            problems.append(f"{order} is paid by nobody")
    return problems


def unfinished_books() -> list[str]:
    """Return what is not at rest: accounts that have to be empty, cash that the provider knows nothing of, open calls."""
    problems = [f"{cause} is not balanced" for cause in unbalanced_causes()]
    for account in (Account.CLEARING, Account.REFUND):
        if amount := balance_of(account=account, currency="EUR"):
            problems.append(f"{amount} on {account}")
    ours, theirs = balance_of(account=Account.CASH, currency="EUR"), InMemoryProvider().cash(currency="EUR")
    if ours != theirs:
        problems.append(f"{ours} in the books, and {theirs} at the provider")
    left = PaymentAttempt.objects.filter(next_try_at__isnull=False).values_list("key", flat=True)
    return problems + [f"{key} is still owed" for key in left]


def do_what_was_left() -> None:
    """Run the periodic tasks of money until they find nothing to do, as if enough time had gone by in between."""
    InMemoryProvider.is_down = False
    for _ in range(3):
        let_pauses_pass()
        done = [
            sweep.poll_open_payments(),
            sweep.end_overdue_payments(),
            settling.carry_out_owed(),
            refunds.send_open_refunds(),
        ]
        if not any(done):
            break
