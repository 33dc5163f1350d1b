"""An order's receipt, invoice and credit notes, for whoever holds the order's address."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from creatorshop.storefront.lookups import mail_order_link
from drops.documents.issuing import issue_for_order, issue_left_behind
from drops.documents.models import Document
from drops.sales.access import order_access
from drops.sales.models import Order
from drops.sales.revoking import refund_order
from tests.drops.documents.makers import make_seller
from tests.storefront.stalls import Stall, text_of
from tests.storefront.test_order_page import _url, order

__all__ = ["order"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_the_page_leads_to_the_receipt(client: Client, order: Order) -> None:
    page = client.get(_url(order))
    assert "Receipt (PDF)" in text_of(page)

    answer = client.get(f"{_url(order)}receipt.pdf")

    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-")
    document = Document.objects.get()
    assert answer["Content-Disposition"] == f'attachment; filename="receipt-{document.reference}.pdf"'
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["X-Robots-Tag"] == "noindex"


def test_once_there_is_an_invoice_the_page_says_so(client: Client, stall: Stall, order: Order) -> None:
    make_seller(stall.creator)
    issue_for_order(order_id=order.pk)

    assert "Invoice (PDF)" in text_of(client.get(_url(order)))


def test_a_refunded_order_has_its_credit_note(client: Client, order: Order) -> None:
    refund_order(order_ref=order.ref, actor="owner", reason="Broken")
    issue_left_behind(now=order.paid_at)
    note = Document.objects.get(kind="credit_note")

    assert f"Credit note {note.reference} (PDF)" in text_of(client.get(_url(order)))
    assert client.get(f"{_url(order)}documents/{note.reference}.pdf").content.startswith(b"%PDF-")


def test_whoever_lacks_the_secret_part_gets_nothing_and_uses_up_no_number(client: Client, order: Order) -> None:
    for path in ("receipt.pdf", "documents/2026-0001.pdf"):
        answer = client.get(f"/orders/{order.ref}/{'x' * 43}/{path}")
        assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")

    assert Document.objects.count() == 0


def test_a_document_of_another_order_is_not_found(client: Client, order: Order) -> None:
    document = issue_for_order(order_id=order.pk)
    neighbour = order.ref[:-1] + ("1" if order.ref[-1] == "0" else "0")
    other = f"/orders/{neighbour}/{order_access(neighbour)}/documents/{document.reference}.pdf"

    assert client.get(other).status_code == 404
    assert client.get(f"{_url(order)}documents/2026-9999.pdf").status_code == 404


def test_a_post_is_no_way_to_a_receipt(client: Client, order: Order) -> None:
    assert client.post(f"{_url(order)}receipt.pdf").status_code == 405
    assert Document.objects.count() == 0


def test_the_mail_with_the_orders_link_names_the_receipt(order: Order) -> None:
    assert mail_order_link(ref=order.ref, email="lena@example.org")

    assert f"Your receipt as PDF: http://127.0.0.1:8000{_url(order)}receipt.pdf" in mail.outbox[0].body
