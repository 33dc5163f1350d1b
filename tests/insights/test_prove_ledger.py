"""The books are proved, and each check goes red when what it looks for is broken behind the database's back."""

import logging
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from creatorshop.insights.models import ProofAlert
from creatorshop.insights.tasks import prove_stock
from drops.ledger.balances import fold_balances
from drops.ledger.models import Entry
from drops.sales.payment import Outcome
from drops.sales.revoking import refund_order
from drops.sales.settling import settle
from tests.clock import stopped_clock
from tests.doubles import CounterDelivery, InMemoryProvider, event_of
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_payment

pytestmark = pytest.mark.django_db


class ReportingProvider(InMemoryProvider):
    """A provider that says what it holds."""

    holds_minor = 3914

    def cash(self, *, currency: str) -> int:
        return self.holds_minor


@pytest.fixture(autouse=True)
def shop(settings):
    settings.DELIVERY_METHODS = ["tests.doubles.CounterDelivery"]
    settings.PAYMENT_PROVIDERS = ["tests.insights.test_prove_ledger.ReportingProvider"]
    for double in (CounterDelivery, InMemoryProvider):
        double.reset()
    ReportingProvider.holds_minor = 3914
    with stopped_clock(NOON):
        yield


@pytest.fixture
def order():
    drop = make_drop(opens_at=NOON - timedelta(hours=1), closes_at=NOON + timedelta(hours=8))
    payment = make_payment(hold=make_hold(drop_sku=make_drop_sku(drop=drop)))
    return settle(provider="memory", event=event_of(payment, Outcome.CAPTURED)).order


def behind_the_back(statement, *values):
    """Change rows as nobody may: without triggers, which PostgreSQL lets only its superuser do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def prove(capsys):
    """Return whether the books are right, and what was said against them."""
    try:
        call_command("prove_ledger", no_color=True)
    except CommandError:
        return False, capsys.readouterr().err.splitlines()
    return True, capsys.readouterr().out.splitlines()


def refund(order):
    refund_order(order_ref=order.ref, actor="admin:mira", reason="kiln broke")
    ReportingProvider.holds_minor = 0


def test_books_that_are_right_say_what_was_looked_at(order, capsys):
    assert prove(capsys) == (
        True,
        [
            "true   every transaction balances (2 looked at)",
            "true   rolled-up balances are the sums of their entries (6 looked at)",
            "true   cash in the books is what providers report (1 looked at)",
            "true   an order refunded in full leaves every payee at zero (0 looked at)",
            "true   nothing is refunded beyond what was captured (0 looked at)",
            "true   nothing is paid out that was not released (0 looked at)",
            "The books are right.",
        ],
    )


def test_a_refunded_order_leaves_the_books_right(order, capsys):
    refund(order)
    fold_balances()

    assert prove(capsys)[0] is True


def test_a_changed_entry_is_found_twice(order, capsys):
    behind_the_back("UPDATE drops_entry SET amount_minor = -732 + 1 WHERE account = 'tax'")

    assert prove(capsys) == (
        False,
        [
            f"sale:{order.ref}: the transaction does not sum to zero",
            "balance of tax: tax of PT stands at -732 EUR of 1 entries, but its 1 entries sum to -731",
        ],
    )


def test_a_transaction_that_lost_its_entries_is_found(order, capsys):
    behind_the_back(
        "INSERT INTO drops_ledgertransaction (cause, kind, currency, order_ref, posted_at)"
        " VALUES ('ghost', 'sale', 'EUR', '', now())"
    )

    assert prove(capsys) == (False, ["ghost: the transaction has no entries"])


def test_a_changed_balance_is_found(order, capsys):
    fold_balances()
    behind_the_back("UPDATE drops_balance SET amount_minor = 4000 WHERE account = 'cash'")
    ReportingProvider.holds_minor = 4000

    assert prove(capsys) == (
        False,
        ["balance of cash: cash stands at 4000 EUR of 1 entries, but its 1 entries sum to 3914"],
    )


def test_cash_that_a_provider_does_not_have_is_found(order, capsys):
    ReportingProvider.holds_minor = 3900

    assert prove(capsys) == (False, ["cash in EUR: the books say 3914, and memory 3900 minor units"])


def test_where_a_provider_does_not_answer_nothing_is_compared(order, capsys, settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    InMemoryProvider.is_down = True

    assert "true   cash in the books is what providers report (0 looked at)" in prove(capsys)[1]


def test_a_payee_who_kept_something_of_a_refunded_order_is_found(order, capsys):
    refund(order)
    payee = order.creator.payee_id
    behind_the_back(
        "UPDATE drops_entry SET amount_minor = amount_minor - 5 WHERE amount_minor > 0 AND payee_id = %s", payee
    )

    is_right, said = prove(capsys)

    assert not is_right
    assert f"order {order.ref}: refunded in full, and payee {payee} is left at -5 minor units" in said


def test_a_refund_beyond_what_was_captured_is_found(order, capsys):
    refund(order)
    behind_the_back("UPDATE drops_refund SET amount_minor = 3915")

    is_right, said = prove(capsys)

    payment = order.hold.payments.get()
    assert not is_right
    assert said == [f"payment {payment.ref[:8]}: 3915 EUR minor units of 3914 captured are refunded"]


def test_the_hour_raises_one_alert_and_resolves_it(order, caplog):
    ReportingProvider.holds_minor = 3900
    prove_stock()
    prove_stock()

    alert = ProofAlert.objects.get(drop=None)
    assert (alert.code, alert.subject) == ("cash", "cash in EUR")
    assert alert.problem == "the books say 3914, and memory 3900 minor units"
    told = [record for record in caplog.records if record.levelno == logging.ERROR and "(ledger)" in record.args]
    assert len(told) == 1

    ReportingProvider.holds_minor = 3914
    prove_stock()
    alert.refresh_from_db()
    assert alert.resolved_at == NOON
    assert Entry.objects.count() == 6
