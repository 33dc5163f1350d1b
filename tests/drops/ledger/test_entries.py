import pytest
from django.db import IntegrityError, connection, transaction

from drops.ledger.entries import Posting, Unbalanced, balance_of, post
from drops.ledger.models import Account, Entry, LedgerTransaction
from drops.ledger.payees import payee_of, platform_payee
from tests.factories import NOON, make_creator

pytestmark = pytest.mark.django_db

IN_AND_OUT = [Posting(Account.CASH, 100), Posting(Account.TAX, -100)]


def write(cause="sale:A", postings=IN_AND_OUT):
    return post(cause=cause, kind="sale", currency="EUR", order_ref="A", postings=postings, at=NOON)


def test_a_cause_is_posted_once():
    first, again = write(), write()

    assert first.pk == again.pk
    assert balance_of(account=Account.CASH, currency="EUR") == 100


def test_what_does_not_balance_is_refused():
    with pytest.raises(Unbalanced) as refusal:
        write(postings=[Posting(Account.CASH, 100), Posting(Account.TAX, -99)])

    assert refusal.value.facts == {"cause": "sale:A", "off_by": 1}
    assert LedgerTransaction.objects.count() == 0


def test_the_database_refuses_an_unbalanced_transaction_by_itself():
    entry = write().entries.order_by("pk").first()

    with pytest.raises(IntegrityError, match="is off by 5"), transaction.atomic():
        Entry.objects.create(transaction=entry.transaction, account=Account.CASH, amount_minor=5)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ledger_transaction_balances IMMEDIATE")

    assert Entry.objects.count() == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda: Entry.objects.update(amount_minor=1),
        lambda: Entry.objects.all().delete(),
        lambda: LedgerTransaction.objects.update(cause="other"),
    ],
)
def test_what_was_written_stays_written(change):
    write()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change()

    assert list(Entry.objects.order_by("pk").values_list("amount_minor", flat=True)) == [100, -100]


def test_a_creator_and_the_platform_have_one_payee_each():
    creator = make_creator()

    assert payee_of(creator=creator) == payee_of(creator=creator)
    assert platform_payee(currency="EUR") == platform_payee(currency="EUR")
    assert platform_payee(currency="USD") != platform_payee(currency="EUR")
