"""
One statement posts, the database keeps the balances, and what a posting left behind cannot be undone.
"""

import pytest
from django.db import IntegrityError, connection, transaction

from drops.ledger.balances import drifts, fold_balances
from drops.ledger.entries import PLATFORM, Posting, balance_of, post
from drops.ledger.models import Account, Balance, BalanceDelta, Entry, LedgerTransaction, Payee, PayeeKind
from drops.ledger.payees import platform_payee
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def write(cause, *postings, currency="EUR"):
    return post(cause=cause, kind="sale", currency=currency, order_ref="A", postings=postings, at=NOON)


def sale(cause="sale:A", amount=100, payee=PLATFORM):
    return write(cause, Posting(Account.CASH, amount), Posting(Account.ACCRUED, -amount, payee, "fee"))


def immediately():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_posting_takes_one_round_trip_and_so_does_its_repeat(django_assert_num_queries):
    platform_payee(currency="EUR")

    with django_assert_num_queries(1):
        first = sale()
    with django_assert_num_queries(1):
        again = sale(amount=999)

    assert (first.pk, first.cause, first.posted_at) == (again.pk, "sale:A", NOON)
    assert list(Entry.objects.order_by("pk").values_list("amount_minor", flat=True)) == [100, -100]


def test_the_first_posting_of_a_currency_makes_the_platform_a_payee():
    sale()

    payee = Payee.objects.get(kind=PayeeKind.PLATFORM, currency="EUR")
    assert Entry.objects.get(account=Account.ACCRUED).payee == payee


def test_where_all_amounts_are_zero_nothing_is_written():
    written = write("sale:free", Posting(Account.CASH, 0), Posting(Account.TAX, 0))

    assert written.pk is None
    assert LedgerTransaction.objects.count() == 0


def test_the_database_refuses_a_transaction_without_entries():
    with pytest.raises(IntegrityError, match="ledger transaction empty has no entries"), transaction.atomic():
        LedgerTransaction.objects.create(cause="empty", kind="sale", currency="EUR", posted_at=NOON)
        immediately()

    assert LedgerTransaction.objects.count() == 0


@pytest.mark.parametrize("posting", [Posting(Account.CASH, 5, country="DE"), Posting(Account.ACCRUED, 5)])
def test_a_country_belongs_to_a_tax_and_what_was_earned_to_a_payee(posting):
    with pytest.raises(IntegrityError, match="entry_"), transaction.atomic():
        write("odd", posting, Posting(Account.TAX, -5, country="DE"))

    assert Entry.objects.count() == 0


@pytest.mark.parametrize("table", ["drops_entry", "drops_ledgertransaction"])
def test_nobody_empties_the_books_at_once(table):
    sale()
    immediately()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL drops.may_truncate = 'off'")
        cursor.execute(f"TRUNCATE {table} CASCADE")

    assert Entry.objects.count() == 2


def test_balances_are_right_before_and_after_deltas_are_folded():
    ana = Payee.objects.create(kind=PayeeKind.CREATOR, name="Ana")
    sale("sale:A", 100, ana)
    sale("sale:B", 40, ana)
    sale("sale:C", 7)
    expected = [(Account.CASH, None, 147), (Account.ACCRUED, ana, -140), (Account.ACCRUED, None, -147)]
    assert [balance_of(account=a, payee=p, currency="EUR") for a, p, _ in expected] == [147, -140, -147]
    assert Balance.objects.count() == 0

    assert fold_balances() == 6

    assert BalanceDelta.objects.count() == 0
    assert [balance_of(account=a, payee=p, currency="EUR") for a, p, _ in expected] == [147, -140, -147]
    assert sorted(Balance.objects.values_list("account", "amount_minor", "entries")) == [
        ("accrued", -140, 2),
        ("accrued", -7, 1),
        ("cash", 147, 3),
    ]
    sale("sale:D", 3, ana)
    fold_balances()
    assert balance_of(account=Account.ACCRUED, payee=ana, currency="EUR") == -143
    assert (Balance.objects.count(), drifts()) == (3, [])


def test_a_balance_is_of_its_currency_and_its_country():
    write(
        "a", Posting(Account.CASH, 30), Posting(Account.TAX, -20, country="DE"), Posting(Account.TAX, -10, country="FR")
    )
    write("b", Posting(Account.CASH, 5), Posting(Account.TAX, -5, country="DE"), currency="USD")
    fold_balances()
    write("c", Posting(Account.CASH, 1), Posting(Account.TAX, -1, country="DE"))

    assert balance_of(account=Account.TAX, currency="EUR") == -31
    assert balance_of(account=Account.TAX, currency="EUR", country="DE") == -21
    assert balance_of(account=Account.TAX, currency="USD", country="DE") == -5


def test_a_balance_that_somebody_changed_is_found():
    sale()
    fold_balances()
    assert drifts() == []

    Balance.objects.filter(account=Account.CASH).update(amount_minor=99)

    assert [str(drift) for drift in drifts()] == [
        "cash stands at 99 EUR of 1 entries, but its 1 entries sum to 100",
    ]
