"""A statement explains one balance by another; every cent and every cell."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from drops.catalog.models import Creator
from drops.documents.models import Seller
from drops.ledger.entries import PLATFORM, Posting
from drops.ledger.models import Account, Payee, PayeeKind
from drops.payouts.releases import release_due_orders
from drops.payouts.runs import start_run
from drops.payouts.sending import carry_out_run
from drops.payouts.statements import (
    Money,
    PeriodUnreadable,
    period_of,
    statement_csv,
    statement_of,
    statement_rows,
    statement_xlsx,
)
from drops.payouts.tax_models import SellerKind, TaxDetails
from drops.payouts.yearly import Quarter, report_csv, report_rows, report_xlsx, yearly_report
from drops.sales.models import Order
from drops.sales.postings import post_reversal
from drops.sales.revoking import refund_order
from tests.clock import stopped_clock
from tests.drops.payouts.makers import CREATORS, PLATFORMS, buy, hand_over
from tests.factories import NOON

pytestmark = pytest.mark.django_db

LISBON = ZoneInfo("Europe/Lisbon")
DECEMBER = datetime(2026, 12, 14, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def order():
    """A mug sold in November, released and paid out in December, of which 5.00 were given back in January."""
    order = buy()
    hand_over(order, NOON)
    release_due_orders(now=DECEMBER)
    run = start_run(currency="EUR", created_by="office:ana", now=DECEMBER)
    with stopped_clock(DECEMBER):
        carry_out_run(run_id=run.pk)
    take_back(order, datetime(2027, 1, 5, 12, 0, tzinfo=UTC))
    return order


def take_back(order, at):
    """Give 5.00 back to the shopper: the payee owes it, for their money is gone."""
    post_reversal(
        order_ref=order.ref,
        cause=f"{order.ref}:1",
        currency="EUR",
        postings=[Posting(Account.RECEIVABLE, 500, order.creator.payee), Posting(Account.REFUND, -500)],
        at=at,
    )


def statement(order, name):
    return statement_of(
        payee=order.creator.payee, currency="EUR", period=period_of(name=name, zone=LISBON), zone=LISBON
    )


def cells(rows):
    return [[str(cell) if isinstance(cell, Decimal) else cell for cell in row] for row in rows]


def test_a_month_shows_each_line_of_each_order_and_what_it_did_to_the_balance(order):
    assert cells(statement_rows(statement=statement(order, "2026-11"))) == [
        ["Date", "What", "Order", "Order total", "Note", "Not released", "Payable", "On its way", "Debt", "Balance",
         "Currency"],
        ["2026-11-01", "Opening balance", "", None, "Kiln & Tide", "0.00", "0.00", "0.00", "0.00", "0.00", "EUR"],
        ["2026-11-27", "Sale", order.ref, "39.14", "creator's share", "30.89", "0.00", "0.00", "0.00", "30.89", "EUR"],
        ["2026-12-01", "Closing balance", "", None, "Kiln & Tide", "30.89", "0.00", "0.00", "0.00", "30.89", "EUR"],
    ]  # fmt: skip


def test_the_next_month_opens_with_what_the_last_one_closed_and_shows_release_and_payout(order):
    november, december, january = (statement(order, name) for name in ("2026-11", "2026-12", "2027-01"))

    assert [(line.word, line.order_ref, line.money, line.balance_minor) for line in december.lines] == [
        ("Release", order.ref, Money(waiting=-3089, payable=3089), 3089),
        ("Put into a payout", "", Money(payable=-3089, on_its_way=3089), 3089),
        ("Payout", "", Money(on_its_way=-3089), 0),
    ]
    assert [(line.word, line.money, line.balance_minor) for line in january.lines] == [
        ("Refund", Money(debt=-500), -500)
    ]
    assert november.closing == december.opening == Money(waiting=3089)
    assert december.closing == january.opening == Money()
    assert january.closing == Money(debt=-500)


def test_every_column_of_a_year_adds_up(order):
    year = statement(order, "2026")

    assert year.opening + sum((line.money for line in year.lines), Money()) == year.closing
    assert [line.word for line in year.lines] == ["Sale", "Release", "Put into a payout", "Payout"]


def test_a_day_belongs_to_the_month_it_has_where_the_creator_lives(order):
    tokyo = ZoneInfo("Asia/Tokyo")
    take_back_at = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    Order.objects.filter(pk=order.pk).update(ref="OTHER")
    take_back(SimpleNamespace(ref="OTHER", creator=order.creator), take_back_at)

    here, there = (
        statement_of(payee=order.creator.payee, currency="EUR", period=period_of(name="2026-12", zone=zone), zone=zone)
        for zone in (LISBON, tokyo)
    )

    assert (len(here.lines), len(there.lines)) == (4, 3)


def test_a_payee_sees_nothing_of_others(order):
    stranger = Payee.objects.create(kind=PayeeKind.CREATOR, name="Ana")

    empty = statement_of(payee=stranger, currency="EUR", period=period_of(name="2026", zone=LISBON), zone=LISBON)

    assert (empty.opening, empty.closing, empty.lines) == (Money(), Money(), [])


@pytest.mark.parametrize("name", ["", "26", "2026-13", "2026-1", "2026-", "november", "2026-11-27", "0000"])
def test_what_is_no_month_and_no_year_is_refused_in_words(name):
    with pytest.raises(PeriodUnreadable, match="no month like 2026-11 and no year like 2026"):
        period_of(name=name, zone=LISBON)


def test_the_files_say_the_same_as_numbers_and_have_no_formula_in_them(order):
    order.creator.payee.name = '=HYPERLINK("http://evil.example")'
    january = statement(order, "2027-01")
    january.payee.name = order.creator.payee.name

    rows = list(csv.reader(io.StringIO(statement_csv(statement=january).decode("utf-8-sig"), newline="")))
    sheet = load_workbook(io.BytesIO(statement_xlsx(statement=january))).active

    assert rows[1][4] == sheet["E2"].value == '\'=HYPERLINK("http://evil.example")'
    assert sheet["E2"].data_type == "s"
    assert rows[2][:2] == ["2027-01-05", "Refund"]
    assert [row[9] for row in rows[1:]] == ["0.00", "-5.00", "-5.00"]
    assert [sheet.cell(row, 10).value for row in (2, 3, 4)] == [0, -5, -5]
    assert sheet["J3"].number_format == "0.00"


def test_a_yearly_report_counts_by_quarter_what_was_sold_and_what_was_withheld(order):
    refunded = buy()
    Creator.objects.filter(pk=refunded.creator_id).update(payee=None)
    report = yearly_report(payee=order.creator.payee, year="2026", currency="EUR", zone=LISBON)

    nothing = Quarter(0, 0, 0)
    assert report.quarters == (nothing, nothing, nothing, Quarter(CREATORS, 1, PLATFORMS))
    assert report.account == f"memory memory:{order.creator.payee_id}"
    later = yearly_report(payee=order.creator.payee, year="2027", currency="EUR", zone=LISBON)
    assert later.quarters == (Quarter(-500, 0, 0), nothing, nothing, nothing)


def test_an_order_refunded_in_full_is_no_activity_and_leaves_nothing_in_the_year():
    order = buy()
    refund_order(order_ref=order.ref, actor="office:ana", reason="broken")

    report = yearly_report(payee=order.creator.payee, year="2026", currency="EUR", zone=LISBON)

    assert report.quarters[3] == Quarter(0, 0, 0)


def test_of_a_shared_order_each_creator_is_charged_with_their_part_of_the_fees(order):
    ben = Payee.objects.create(kind=PayeeKind.CREATOR, name="Ben")
    creators = [{"payee": None, "share_bp": 6667}, {"payee": ben.pk, "share_bp": 3333}]
    Order.objects.filter(pk=order.pk).update(
        terms=order.terms | {"shares": order.terms["shares"] | {"creators": creators}}
    )

    report = yearly_report(payee=order.creator.payee, year="2026", currency="EUR", zone=LISBON)

    assert report.quarters[3].withheld_minor == 62  # of 93


def test_the_report_says_who_was_paid_and_what_is_missing(order):
    payee = order.creator.payee
    Seller.objects.create(creator=order.creator, legal_name="Ana Weiß", street="Rua do Poço 4", vat_id="PT501442600")
    assert said_in_2026(payee)["Missing"] == (
        "whether a person or a company is paid; the address; a tax number (TIN) with its country"
    )
    TaxDetails.objects.create(
        payee=payee,
        kind=SellerKind.PERSON,
        first_name="Ana",
        last_name="Weiß",
        date_of_birth=date(1990, 2, 28),
        street="Rua do Poço 4",
        city="Lisboa",
        country="PT",
        tins=["PT 299999998", "DE 12345678901"],
        changed_at=NOON,
    )

    said = said_in_2026(payee)

    assert [said[name] for name in ("Person or company", "First name", "Last name", "Date of birth", "Legal name")] == [
        "A person",
        "Ana",
        "Weiß",
        "1990-02-28",
        "",
    ]
    assert (said["Tax numbers (TIN)"], said["VAT number"]) == ("PT 299999998; DE 12345678901", "PT501442600")
    assert (said["Country"], said["Member states of residence"], said["Missing"]) == ("PT", "PT, DE", "")
    assert (said["Q4 consideration"], said["Q4 activities"], said["Q4 fees and commissions"]) == ("30.89", 1, "0.93")
    assert (said["Year's consideration"], said["Year's fees and commissions"]) == ("30.89", "0.93")


def said_in_2026(payee):
    [headings, row] = report_rows(reports=[yearly_report(payee=payee, year="2026", currency="EUR", zone=LISBON)])
    return dict(zip(headings, cells([row])[0], strict=True))


def test_the_yearly_files_say_the_same(order):
    reports = [yearly_report(payee=order.creator.payee, year="2026", currency="EUR", zone=LISBON)]

    rows = list(csv.reader(io.StringIO(report_csv(reports=reports).decode("utf-8-sig"), newline="")))
    sheet = load_workbook(io.BytesIO(report_xlsx(reports=reports))).active

    headings = [cell.value for cell in sheet[1]]
    assert rows[0] == headings
    at = headings.index("Q4 consideration")
    assert (rows[1][at], sheet[2][at].value) == ("30.89", 30.89)


def test_a_partners_year_has_no_withheld_fees(order):
    cafe = Payee.objects.create(kind=PayeeKind.PARTNER, name="Café Mira")
    post_reversal(
        order_ref=order.ref,
        cause=f"{order.ref}:kept",
        currency="EUR",
        postings=[Posting(Account.ACCRUED, 150, PLATFORM), Posting(Account.ACCRUED, -150, cafe)],
        at=NOON + timedelta(days=1),
    )

    report = yearly_report(payee=cafe, year="2026", currency="EUR", zone=LISBON)

    assert (report.quarters[3], report.account) == (Quarter(150, 0, 0), "")
