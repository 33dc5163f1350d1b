from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from drops.documents.issuing import (
    InvoiceNotPossible,
    NothingToCredit,
    hash_of,
    issue_credit_note,
    issue_for_order,
    issue_invoice,
    issue_left_behind,
)
from drops.documents.models import Document, DocumentCounter, DocumentKind
from drops.sales.payment import Outcome
from drops.sales.revoking import refund_order, revoke_hold
from drops.sales.settling import settle
from tests.clock import set_clock, stopped_clock
from tests.doubles import InMemoryProvider, event_of
from tests.drops.documents.makers import make_sale, make_seller, make_ware
from tests.factories import NOON, make_creator, make_hold, make_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def creator():
    return make_creator()


@pytest.fixture
def ware(creator):
    return make_ware(creator)


def given_numbers():
    return list(Document.objects.order_by("pk").values_list("kind", "reference"))


def test_an_order_has_one_invoice_however_often_it_is_asked_for(creator, ware):
    make_seller(creator)
    order = make_sale(ware)

    first, again = issue_for_order(order_id=order.pk), issue_for_order(order_id=order.pk)

    assert (first.pk, first.kind, first.reference) == (again.pk, DocumentKind.INVOICE, f"KT-{first.year}-0001")
    assert first.hash == hash_of(first.data)
    assert DocumentCounter.objects.get().last == 1


def test_without_the_sellers_details_there_is_a_receipt(ware):
    document = issue_for_order(order_id=make_sale(ware).pk)

    assert (document.kind, document.reference) == (DocumentKind.RECEIPT, f"{document.year}-0001")


def test_a_receipt_is_followed_by_an_invoice_once_the_details_are_there(creator, ware):
    order = make_sale(ware)
    receipt = issue_for_order(order_id=order.pk)

    with pytest.raises(InvoiceNotPossible, match="the postal address"):
        issue_invoice(order_id=order.pk)
    assert given_numbers() == [("receipt", f"{receipt.year}-0001")]

    make_seller(creator)
    invoice = issue_invoice(order_id=order.pk)

    assert invoice.reference == f"KT-{receipt.year}-0002"
    assert invoice.data["replaces"]["reference"] == receipt.reference
    assert issue_for_order(order_id=order.pk) == issue_invoice(order_id=order.pk) == invoice


def test_a_dear_thing_without_an_address_has_a_receipt(creator):
    make_seller(creator)
    cheap, dear = make_ware(creator, price_minor=38_000), make_ware(creator, price_minor=39_000)  # and 3 % on top

    kinds = [issue_for_order(order_id=make_sale(ware, address={}).pk).kind for ware in (cheap, dear)]

    assert kinds == [DocumentKind.INVOICE, DocumentKind.RECEIPT]


def test_numbers_begin_anew_with_the_year_of_the_creators_own_zone():
    creator = make_creator(time_zone="Europe/Berlin")
    ware = make_ware(creator)
    make_seller(creator)
    orders = [make_sale(ware) for _ in range(3)]

    with stopped_clock(datetime(2026, 12, 31, 22, 59, tzinfo=UTC)):
        issue_for_order(order_id=orders[0].pk)
        set_clock(datetime(2026, 12, 31, 23, 1, tzinfo=UTC))  # in Berlin it is 2027
        issue_for_order(order_id=orders[1].pk)
        issue_for_order(order_id=orders[2].pk)

    assert given_numbers() == [("invoice", "KT-2026-0001"), ("invoice", "KT-2027-0001"), ("invoice", "KT-2027-0002")]
    assert [document.data["issued_date"] for document in Document.objects.order_by("pk")] == [
        "2026-12-31",
        "2027-01-01",
        "2027-01-01",
    ]


def test_two_creators_count_apart(creator, ware):
    other = make_creator()

    documents = [issue_for_order(order_id=make_sale(each).pk) for each in (ware, make_ware(other), ware)]

    assert [document.number for document in documents] == [1, 1, 2]


def test_a_refund_has_one_credit_note_in_a_series_of_its_own(creator, ware):
    make_seller(creator)
    order = make_sale(ware)
    refund = refund_order(order_ref=order.ref, actor="owner", reason="Broken")

    note, again = issue_credit_note(refund_id=refund.pk), issue_credit_note(refund_id=refund.pk)

    assert note == again
    assert given_numbers() == [("invoice", f"KT-{note.year}-0001"), ("credit_note", f"KT-{note.year}-CN-0001")]
    assert note.data["corrects"]["reference"] == f"KT-{note.year}-0001"
    assert (note.data["net_minor"], note.data["tax_minor"], note.data["total_minor"]) == (3182, 732, 3914)


def test_money_that_was_never_a_sale_has_no_credit_note(ware):
    hold = make_hold(drop_sku=ware)
    payment = make_payment(hold=hold)
    revoke_hold(hold_ref=hold.ref, actor="owner", reason="Broken")
    InMemoryProvider.outcomes[payment.ref] = Outcome.CAPTURED
    settle(provider="memory", event=event_of(payment, Outcome.CAPTURED))
    refund = payment.refunds.get()

    with pytest.raises(NothingToCredit):
        issue_credit_note(refund_id=refund.pk)

    assert issue_left_behind(now=NOON) == 0
    assert Document.objects.count() == 0


def test_the_sweep_issues_what_nobody_asked_for_and_then_nothing(creator, ware):
    make_seller(creator)
    first, second = make_sale(ware), make_sale(ware)
    refund_order(order_ref=second.ref, actor="owner", reason="Broken")

    assert [issue_left_behind(now=second.paid_at), issue_left_behind(now=second.paid_at)] == [3, 0]
    year = Document.objects.first().year
    assert given_numbers() == [
        ("invoice", f"KT-{year}-0001"),
        ("invoice", f"KT-{year}-0002"),
        ("credit_note", f"KT-{year}-CN-0001"),
    ]
    assert list(Document.objects.order_by("pk").values_list("order", flat=True)) == [first.pk, second.pk, second.pk]


def test_the_sweep_leaves_old_orders_until_somebody_asks(ware):
    order = make_sale(ware)

    assert issue_left_behind(now=order.paid_at + timedelta(days=31)) == 0

    assert issue_for_order(order_id=order.pk).number == 1


def test_paying_touches_no_counter(creator, ware):
    make_seller(creator)

    make_sale(ware)

    assert (Document.objects.count(), DocumentCounter.objects.count()) == (0, 0)


def test_an_issue_that_is_rolled_back_leaves_no_gap(ware):
    lost, kept = make_sale(ware), make_sale(ware)

    with transaction.atomic():
        assert issue_for_order(order_id=lost.pk).number == 1
        transaction.set_rollback(True)

    assert issue_for_order(order_id=kept.pk).number == 1
    assert issue_for_order(order_id=lost.pk).number == 2


def test_nobody_can_skip_a_number(ware):
    document = issue_for_order(order_id=make_sale(ware).pk)
    other = make_sale(ware)
    values = {"creator": document.creator, "series": document.series, "year": document.year, "kind": document.kind}

    with pytest.raises(IntegrityError, match="would leave a gap"), transaction.atomic():
        Document.objects.create(
            order=other, number=3, reference="X", data={}, hash="", issued_at=document.issued_at, **values
        )

    assert Document.objects.count() == 1


@pytest.mark.parametrize("change", [lambda rows: rows.update(hash="0"), lambda rows: rows.delete()])
def test_what_was_issued_stays(ware, change):
    document = issue_for_order(order_id=make_sale(ware).pk)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change(Document.objects.filter(pk=document.pk))

    document.refresh_from_db()
    assert document.hash == hash_of(document.data)
