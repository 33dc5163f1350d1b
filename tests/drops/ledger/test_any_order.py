"""
Money moves in any order and with repeats, and the books stay right: balanced, rolled up, and the same after a replay.
"""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from drops.ledger import moves
from drops.ledger.balances import drifts, fold_balances
from drops.ledger.entries import PLATFORM, Posting, balance_of, post, unbalanced_causes
from drops.ledger.models import Account, Balance, BalanceDelta, Entry, LedgerTransaction, Payee, PayeeKind
from drops.ledger.splits import split
from tests.factories import NOON
from tests.hypotheses import many_in_the_database

pytestmark = pytest.mark.django_db

ACCOUNTS = list(Account)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["sale", "capture", "part back", "release", "set aside", "given back", "sent", "by hand", "taken back",
             "set off", "write off", "dispute", "won", "lost", "fold"]
        ),
        st.integers(1, 3),  # of which order
        st.integers(1, 4000),
        st.integers(0, 1),  # whose
    ),
    max_size=14,
)  # fmt: skip


def entry(kind, order, postings):
    post(cause=f"{kind}:{order}", kind=kind[:20], currency="EUR", order_ref=str(order), postings=postings, at=NOON)


def do(step, payees):
    """Take one step as the shop would, whatever came before."""
    kind, order, amount, whose = step
    payee = payees[whose]
    facts = {"key": str(order), "payee": payee, "amount_minor": amount, "currency": "EUR", "at": NOON}
    if kind == "sale":
        tax, *parts = split(amount, [19, 60, 40])
        earned = [Posting(Account.ACCRUED, -part, one) for part, one in zip(parts, payees, strict=True)]
        entry(kind, order, [Posting(Account.CLEARING, amount), Posting(Account.TAX, -tax, country="DE"), *earned])
    elif kind == "capture":
        cash = [Posting(Account.CASH, amount - 1), Posting(Account.ACCRUED, 1, PLATFORM)]
        entry(kind, order, [*cash, Posting(Account.CLEARING, -amount)])
    elif kind == "part back":
        back = [Posting(Account.ACCRUED, amount, payee), Posting(Account.REFUND, -amount)]
        entry(f"reversal:{amount}", order, back)
    elif kind in ("dispute", "won", "lost"):
        sign = 1 if kind == "dispute" else -1
        other = Posting(Account.ACCRUED, amount, payee) if kind == "lost" else Posting(Account.CASH, -sign * amount)
        cause = "dispute" if kind == "dispute" else "dispute_end"
        entry(cause, order, [Posting(Account.CLEARING, sign * amount), other])
    elif kind == "fold":
        fold_balances()
    else:
        move = {
            "release": moves.post_release, "set aside": moves.post_set_aside, "given back": moves.post_given_back,
            "sent": moves.post_payout_sent, "by hand": moves.post_paid_by_hand,
            "taken back": moves.post_transfer_reversal, "set off": moves.post_set_off, "write off": moves.post_write_off,
        }[kind]  # fmt: skip
        release = {"order_ref": str(order)} if kind == "release" else {}
        move(**facts, **release)


def standing():
    return [balance_of(account=account, currency="EUR") for account in ACCOUNTS]


@pytest.mark.nightly
@many_in_the_database
@given(steps=STEPS, again=st.randoms(use_true_random=False))
def test_any_sequence_ends_balanced_and_a_replay_in_any_order_changes_nothing(db, steps, again):
    forget()
    payees = [Payee.objects.create(kind=PayeeKind.CREATOR, name=name) for name in ("Ana", "Mira")]

    for step in steps:
        do(step, payees)

    before, written = standing(), Entry.objects.count()
    assert unbalanced_causes() == []
    assert drifts() == []
    assert sum(before) == 0

    repeated = list(steps)
    again.shuffle(repeated)
    for step in repeated:
        do(step, payees)
    fold_balances()

    assert (standing(), drifts()) == (before, [])
    assert Entry.objects.count() == written


def forget():
    """Empty the books between examples: one test's transaction holds all of them."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model in (Entry, LedgerTransaction, Balance, BalanceDelta, Payee):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
