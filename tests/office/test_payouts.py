"""A creator's people see their own money and why it waits; runs are the operator's; strangers find nothing."""

import csv
import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from drops.ledger.models import LedgerTransaction, PayeeKind
from drops.payouts.models import Payout, PayoutRun, PayoutState, RunState
from drops.payouts.releases import release_due_orders
from tests.clock import set_clock, stopped_clock
from tests.doubles import InMemoryProvider
from tests.drops.conftest import outside_world
from tests.drops.payouts.makers import buy, hand_over, make_creditor
from tests.drops.payouts.test_releases import DUE
from tests.factories import NOON
from tests.office.people import client_of, make_person
from tests.office.test_board import said

__all__ = ["outside_world"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outside_world")]

PAYOUTS, RUNS = reverse("admin:drops_payout_changelist"), reverse("admin:drops_payoutrun_changelist")
START, STATEMENT = reverse("admin:office_start_payout_run"), reverse("admin:office_statement")
YEAR = reverse("admin:office_yearly_report")


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def order():
    order = buy()
    hand_over(order, NOON)
    order.creator.refresh_from_db()
    return order


@pytest.fixture
def potter(order):
    return client_of(make_person("potter", creator=order.creator))


def words(answer):
    return " ".join(answer.content.decode().split())


def start(client, **given):
    return client.post(START, {"currency": "EUR", "key": "k1"} | given, follow=True)


def do(client, run, what, **given):
    address = reverse("admin:office_do_payout", args=[run.pk])
    return client.post(address, {"do": what} | given, follow=True)


def sheet_of(answer):
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_an_owner_sees_what_waits_from_when_on_it_is_released_and_why_not_yet(potter, order):
    answer = potter.get(PAYOUTS)

    assert answer.context["counts"][0] == ("Not released", "€30.89")
    [line] = answer.context["waiting"]
    assert (line["order"], line["amount"], line["due_at"]) == (order, "€30.89", DUE)
    page = words(answer)
    assert "14 Dec 2026" in page
    assert "The days for returns last until the end of 13 Dec 2026." in page


def test_an_owner_sees_what_was_released_and_paid(potter, order, superuser):
    set_clock(DUE)
    release_due_orders(now=DUE)
    assert potter.get(PAYOUTS).context["counts"][1] == ("Released", "€30.89")

    start(superuser)

    answer = potter.get(PAYOUTS)
    assert [amount for _, amount in answer.context["counts"]] == ["€0.00", "€0.00", "€0.00", "€30.89", "€0.00"]
    assert Payout.objects.get().transfer_ref in words(answer)


def test_a_statement_is_downloaded_as_csv_and_as_xlsx(potter, order):
    asked = {"payee": order.creator.payee_id, "period": "2026-11"}

    table, book = (potter.get(STATEMENT, asked | {"format": form}) for form in ("csv", "xlsx"))

    assert [row[1] for row in sheet_of(table)] == ["What", "Opening balance", "Sale", "Closing balance"]
    assert table["Content-Disposition"] == f'attachment; filename="statement-{order.creator.payee_id}-2026-11.csv"'
    assert book.content[:2] == b"PK"


def test_a_yearly_report_is_downloaded_for_ones_own_payees_only(potter, order):
    make_creditor(5000, name="Somebody else")

    [headings, *rows] = sheet_of(potter.get(YEAR, {"period": "2026"}))

    assert [row[headings.index("Payee")] for row in rows] == ["Kiln & Tide"]
    assert rows[0][headings.index("Q4 consideration")] == "30.89"


def test_a_period_that_is_none_is_refused_in_words_and_a_format_that_is_none_is_not_there(potter, order):
    payee = order.creator.payee_id

    assert said(potter.get(STATEMENT, {"payee": payee, "period": "soon"}, follow=True)) == [
        "'soon' is no month like 2026-11 and no year like 2026."
    ]
    assert potter.get(STATEMENT, {"payee": payee, "period": "2026", "format": "exe"}).status_code == 404


def test_a_strangers_payee_looks_like_one_that_does_not_exist(owner, order):
    asked = {"payee": order.creator.payee_id, "period": "2026-11"}

    assert [owner.get(address, asked).status_code for address in (PAYOUTS, STATEMENT, YEAR)] == [404, 404, 404]
    assert order.ref not in words(owner.get(PAYOUTS))


@pytest.mark.parametrize("who", ["helper", "packer"])
def test_whoever_has_no_work_with_money_sees_none_of_it(who, request, shop):
    client = request.getfixturevalue(who)

    answer = client.get(PAYOUTS)

    assert answer.status_code == 403
    assert client.get(STATEMENT, {"payee": 1, "period": "2026"}).status_code == 404
    assert "Payouts" not in words(client.get(reverse("admin:index")))


def test_an_owner_can_neither_see_nor_start_nor_touch_a_run(potter, order, superuser):
    make_creditor(2000, kind=PayeeKind.PARTNER)
    start(superuser)
    run = PayoutRun.objects.get()
    written = LedgerTransaction.objects.count()

    answers = [
        potter.get(RUNS),
        start(potter, key="k2"),
        do(potter, run, "paid", payout=Payout.objects.get().ref, bank_ref="mine"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert potter.get(reverse("admin:drops_payoutrun_change", args=[run.pk])).status_code == 404
    assert (PayoutRun.objects.count(), LedgerTransaction.objects.count()) == (1, written)
    assert "Payout runs" not in words(potter.get(PAYOUTS))


def test_the_operator_starts_a_run_with_one_button_and_a_second_press_starts_no_other(superuser):
    make_creditor(2000)

    assert "Start and send" in words(superuser.get(RUNS))
    first, second = start(superuser), start(superuser)

    assert said(first) == ["1 payout sent."]
    assert said(second) == ["0 payouts sent."]
    assert (PayoutRun.objects.count(), len(InMemoryProvider.transfers)) == (1, 1)
    assert said(start(superuser, key="k2")) == ["Nobody has enough released money in EUR to be paid out."]


def test_the_operator_marks_a_payment_by_hand_with_its_reference(superuser):
    make_creditor(2000, kind=PayeeKind.PARTNER)
    page = words(start(superuser))
    run, payout = PayoutRun.objects.get(), Payout.objects.get()
    assert "To be paid by hand" in page

    assert said(do(superuser, run, "paid", payout=payout.ref, bank_ref=" ")) == [
        "Please give the bank's reference, so that the payment can be found."
    ]
    assert said(do(superuser, run, "paid", payout=payout.ref, bank_ref="SEPA 4711")) == [
        "Payout to Café Mira is paid by hand: SEPA 4711."
    ]

    payout.refresh_from_db()
    run.refresh_from_db()
    assert (payout.state, payout.closed_by, run.state) == (PayoutState.PAID, "office:operator", RunState.DONE)


def test_the_operator_retries_what_was_refused(superuser):
    make_creditor(2000)
    InMemoryProvider.deposits[:] = [100]
    page = words(start(superuser))
    assert "There is not enough money here." in page
    InMemoryProvider.deposits[:] = [2000]

    answer = do(superuser, PayoutRun.objects.get(), "retry", payout=Payout.objects.get().ref)

    assert said(answer) == ["Payout to Kiln & Tide is tried again.", "1 payout sent."]
    assert Payout.objects.get().state == PayoutState.SENT


def test_a_payout_of_another_run_is_not_found_in_this_one(superuser):
    make_creditor(2000, kind=PayeeKind.PARTNER)
    start(superuser)
    payout, first = Payout.objects.get(), PayoutRun.objects.get()
    make_creditor(3000, kind=PayeeKind.PARTNER)
    start(superuser, key="k2")
    other = PayoutRun.objects.exclude(pk=first.pk).get()

    assert said(do(superuser, other, "give_back", payout=payout.ref)) == ["There is no such payout."]
    payout.refresh_from_db()
    assert payout.state == PayoutState.DRAFT


def test_the_command_releases_pays_and_says_what_came_of_it(order, capsys):
    set_clock(DUE)

    call_command("pay_out", currency="eur", key="2026-12-14")
    call_command("pay_out", currency="eur", key="2026-12-14")

    assert capsys.readouterr().out.splitlines() == ["        €30.89  Sent                Kiln & Tide"] * 2
    assert [one.amount_minor for one in InMemoryProvider.transfers.values()] == [3089]


def test_the_command_ends_with_an_error_when_a_payout_was_refused_and_without_one_when_nobody_is_to_be_paid(capsys):
    call_command("pay_out", currency="EUR")
    assert capsys.readouterr().out == "Nobody has enough released money in EUR to be paid out.\n"
    make_creditor(2000)
    InMemoryProvider.deposits.clear()

    with pytest.raises(CommandError, match="1 payout"):
        call_command("pay_out", currency="EUR")
