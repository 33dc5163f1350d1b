"""
Whatever happens in whatever order: nobody is paid more than was released for them, and the books stay right.
"""

from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from drops.errors import Refused
from drops.ledger.balances import balances_by_payee, drifts
from drops.ledger.entries import PLATFORM, Posting, balance_of, post, unbalanced_causes
from drops.ledger.models import Account, Entry, Payee, PayeeKind
from drops.ledger.payees import payee_of
from drops.payouts import releases, sending
from drops.payouts.models import Payout, PayoutState
from drops.payouts.proof import payout_check
from drops.payouts.runs import start_run
from drops.returns.handling import call_off, reject
from drops.returns.models import Return, ReturnState
from drops.returns.requesting import request_return
from drops.sales.models import DisputeState, Order, Payment, Refund, RefundState
from drops.sales.orders import mark_fulfilled, mark_unfulfilled
from drops.sales.postings import post_reversal
from tests.clock import advance, set_clock, stopped_clock
from tests.doubles import InMemoryProvider, MemoryAccounts
from tests.drops.payouts.makers import buy, make_shop
from tests.factories import NOON
from tests.hypotheses import some_long_ones

pytestmark = pytest.mark.django_db

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["hand over", "hand over", "undo", "refund", "refund sent", "dispute", "won", "release", "release", "run", "run",
             "send", "by hand", "give back", "retry", "silence", "no account", "ask back", "end it", "days", "days"]
        ),
        st.integers(0, 2),  # of which order, payout or payee
        st.integers(1, 3000),
    ),
    max_size=24,
)  # fmt: skip


class Story:
    """Three orders of one shop, with a café that hands over, and what happens to them."""

    def __init__(self):
        self.now = NOON
        self.refunds = 0
        drop_sku = make_shop()
        cafe = Payee.objects.create(kind=PayeeKind.PARTNER, name="Café Mira")
        self.orders = [buy(drop_sku) for _ in range(3)]
        self.payees = [payee_of(creator=self.orders[0].creator), cafe]
        for order in self.orders:
            postings = [Posting(Account.ACCRUED, 40, PLATFORM), Posting(Account.ACCRUED, -40, cafe)]
            post(cause=f"fee:{order.ref}", kind="sale", currency="EUR", order_ref=order.ref, postings=postings, at=NOON)

        # So that the steps below often come as far as a payout.
        for order in self.orders[:2]:
            mark_fulfilled(order_id=order.pk, at=NOON)

    def step(self, word, which, amount):
        order = self.orders[which]
        payouts = list(Payout.objects.order_by("pk"))
        payout = payouts[which % len(payouts)] if payouts else None
        match word:
            case "hand over":
                mark_fulfilled(order_id=order.pk, at=self.now)
            case "undo":
                mark_unfulfilled(order_id=order.pk)
            case "refund":
                self.take_back(order, amount)
            case "refund sent":
                Refund.objects.filter(payment__hold=order.hold_id).update(state=RefundState.SENT, sent_at=self.now)
            case "dispute" | "won":
                state = DisputeState.OPEN if word == "dispute" else DisputeState.WON
                Payment.objects.filter(hold=order.hold_id).update(dispute=state)
            case "release":
                kept = Order.objects.filter(released_at=None, returns__in=Return.objects.still_open())
                waiting = set(kept.values_list("pk", flat=True))
                releases.release_due_orders(now=self.now)
                assert set(kept.values_list("pk", flat=True)) == waiting  # nobody is paid for what is to come back
            case "ask back":
                request_return(order_ref=order.ref, quantities={0: 1}, reason="damaged", actor="shopper:1")
            case "end it":
                for returned in Return.objects.still_open().filter(order=order):
                    end = reject if returned.state == ReturnState.REQUESTED else call_off
                    end(ref=returned.ref, actor="office:ana", now=self.now, words="It never came.")
            case "run":
                start_run(currency="EUR", created_by="task", now=self.now)
            case "send":
                InMemoryProvider.is_down = False
                sending.send_open_payouts()
            case "silence":
                InMemoryProvider.is_down = True
                sending.send_open_payouts()
            case "no account":
                MemoryAccounts.closed.symmetric_difference_update({self.payees[0].pk})
            case "by hand" if payout:
                sending.mark_paid_by_hand(payout_ref=payout.ref, bank_ref="SEPA", actor="ana", now=self.now)
            case "give back" if payout:
                sending.give_back(payout_ref=payout.ref, actor="ana", now=self.now)
            case "retry" if payout:
                sending.retry_payout(payout_ref=payout.ref, now=self.now)
            case "days":
                self.now = advance(timedelta(days=20))

    def take_back(self, order, amount):
        """Take a part back from where the money is: accrued, released, and what is nowhere is owed."""
        payment = Payment.objects.get(hold=order.hold_id)
        amount = min(amount, payment.amount_minor - payment.refunded_minor)
        if amount == 0:
            return
        payee = self.payees[0]
        mine = Entry.objects.filter(transaction__order_ref=order.ref, payee=payee)
        accrued = -sum(mine.filter(account=Account.ACCRUED).values_list("amount_minor", flat=True))
        released = -sum(mine.filter(account=Account.PAYABLE).values_list("amount_minor", flat=True))
        payable = min(released, -balance_of(account=Account.PAYABLE, currency="EUR", payee=payee))
        sources, rest = [], amount
        for account, there in ((Account.ACCRUED, accrued), (Account.PAYABLE, payable)):
            part = min(rest, max(0, there))
            sources.append(Posting(account, part, payee))
            rest -= part
        self.refunds += 1
        post_reversal(
            order_ref=order.ref,
            cause=f"{order.ref}:{self.refunds}",
            currency="EUR",
            postings=[*sources, Posting(Account.RECEIVABLE, rest, payee), Posting(Account.REFUND, -amount)],
            at=self.now,
        )
        Refund.objects.create(
            payment=payment,
            key=f"part:{self.refunds}",
            amount_minor=amount,
            reason="scratch",
            created_at=self.now,
        )


def released_to(payee):
    rows = Entry.objects.filter(payee=payee, account=Account.PAYABLE, transaction__kind="release")
    return -sum(rows.values_list("amount_minor", flat=True))


def paid_to(payee):
    paid = Payout.objects.filter(payee=payee, state__in=[PayoutState.SENT, PayoutState.PAID])
    return sum(paid.values_list("amount_minor", flat=True))


@pytest.mark.nightly
@some_long_ones
@given(steps=STEPS)
def test_in_any_order_nobody_is_paid_more_than_was_released_and_the_books_are_right(story, steps):
    with again(story):
        for step in steps:
            with suppress(Refused):
                story.step(*step)
            assert all(amount <= 0 for amount in balances_by_payee(account=Account.PAYABLE, currency="EUR").values())
            assert payout_check().problems == []
        for payee in story.payees:
            assert paid_to(payee) <= released_to(payee)
            sent = [
                one.amount_minor for one in InMemoryProvider.transfers.values() if one.account.endswith(f":{payee.pk}")
            ]
            by_provider = Payout.objects.filter(payee=payee, state=PayoutState.SENT)
            assert sum(sent) == sum(by_provider.values_list("amount_minor", flat=True))
        InMemoryProvider.is_down = False
        assert balance_of(account=Account.CASH, currency="EUR") == InMemoryProvider().cash(currency="EUR")
        assert (unbalanced_causes(), drifts()) == ([], [])


@pytest.fixture
def story():
    with stopped_clock(NOON):
        yield Story()


def test_an_order_that_is_asked_back_waits_until_that_is_over(story):
    for word in ("days", "ask back", "release"):
        story.step(word, 0, 1)
    before = [order.released_at for order in Order.objects.order_by("pk")]
    for word in ("end it", "release"):
        story.step(word, 0, 1)

    assert before == [None, story.now, None]
    assert Order.objects.order_by("pk")[0].released_at == story.now


def test_the_steps_come_as_far_as_a_payout_and_a_debt_that_is_kept_back_from_the_next(story):
    steps = [
        "days",
        "release",
        "run",
        "send",
        "refund sent",
        "hand over",
        "days",
        "refund",
        "refund sent",
        "release",
        "run",
    ]
    for number, word in enumerate(steps):
        story.step(word, 2 if number > 4 else 0, 300)

    first, second = Payout.objects.filter(payee=story.payees[0]).order_by("pk")
    assert (first.state, first.amount_minor, second.state, second.amount_minor) == ("sent", 6178, "draft", 2789)
    assert payout_check().problems == []


@contextmanager
def again(story):
    """Let each example begin where the story does: its rows, its clock and what the provider remembers."""
    outcomes = dict(InMemoryProvider.outcomes)
    for kept in (InMemoryProvider.transfers, MemoryAccounts.closed):
        kept.clear()
    InMemoryProvider.is_down, story.now = False, NOON
    set_clock(NOON)
    with transaction.atomic():
        # As pytest's own: what insists on being outermost is, as far as the shop can tell.
        transaction.get_connection().atomic_blocks[-1]._from_testcase = True
        yield
        transaction.set_rollback(True)
    assert InMemoryProvider.outcomes == outcomes
