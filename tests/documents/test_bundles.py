"""A year as a table: it can be summed column by column, whatever it is of."""

import csv
import io

import pytest

from creatorshop.documents.bundles import table_of
from creatorshop.documents.layout import page_of
from drops.documents.issuing import issue_credit_note, issue_for_order
from drops.documents.models import Document
from drops.sales.models import Order
from drops.sales.revoking import refund_order
from tests.drops.documents.makers import make_sale, make_seller, make_ware
from tests.drops.documents.test_contents import DUTY_PAID, MIXED
from tests.factories import make_creator

pytestmark = pytest.mark.django_db


def table():
    written = table_of(Document.objects.select_related("creator").order_by("pk")).decode("utf-8-sig")
    names = ("kind", "tax_country", "tax_rate_percent", "net", "tax", "untaxed", "total")
    return [tuple(row[name] for name in names) for row in csv.DictReader(io.StringIO(written))]


def sold(terms, total_minor):
    creator = make_creator()
    make_seller(creator)
    order = make_sale(make_ware(creator))
    Order.objects.filter(pk=order.pk).update(terms=order.terms | terms, total_minor=total_minor)
    return issue_for_order(order_id=order.pk)


def test_each_rate_has_a_row_and_the_total_stands_once():
    sold(MIXED, 10_790)

    assert table() == [
        ("invoice", "DE", "19", "72.54", "13.78", "0.00", "107.90"),
        ("invoice", "DE", "7", "20.17", "1.41", "0.00", "0.00"),
    ]


def test_what_customs_get_is_told_apart():
    sold(DUTY_PAID, 100_351)

    assert table() == [("invoice", "BR", "0", "767.92", "0.00", "235.59", "1003.51")]


def test_an_order_and_its_credit_note_come_to_nothing():
    creator = make_creator()
    order = make_sale(make_ware(creator))
    refund = refund_order(order_ref=order.ref, actor="owner", reason="Broken")
    issue_credit_note(refund_id=refund.pk)

    assert table() == [
        ("receipt", "PT", "23", "31.82", "7.32", "0.00", "39.14"),
        ("credit_note", "PT", "23", "-31.82", "-7.32", "0.00", "-39.14"),
    ]


def test_a_line_of_which_no_unit_goes_back_names_no_price_of_one():
    document = sold(MIXED, 10_790)
    part = document.data["lines"][0] | {"quantity": None, "amount_minor": 800}

    [line] = page_of(document.data | {"lines": [part]})["lines"]

    assert line == {"what": "\u2068Ring mug\u2069", "note": "", "quantity": "", "unit": "", "amount": "€8.00"}
